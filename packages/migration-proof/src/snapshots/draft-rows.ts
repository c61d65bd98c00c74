import { betterSqliteConnection, openMemory } from '../engines/better-sqlite3.ts'
import { migrate } from '../migrator/migrate.ts'
import type { Connection } from '../sql/connection.ts'
import { fillDatabase } from './build.ts'
import { diffContent, readContent } from './content-hash.ts'
import { byVersion, type FixtureSuite, type SnapshotDeclaration } from './declaration.ts'
import { dumpSchema } from './draft-schema.ts'
import { dumpRows } from './dump-rows.ts'
import { FixtureError } from './errors.ts'
import { draftHeader, readFixtureText } from './fixture-text.ts'
import { generateRows, parentsFirst } from './generate-rows.ts'
import { ordinaryTables, virtualTables } from './tables.ts'

/** Two rows of each generated table: with one alone, a statement that takes too many would not be seen. */
const rowsPerTable = 2

/**
 * Drafts the rows of a snapshot that has none: the rows of the newest older snapshot, upgraded to its
 * version, and made-up rows for each table that has none then.
 *
 * @throws {FixtureError} which names the table that no row could be made for: a person writes the rows then
 */
export function draftRows(suite: FixtureSuite, snapshot: SnapshotDeclaration): string {
  const connection = openWithKeys()
  try {
    fillFromOlder(suite, snapshot, connection)
    migrate(connection, suite.plan, { target: snapshot.version })
    const tables = parentsFirst(connection, tablesOf(connection, snapshot))
    for (const table of tables) fillTable(connection, table, snapshot)
    const rows = dumpRows(connection, tables)
    requireExact(connection, rows, snapshot.name)
    return `${draftHeader('does each row look like one of the field?')}\n${rows}`
  } finally {
    connection.close()
  }
}

function fillFromOlder(
  { fixtures, snapshots }: FixtureSuite,
  { version }: SnapshotDeclaration,
  empty: Connection,
) {
  const older = snapshots.filter((candidate) => candidate.version < version).toSorted(byVersion)
  for (const { name } of older.reverse()) {
    const schema = readFixtureText(fixtures, 'schemas', name)
    const rows = readFixtureText(fixtures, 'rows', name)
    if (schema === null || rows === null) continue
    fillDatabase(empty, name, { schema, rows })
    return
  }
}

function tablesOf(connection: Connection, { name }: SnapshotDeclaration): string[] {
  const [virtual] = virtualTables(connection)
  if (virtual === undefined) return ordinaryTables(connection)
  throw cannotDraft(name, `the virtual table ${virtual}, whose rows cannot be dumped`)
}

function fillTable(connection: Connection, table: string, { name }: SnapshotDeclaration): void {
  const rows = readContent(connection).tables.find((entry) => entry.name === table)?.rows
  if (rows !== 0) return
  if (generateRows(connection, table, rowsPerTable) > 0) return
  throw cannotDraft(name, `no row that table ${table} accepts`)
}

/**
 * Proves that drafted rows build what they were made from; otherwise something else would be frozen.
 *
 * @throws {FixtureError} when they do not
 */
export function requireExact(original: Connection, rows: string, name: string): void {
  const copy = openWithKeys()
  try {
    fillDatabase(copy, name, { schema: dumpSchema(original), rows })
    const [difference] = diffContent(readContent(original), readContent(copy))
    if (difference !== undefined) throw cannotDraft(name, `rows that read back changed, ${difference}`)
  } finally {
    copy.close()
  }
}

function cannotDraft(name: string, actual: string): FixtureError {
  return new FixtureError(`rows/${name}`, {
    expected: 'rows that can be drafted',
    actual,
    remedy: `write the INSERT statements of rows/${name}.sql by hand`,
  })
}

function openWithKeys(): Connection {
  const connection = betterSqliteConnection(openMemory())
  connection.exec('PRAGMA foreign_keys = ON')
  return connection
}
