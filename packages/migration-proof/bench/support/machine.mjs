// @ts-check
import { execFileSync } from 'node:child_process'
import { cpus, loadavg, release, totalmem, type } from 'node:os'
import Database from 'better-sqlite3'

/** What the figures depend on. */
export function describeMachine() {
  const database = new Database(':memory:')
  const sqlite = database.prepare('SELECT sqlite_version()').pluck().get()
  database.close()
  return {
    processors: cpus().length,
    processor: cpus()[0]?.model ?? 'unknown',
    memoryGigabytes: Math.round(totalmem() / 1e9),
    system: `${type()} ${release()}`,
    node: process.version,
    sqlite,
    shell: execFileSync('sqlite3', ['--version'], { encoding: 'utf8' }).split(' ')[0],
    loadBefore: loadavg()[0],
  }
}
