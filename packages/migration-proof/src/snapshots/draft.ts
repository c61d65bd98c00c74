import { betterSqliteConnection, openMemory } from '../engines/better-sqlite3.ts'
import { migrate } from '../migrator/migrate.ts'
import { everyStepOf, type MigrationPlan } from '../migrator/plan.ts'
import { partsOf } from '../migrator/tool-change.ts'
import { readRowConditions } from '../rows/expression.ts'
import { parentsFirst, RowGenerator } from '../rows/generate.ts'
import { deleteRow, insertRow, type Row } from '../rows/search.ts'
import { findTable } from '../schema/model.ts'
import { readSchema } from '../schema/read.ts'
import { hasOwnRows, readVirtualTables, type VirtualTable } from '../schema/shadow.ts'
import type { Connection, SqlValue } from '../sql/connection.ts'
import { foldName, quoteName } from '../sql/names.ts'
import { fillDatabase } from './build.ts'
import { isUnrepeatable } from './clock.ts'
import { diffContent, readContent } from './content-hash.ts'
import type { FixtureSuite, GoldenName, SnapshotDeclaration } from './declaration.ts'
import { byVersion, isMadeByMigrations } from './declaration.ts'
import { draftSchema, dumpSchema } from './draft-schema.ts'
import { FixtureError } from './errors.ts'
import { draftHeader, readFixtureText } from './fixture-text.ts'
import { findPreviousGolden } from './golden-review.ts'
import { completeRows, readSnapshotText, upgradeRows, withUpgraded, writeBase } from './rows-base.ts'
import { recordMigrations } from './statements.ts'
import { ordinaryTables, undumpableTable } from './tables.ts'
import {
  dumpLines,
  dumpRows,
  dumpSequences,
  dumpTable,
  dumpVirtualTables,
  isKnownByRowid,
  raiseNumbers,
} from './typed-rows.ts'

/**
 * Drafts the rows of a snapshot that has none: the rows of the newest older snapshot, upgraded to its
 * version, and synthetic rows for each table that has none then.
 *
 * The older rows are only named, so that a person reads what is new. Where an upgrade does not write the same twice, as
 * with random numbers, all rows are written out.
 *
 * @throws {FixtureError} which names the table that no row could be made for: a person writes the rows then
 */
export function draftRows(suite: FixtureSuite, snapshot: SnapshotDeclaration): string {
  const older = findOlder(suite, snapshot)
  const rows =
    (older === null ? null : draftAddedRows(suite, snapshot, older)) ?? draftAllRows(suite, snapshot, older)
  return `${draftHeader('does each row look like real data?')}${rows}`
}

/** The newest older snapshot whose texts are there. */
function findOlder({ fixtures, snapshots }: FixtureSuite, { version, form }: SnapshotDeclaration) {
  // What the tool of now alone makes has nothing of older files.
  if (form === 'fresh') return null
  const older = snapshots
    .filter((candidate) => candidate.version < version && candidate.form !== 'fresh')
    .toSorted(byVersion)
  const hasText = (name: string) =>
    (['schemas', 'rows'] as const).every((kind) => readFixtureText(fixtures, kind, name) !== null)
  return older.findLast(({ name }) => hasText(name)) ?? null
}

/** Null where the older rows cannot be upgraded to the same rows every time, or new ones change them. */
function draftAddedRows(
  suite: FixtureSuite,
  snapshot: SnapshotDeclaration,
  older: SnapshotDeclaration,
): string | null {
  const base = { name: older.name, milliseconds: Math.floor(Date.now() / 1000) * 1000 }
  try {
    return withUpgraded(suite, base, snapshot.version, (connection) => {
      const tables = parentsFirst(connection, tablesOf(connection, snapshot))
      const present = new Map([
        ...tables.map((table) => [table, dumpLines(connection, table)] as const),
        ...readVirtualTables(connection)
          .filter(hasOwnRows)
          .map(({ name, columns }) => [name, dumpLines(connection, name, columns)] as const),
      ])
      const numbers = dumpSequences(connection)
      fillTables(connection, tables, suite, snapshot)
      const numbersNow = dumpSequences(connection)
      const inserts = [
        ...tables.map((table) => dumpTable(connection, table, present.get(table))),
        numbersNow === numbers ? '' : numbersNow,
        ...dumpVirtualTables(connection, (table) => present.get(table) ?? []),
      ]
      const added = inserts.filter((text) => text !== '').map((text) => `\n${text}`)
      const rows = `${writeBase(base)}${added.join('')}`
      return findDifference(connection, completeRows(suite, snapshot, rows), snapshot.name) === undefined
        ? rows
        : null
    })
  } catch (error) {
    // A trigger of a new row may change an old one, so that it cannot be named as it was.
    if (isUnrepeatable(error) || error instanceof FixtureError) return null
    throw error
  }
}

function draftAllRows(
  suite: FixtureSuite,
  snapshot: SnapshotDeclaration,
  older: SnapshotDeclaration | null,
): string {
  const connection = openWithKeys()
  try {
    const plan = snapshot.form === 'fresh' ? suite.plan : everyStepOf(suite.plan)
    if (older === null) migrate(connection, plan, { target: snapshot.version })
    else {
      fillDatabase(connection, older.name, readSnapshotText(suite, older))
      upgradeRows(connection, suite, older.name, snapshot.version)
    }
    const tables = parentsFirst(connection, tablesOf(connection, snapshot))
    fillTables(connection, tables, suite, snapshot)
    const rows = dumpRows(connection, tables)
    requireExact(connection, rows, snapshot.name)
    return `\n${rows}`
  } finally {
    connection.close()
  }
}

function tablesOf(connection: Connection, { name }: SnapshotDeclaration): string[] {
  const virtual = undumpableTable(connection)
  if (virtual === undefined) return ordinaryTables(connection)
  throw cannotDraft(name, `the virtual table ${virtual}, whose rows cannot be dumped`)
}

function isEmpty(connection: Connection, table: string): boolean {
  return connection.all(`SELECT 1 FROM ${quoteName(table)} LIMIT 1`).length === 0
}

/**
 * Fills empty tables with rows that show what they can hold, and that the migrations after them change. A table with rows
 * gets one more where a column of it holds nothing but its default, as one that was added to it does. The tables of the
 * versions hold what the migrator wrote.
 */
export function fillTables(
  connection: Connection,
  tables: readonly string[],
  { plan }: FixtureSuite,
  { name, version }: SnapshotDeclaration,
): void {
  const extras: ExtraRow[] = []
  const statements = laterStatements(plan, version)
  const isVersionTable = (table: string) =>
    plan.versions.tables.some((own) => foldName(own) === foldName(table))
  const generator = new RowGenerator(connection, undefined, undefined, statements)
  try {
    for (const table of tables.filter((name) => !isVersionTable(name))) {
      if (!isEmpty(connection, table)) {
        if (hasIdleColumn(connection, table)) generator.fill(table, 1)
        continue
      }
      const conditions = statements.flatMap((sql) => readRowConditions(sql, table))
      const rows = generator.cover(table, typicalRows, conditions)
      const [typical = new Map()] = rows
      extras.push(...rows.slice(typicalRows).map((row) => ({ table, row, typical })))
      if (rows.length > 0) continue
      throw cannotDraft(name, `no row that table ${table} accepts: ${generator.problemOf(table)}`)
    }
  } finally {
    generator.close()
  }
  for (const table of readVirtualTables(connection)) fillVirtualTable(connection, table)
  removeRefused(connection, extras, () => canUpgrade(connection, tables, plan, name))
  for (const table of tables) if (isKnownByRowid(connection, table)) leaveGap(connection, table)
  raiseNumbers(
    connection,
    tables.filter((table) => !isVersionTable(table)),
  )
}

/** A migration that gives the rows new numbers, as a copy without the rowid does, then changes that of the last one. */
function leaveGap(connection: Connection, table: string): void {
  const name = quoteName(table)
  connection.exec(`UPDATE ${name} SET rowid = rowid + 1 WHERE rowid = (SELECT max(rowid) FROM ${name})`)
}

/** How many rows of each table look alike; the others show what it can hold. */
const typicalRows = 2

interface ExtraRow {
  readonly table: string
  readonly row: Row
  /** A row of the same table that looks like most. */
  readonly typical: Row
}

/**
 * Takes back the rows with which a later migration fails, or gives them a typical value in place of a NULL: that a migration
 * does not take them is a finding of `lint`, and the file could not be upgraded.
 */
function removeRefused(connection: Connection, extras: readonly ExtraRow[], succeeds: () => boolean): void {
  if (extras.length === 0 || succeeds()) return
  connection.exec('SAVEPOINT extras; PRAGMA defer_foreign_keys = ON')
  for (const extra of extras.toReversed()) removeRow(connection, extra)
  const helps = succeeds() && extras.every(({ table }) => !isEmpty(connection, table))
  if (!helps) connection.exec('ROLLBACK TO extras')
  for (const extra of helps ? extras : []) {
    for (const row of variantsOf(extra)) if (tryRow(connection, { ...extra, row }, succeeds)) break
  }
  connection.exec('RELEASE extras')
}

/** The row, and the same with a value in place of each NULL. */
function* variantsOf({ row, typical }: ExtraRow): Generator<Row> {
  yield row
  for (const [column, value] of row) {
    if (value === null) yield new Map([...row, [column, typical.get(column) ?? null]])
  }
}

/** Whether a row is accepted, and the work succeeds with it; otherwise it is not left. */
function tryRow(connection: Connection, { table, row }: ExtraRow, succeeds: () => boolean): boolean {
  connection.exec('SAVEPOINT extra')
  try {
    insertRow(connection, table, row)
    if (succeeds()) return true
    connection.exec('ROLLBACK TO extra')
    return false
  } catch {
    connection.exec('ROLLBACK TO extra')
    return false
  } finally {
    connection.exec('RELEASE extra')
  }
}

/** Removes a row, unless another one refers to it. */
function removeRow(connection: Connection, { table, row }: ExtraRow): void {
  connection.exec('SAVEPOINT removed')
  deleteRow(connection, table, row)
  if (connection.all('PRAGMA foreign_key_check').length > 0) connection.exec('ROLLBACK TO removed')
  connection.exec('RELEASE removed')
}

/** Whether a copy of a database can be upgraded to the latest version. */
function canUpgrade(
  connection: Connection,
  tables: readonly string[],
  plan: MigrationPlan,
  name: string,
): boolean {
  const copy = openWithKeys()
  try {
    fillDatabase(copy, name, { schema: dumpSchema(connection), rows: dumpRows(connection, tables) })
    migrate(copy, plan)
    return true
  } catch {
    return false
  } finally {
    copy.close()
  }
}

/** Two rows, where it has none and stores its own: texts for full-text search, boxes for an R*Tree. */
function fillVirtualTable(
  connection: Connection,
  { name, family, contentTable, columns }: VirtualTable,
): void {
  if (contentTable !== null || !isEmpty(connection, name)) return
  for (const number of [1n, 2n]) {
    const values = columns.map((column, position): SqlValue => {
      if (position === 0) return number
      return family === 'rtree' ? number * 10n + BigInt(position) : `${column} ${number}`
    })
    const names = columns.map(quoteName).join(', ')
    const marks = values.map(() => '?').join(', ')
    connection.all(`INSERT INTO ${quoteName(name)} (${names}) VALUES (${marks})`, values)
  }
}

/** Whether all rows of a table hold the default in one of its columns. */
function hasIdleColumn(connection: Connection, table: string): boolean {
  const columns = findTable(readSchema(connection), table)?.columns ?? []
  return columns
    .filter(({ generated }) => generated === null)
    .some(({ name, default: value }) => {
      const other = `${quoteName(name)} IS NOT (${value ?? 'NULL'})`
      return connection.all(`SELECT 1 FROM main.${quoteName(table)} WHERE ${other} LIMIT 1`).length === 0
    })
}

/** What the migrations after a version execute; nothing where they fail without rows. */
function laterStatements(plan: MigrationPlan, version: number): readonly string[] {
  const empty = betterSqliteConnection(openMemory())
  try {
    const later = recordMigrations(plan, empty).filter((migration) => migration.version > version)
    return later.flatMap(({ statements }) => statements.map(({ sql }) => sql))
  } catch {
    return []
  } finally {
    empty.close()
  }
}

/**
 * Proves that drafted rows build what they were made from; otherwise something else would be frozen.
 *
 * @throws {FixtureError} when they do not
 */
export function requireExact(original: Connection, rows: string, name: string): void {
  const difference = findDifference(original, rows, name)
  if (difference !== undefined) throw cannotDraft(name, `rows that read back changed, ${difference}`)
}

function findDifference(original: Connection, rows: string, name: string): string | undefined {
  const copy = openWithKeys()
  try {
    fillDatabase(copy, name, { schema: dumpSchema(original), rows })
    return diffContent(readContent(original), readContent(copy))[0]
  } finally {
    copy.close()
  }
}

function cannotDraft(name: string, actual: string): FixtureError {
  return new FixtureError(`rows/${name}`, {
    expected: 'rows that can be drafted',
    actual,
    fix: `write the INSERT statements of rows/${name}.sql by hand`,
  })
}

function openWithKeys(): Connection {
  const connection = betterSqliteConnection(openMemory())
  connection.exec('PRAGMA foreign_keys = ON')
  return connection
}

/**
 * The draft of a golden schema that is missing.
 *
 * @throws {FixtureError} when no migration leaves this form behind: a person writes it then
 */
export function draftGolden(
  { plan, fixtures }: FixtureSuite,
  { name, version, versioned, isFresh }: GoldenName,
): string {
  if (!versioned) throw byHand(`schemas/${name}`)
  const memory = betterSqliteConnection(openMemory())
  const fresh = isFresh ? partsOf(plan)?.fresh : undefined
  try {
    return fresh === undefined
      ? draftSchema(everyStepOf(plan), version, memory, findPreviousGolden(fixtures, version)?.text ?? null)
      : draftSchema(fresh.plan, fresh.fromWhole(version), memory)
  } finally {
    memory.close()
  }
}

/**
 * The draft of the rows of a snapshot that has none.
 *
 * @throws {FixtureError} when no migration leaves this form behind, or a table takes no row: a person writes
 * them then
 */
export function draftRowsOf(suite: FixtureSuite, declaration: SnapshotDeclaration): string {
  if (!isMadeByMigrations(declaration.form)) throw byHand(`rows/${declaration.name}`)
  return draftRows(suite, declaration)
}

function byHand(fixture: string): FixtureError {
  return new FixtureError(fixture, {
    expected: `the file ${fixture}.sql`,
    actual: 'none',
    fix: 'write it by hand: no migration leaves this form behind',
  })
}
