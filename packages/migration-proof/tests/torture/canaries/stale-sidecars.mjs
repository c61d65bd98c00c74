// A faulty restore: it replaces the file by the backup and leaves the log and the journal of the old file. All other
// commands are the real ones. The torture test must find it.
import { copyFileSync, existsSync, linkSync, renameSync, statSync } from 'node:fs'
import { runReal } from './real.mjs'

const [, , command, file, backup, ...options] = process.argv
if (command === 'restore' && options.length === 0) {
  const draft = `${file}.${process.pid}`
  const replaced = `${file}.replaced.${new Date().toISOString().replace(/[-:]|\.\d+/g, '')}`
  copyFileSync(backup, draft)
  if (existsSync(file)) linkSync(file, replaced)
  renameSync(draft, file)
  console.log(
    `${file} is ${backup} again, ${statSync(file).size} bytes, and sound.\n  What was there is ${replaced}: delete it.`,
  )
} else {
  process.exitCode = runReal(process.argv.slice(2)).status ?? 1
}
