#!/usr/bin/env node
import { run } from './run.ts'

// Work on a file goes on to its end, whoever reads what is printed meanwhile.
const worksOnFile = ['upgrade', 'restore'].includes(process.argv[2] ?? '')

// What cannot be said is no reason to stop.
process.stderr.on('error', () => {})

// A reader that has seen enough, such as `head`, is no reason to fail.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (worksOnFile) return
  if (error.code !== 'EPIPE') throw error
  process.exit()
})

run(process.argv.slice(2)).then((exitCode) => {
  // Set, and not passed to process.exit: what was written to a pipe is flushed first.
  process.exitCode = exitCode
})
