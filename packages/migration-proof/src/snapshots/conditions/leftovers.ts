import { copyFileSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Connection } from '../../sql/connection.ts'
import { quoteName } from '../../sql/names.ts'
import { FixtureError } from '../errors.ts'
import { ordinaryTables, virtualTables } from '../tables.ts'
import { type ConditionedFile, changeCopy, unchangedContent } from './file.ts'

/**
 * A process died before its first checkpoint: the file itself is a single empty page, and all the rest is in
 * the `-wal` beside it. Who copies the file alone loses everything. See https://www.sqlite.org/wal.html
 */
export function withFramesInWal(bytes: Uint8Array, folder: string): ConditionedFile {
  const target = join(folder, 'frames-in-wal.db')
  const emptied = writeEmptyWalFile(folder)
  const running = changeCopy(bytes, folder, 'running-wal', (connection) => {
    connection.exec('PRAGMA journal_mode = WAL')
    connection.exec('PRAGMA wal_autocheckpoint = 0')
    // In WAL mode VACUUM writes every page of the database as a frame.
    connection.exec('VACUUM')
    copyFileSync(emptied, target)
    copyFileSync(join(folder, 'running-wal.db-wal'), `${target}-wal`)
  })
  rmSync(running)
  rmSync(emptied)
  requireLeftover(target, '-wal')
  return unchangedContent(target)
}

/**
 * A process died inside a transaction that had outgrown its cache: pages of the file are already
 * overwritten, and what they were is in the `-journal` beside it, which the next open must roll back.
 * See https://www.sqlite.org/atomiccommit.html#_hot_rollback_journals
 */
export function withHotJournal(bytes: Uint8Array, folder: string): ConditionedFile {
  const target = join(folder, 'hot-journal.db')
  let before = Buffer.alloc(0)
  const running = changeCopy(bytes, folder, 'running-journal', (connection) => {
    const source = join(folder, 'running-journal.db')
    for (const setting of [
      'journal_mode = DELETE',
      'synchronous = FULL',
      'foreign_keys = OFF',
      'cache_size = 1',
    ]) {
      connection.exec(`PRAGMA ${setting}`)
    }
    before = readFileSync(source)
    connection.exec('BEGIN IMMEDIATE')
    overwritePages(connection)
    copyFileSync(source, target)
    copyFileSync(`${source}-journal`, `${target}-journal`)
    connection.exec('ROLLBACK')
  })
  rmSync(running)
  requireLeftover(target, '-journal')
  const after = readFileSync(target)
  if (after.subarray(0, before.length).equals(before) && before.length > 0)
    throw notMade('overwritten pages', 'none')
  return unchangedContent(target)
}

/** Frees the pages of all tables, and writes something else over them, more than the cache can hold. */
function overwritePages(connection: Connection): void {
  for (const table of [...virtualTables(connection), ...ordinaryTables(connection)]) {
    connection.exec(`DROP TABLE ${quoteName(table)}`)
  }
  connection.exec('CREATE TABLE "unfinished work" (bytes BLOB)')
  connection.exec(
    `WITH RECURSIVE counter(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counter WHERE n < 500)
     INSERT INTO "unfinished work" SELECT zeroblob(2000) FROM counter`,
  )
}

/** A database in WAL mode of one page, which holds no schema. */
function writeEmptyWalFile(folder: string): string {
  return changeCopy(new Uint8Array(), folder, 'empty-wal', (connection) => {
    connection.exec('PRAGMA journal_mode = WAL')
  })
}

function requireLeftover(target: string, ending: string): void {
  if (statSync(target).size > 0 && statSync(`${target}${ending}`).size > 0) return
  throw notMade(`a file and a ${ending} that hold pages`, 'an empty one')
}

function notMade(expected: string, actual: string): FixtureError {
  return new FixtureError('field condition', {
    expected,
    actual,
    fix: 'report this as a fault of the harness',
  })
}
