import { join } from 'node:path'
import { betterSqliteConnection, openFile, openImage } from '../../engines/better-sqlite3.ts'
import type { Connection, SqlRow, SqlValue } from '../../sql/connection.ts'
import type { TypedValue } from '../../sql/literal.ts'
import { quoteName } from '../../sql/names.ts'
import { diffContent, readContent } from '../content-hash.ts'
import { FixtureError } from '../errors.ts'
import { withoutWal } from '../open.ts'
import type { TextEncoding } from '../typed-rows.ts'
import { readTypedRows, storedColumns } from '../typed-rows.ts'
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
  const file = join(folder, `${encoding.toLowerCase()}.db`)
  const source = betterSqliteConnection(openImage(withoutWal(bytes)))
  const database = openFile(file)
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
  for (const setting of [`encoding = '${encoding}'`, 'foreign_keys = OFF', 'synchronous = OFF']) {
    target.exec(`PRAGMA ${setting}`)
  }
  // The encoding is written with the first table, and there may be none to copy.
  target.exec('CREATE TABLE first (a); DROP TABLE first; VACUUM')
  target.exec('BEGIN')
  copyObjects(source, target)
  target.exec('COMMIT')
  target.exec('PRAGMA journal_mode = WAL')
  const [difference] = diffContent(readContent(source), readContent(target))
  if (difference === undefined) return
  const fix = 'give the snapshot text that is valid UTF-8'
  throw new FixtureError(`copy in ${encoding}`, { expected: 'the same rows', actual: difference, fix })
}

/** Tables, their rows, and only then the indexes, triggers and views. */
function copyObjects(source: Connection, target: Connection): void {
  const objects = source.all(
    'SELECT type, name, rootpage, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid',
  )
  const tables = objects.filter(({ type }) => type === 'table')
  const [virtual, plain] = [tables.filter(isVirtual), tables.filter((table) => !isVirtual(table))]
  // A virtual table makes its shadow tables itself; `sqlite_sequence` comes with the first AUTOINCREMENT.
  const created = [...virtual, ...plain].filter(({ name }) => !String(name).startsWith('sqlite_'))
  for (const table of created) if (!isThere(target, table)) target.exec(String(table.sql))
  for (const table of plain) if (isThere(target, table)) copyRows(source, target, String(table.name))
  for (const { sql } of objects.filter(({ type }) => type !== 'table')) target.exec(String(sql))
}

function isVirtual({ rootpage }: SqlRow): boolean {
  return rootpage === 0n
}

function isThere(target: Connection, { name }: SqlRow): boolean {
  return target.all('SELECT 1 FROM sqlite_schema WHERE name = ?', [String(name)]).length > 0
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
