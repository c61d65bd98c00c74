#!/usr/bin/env node
import { run } from './run.ts'

// A reader that has seen enough, such as `head`, is no reason to fail.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})

run(process.argv.slice(2)).then((exitCode) => {
  // Set, and not passed to process.exit: what was written to a pipe is flushed first.
  process.exitCode = exitCode
})
