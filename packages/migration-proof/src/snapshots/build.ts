import { writeFileSync } from 'node:fs'
import { betterSqliteConnection, openFile, openMemory } from '../engines/better-sqlite3.ts'
import { readVirtualTables } from '../schema/shadow.ts'
import type { Connection } from '../sql/connection.ts'
import { foldName, quoteName } from '../sql/names.ts'
import { normaliseSql } from '../sql/normalise.ts'
import { splitStatements } from '../sql/split.ts'
import { forbidClock } from './clock.ts'
import { type Content, readContent } from './content-hash.ts'
import { FixtureError } from './errors.ts'
import { ordinaryTables } from './tables.ts'

/** The text that a snapshot is built from. */
export interface SnapshotText {
  /** Its golden schema. */
  readonly schema: string
  /** INSERT statements. They hold all rows as they are: triggers are created after them. */
  readonly rows: string
}

/**
 * Builds a snapshot's file from its text. The same engine always writes the same bytes: page size and
 * encoding are set, the clock and random numbers are refused, and all is one transaction, after which
 * nothing is left to VACUUM. The file ends in WAL mode, as the files in the field are, with no `-wal` beside
 * it. Foreign keys are proven at the end, so that the rows may come in any order.
 *
 * @param name the snapshot's name, for the errors
 * @param text null for a file of zero bytes
 * @param file where it is written; nothing may be there
 * @param mayBeEmpty tables that need no row: those of the versions
 * @throws {FixtureError} when a statement fails, when rows lack their parents, or a table has no rows
 */
export function buildSnapshot(
  name: string,
  text: SnapshotText | null,
  file: string,
  mayBeEmpty: readonly string[] = [],
): Content {
  if (text === null) writeFileSync(file, '', { flag: 'wx' })
  const database = text === null ? openMemory() : openFile(file)
  const connection = betterSqliteConnection(database)
  const release = forbidClock(database)
  try {
    if (text !== null) {
      fillDatabase(connection, name, text)
      connection.exec('PRAGMA journal_mode = WAL')
    }
    const content = readContent(connection)
    requireRows(connection, content, name, mayBeEmpty)
    return content
  } finally {
    database.close()
    release()
  }
}

/**
 * Fills an empty database from the text of a snapshot, in one transaction.
 *
 * @throws {FixtureError} when a statement fails, or rows lack their parents
 */
export function fillDatabase(connection: Connection, name: string, { schema, rows }: SnapshotText): void {
  // Nothing is lost when the power fails here: what is built is private until it is whole.
  const settings = ['page_size = 4096', `encoding = 'UTF-8'`, 'journal_mode = DELETE', 'synchronous = OFF']
  for (const setting of [...settings, 'foreign_keys = ON']) connection.exec(`PRAGMA ${setting}`)
  const statements = splitStatements(schema)
  connection.exec('BEGIN IMMEDIATE')
  connection.exec('PRAGMA defer_foreign_keys = ON')
  run(
    connection,
    `schemas/${name}`,
    statements.filter((statement) => !createsTrigger(statement)),
  )
  run(connection, `rows/${name}`, splitStatements(rows))
  indexContents(connection, rows)
  run(connection, `schemas/${name}`, statements.filter(createsTrigger))
  requireParents(connection, name)
  connection.exec('COMMIT')
}

/** Fills the full-text tables over other tables that the rows do not name, as their triggers do in an application. */
function indexContents(connection: Connection, rows: string): void {
  const text = foldName(rows)
  for (const { name, family, contentTable } of readVirtualTables(connection)) {
    if (family === 'rtree' || contentTable === null || contentTable === '' || text.includes(foldName(name)))
      continue
    connection.exec(`INSERT INTO ${quoteName(name)} (${quoteName(name)}) VALUES ('rebuild')`)
  }
}

function run(connection: Connection, fixture: string, statements: readonly string[]): void {
  for (const statement of statements) {
    try {
      connection.exec(statement)
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause)
      throw new FixtureError(
        fixture,
        {
          expected: `'${firstLine(statement)}' to run`,
          actual: `the error '${message}'`,
          fix: 'fix the statement',
        },
        { cause },
      )
    }
  }
}

function requireParents(connection: Connection, name: string): void {
  const [orphan] = connection.all('PRAGMA foreign_key_check')
  if (orphan === undefined) return
  throw new FixtureError(`rows/${name}`, {
    expected: 'every row to have its parent',
    actual: `table ${orphan.table}, row ${orphan.rowid ?? 'without a rowid'} without its parent in ${orphan.parent}`,
    fix: 'add the parent',
  })
}

/** A table without rows proves nothing: what an upgrade does to rows would never be seen. */
function requireRows(
  connection: Connection,
  { tables }: Content,
  name: string,
  mayBeEmpty: readonly string[],
): void {
  const isNeeded = (table: string) => !mayBeEmpty.some((other) => foldName(other) === foldName(table))
  const ordinary = ordinaryTables(connection).filter(isNeeded)
  const empty = tables.find((table) => table.rows === 0 && ordinary.includes(table.name))
  if (empty === undefined) return
  throw new FixtureError(`rows/${name}`, {
    expected: 'rows in every table',
    actual: `no row in table ${empty.name}`,
    fix: 'write at least one',
  })
}
/** Whether a statement makes a trigger. */
export function createsTrigger(statement: string): boolean {
  return normaliseSql(statement).startsWith('create trigger')
}

function firstLine(statement: string): string {
  const line = statement.trim().split('\n', 1)[0] ?? ''
  return line.length > 70 ? `${line.slice(0, 69)}…` : line
}
