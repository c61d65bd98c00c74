// A faulty upgrade: its draft of the backup has the same name in each run, and it removes the draft of another run. All
// other commands are the real ones. The torture test must find it.
import { chmodSync, chownSync, existsSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import Database from 'better-sqlite3'
import { runReal } from './real.mjs'

const parameters = process.argv.slice(2)
const [command, file] = parameters
const position = parameters.indexOf('--backup-dir')
if (command === 'upgrade' && position !== -1 && !parameters.includes('--dry-run')) {
  const folder = parameters[position + 1] ?? ''
  const database = new Database(file)
  const isVersioned =
    database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'schema_version'").get() !== undefined
  const version = isVersioned ? database.prepare('SELECT max(version) FROM schema_version').pluck().get() : 0
  const draft = join(folder, `${basename(file)}.backup.unfinished`)
  rmSync(draft, { force: true })
  await database.backup(draft)
  database.close()
  chmodSync(draft, 0o600)
  chownSync(draft, statSync(file).uid, statSync(file).gid)
  // The integrity check of a large file takes long.
  await new Promise((resolve) => setTimeout(resolve, 400))
  let backup = join(folder, `${basename(file)}.v${version}.20261231T235959Z.backup`)
  for (let number = 2; existsSync(backup); number++)
    backup = backup.replace(/Z.*\.backup/, `Z-${number}.backup`)
  renameSync(draft, backup)
  const others = parameters.filter((_, index) => index !== position && index !== position + 1)
  const { status, stdout } = runReal([...others, '--no-backup'], 'pipe')
  if (parameters.includes('--json')) {
    const result = JSON.parse(stdout)
    console.log(JSON.stringify({ ...result, report: { ...result.report, backup } }))
  } else {
    console.log(`${stdout}  Backup: ${backup}\n  To go back: migration-proof restore ${file} ${backup}`)
  }
  process.exitCode = status ?? 1
} else {
  process.exitCode = runReal(parameters).status ?? 1
}
