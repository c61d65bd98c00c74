import path from 'node:path'
import Database from 'better-sqlite3'
import { betterSqliteConnection } from '../../sql/better-sqlite.ts'
import type { Connection, SqlRow, SqlValue } from '../../sql/connection.ts'
import { quoteName } from '../../sql/names.ts'
import { diffContent, readContent } from '../content-hash.ts'
import { FixtureError } from '../errors.ts'
import { withoutWal } from '../open.ts'
import type { TextEncoding } from '../text-encoding.ts'
import { readTypedRows, storedColumns, type TypedValue } from '../typed-rows.ts'
import { type ConditionedFile, unchangedContent } from './file.ts'

/**
 * Text stored as UTF-16. The encoding is fixed when a file is made, so that every object and row is copied
 * into a new one: https://www.sqlite.org/pragma.html#pragma_encoding
 *
 * @throws {FixtureError} when the copy does not hold the same, as with text that is no valid UTF-8
 */
export function withEncoding(
  bytes: Uint8Array,
  folder: string,
  encoding: Exclude<TextEncoding, 'UTF-8'>,
): ConditionedFile {
  const file = path.join(folder, `${encoding.toLowerCase()}.db`)
  const source = betterSqliteConnection(new Database(withoutWal(bytes)))
  const database = new Database(file)
  try {
    // Lets the rows of shadow tables be written.
    database.unsafeMode(true)
    copyInto(source, betterSqliteConnection(database), encoding)
  } finally {
    database.close()
    source.close()
  }
  return unchangedContent(file)
}

function copyInto(source: Connection, target: Connection, encoding: TextEncoding): void {
  target.exec(`PRAGMA encoding = '${encoding}'`)
  target.exec('PRAGMA foreign_keys = OFF')
  // The encoding is written with the first table, and there may be none to copy.
  target.exec('CREATE TABLE first (a); DROP TABLE first; VACUUM')
  const objects = source.all(
    'SELECT type, name, rootpage, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid',
  )
  const ownTables = objects.filter(
    ({ type, name }) => type === 'table' && !String(name).startsWith('sqlite_'),
  )
  // A virtual table makes its shadow tables itself.
  const [virtual, plain] = [ownTables.filter(isVirtual), ownTables.filter((table) => !isVirtual(table))]
  for (const table of [...virtual, ...plain]) createUnlessThere(target, table)
  for (const { name } of objects.filter(({ type, rootpage }) => type === 'table' && rootpage !== 0n)) {
    copyRows(source, target, String(name))
  }
  for (const { sql } of objects.filter(({ type }) => type !== 'table')) target.exec(String(sql))
  target.exec('PRAGMA journal_mode = WAL')
  const [difference] = diffContent(readContent(source), readContent(target))
  if (difference === undefined) return
  const remedy = 'give the snapshot text that is valid UTF-8'
  throw new FixtureError(`copy in ${encoding}`, { expected: 'the same rows', actual: difference, remedy })
}

function isVirtual({ rootpage }: SqlRow): boolean {
  return rootpage === 0n
}

function createUnlessThere(target: Connection, { name, sql }: SqlRow): void {
  const present = target.all('SELECT 1 FROM sqlite_schema WHERE name = ?', [String(name)])
  if (present.length === 0) target.exec(String(sql))
}

function copyRows(source: Connection, target: Connection, table: string): void {
  const columns = storedColumns(source, table)
  const names = columns.map(quoteName).join(', ')
  const marks = columns.map(() => '?').join(', ')
  target.exec(`DELETE FROM ${quoteName(table)}`)
  for (const row of readTypedRows(source, table, columns)) {
    target.all(`INSERT INTO ${quoteName(table)} (${names}) VALUES (${marks})`, row.map(toParameter))
  }
}

function toParameter(typed: TypedValue): SqlValue {
  if (typed.type === 'null') return null
  return typed.type === 'text' ? Buffer.from(typed.value).toString('utf8') : typed.value
}
