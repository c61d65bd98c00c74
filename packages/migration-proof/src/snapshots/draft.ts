import { betterSqliteConnection, openMemory } from '../engines/better-sqlite3.ts'
import { migrate } from '../migrator/migrate.ts'
import { everyStepOf, type MigrationPlan } from '../migrator/plan.ts'
import { partsOf } from '../migrator/tool-change.ts'
import { readRowConditions } from '../rows/expression.ts'
import { parentsFirst, RowGenerator } from '../rows/generate.ts'
import { deleteRow, insertRow, type Row } from '../rows/search.ts'
import { type ForeignKey, findTable, type Schema, type Table } from '../schema/model.ts'
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
 * gets more where a column of it holds nothing but its default, as one that was added to it does. The tables of the
 * versions hold what the migrator wrote.
 */
export function fillTables(
  connection: Connection,
  tables: readonly string[],
  { plan }: FixtureSuite,
  { name, version }: SnapshotDeclaration,
): void {
  const later = readLater(plan, version)
  const isVersionTable = (table: string) =>
    plan.versions.tables.some((own) => foldName(own) === foldName(table))
  const own = tables.filter((table) => !isVersionTable(table))
  const schema = readSchema(connection)
  const fill = (demanded: Schema) => {
    const ordered = demanded === schema ? own : parentsFirst(connection, own, demanded)
    const extras = fillEach(connection, ordered, demanded, later.statements, name)
    for (const table of readVirtualTables(connection)) fillVirtualTable(connection, table)
    return removeRefused(connection, extras, () => canUpgrade(connection, tables, plan, name))
  }
  connection.exec('SAVEPOINT filled')
  const demanded = withLaterDemands(connection, schema, later.schema)
  if (!fill(schema) && demanded !== schema) {
    connection.exec('ROLLBACK TO filled')
    if (!isMade(() => fill(demanded))) {
      // What no row helps against is a fault of the migration, which is shown on rows that know nothing of it.
      connection.exec('ROLLBACK TO filled')
      fill(schema)
    }
  }
  connection.exec('RELEASE filled')
  for (const table of tables) if (isKnownByRowid(connection, table)) leaveGap(connection, table)
  raiseNumbers(
    connection,
    tables.filter((table) => !isVersionTable(table)),
  )
}

/** Whether work succeeds; no rows for a table are a failure, too. */
function isMade(work: () => boolean): boolean {
  try {
    return work()
  } catch (error) {
    if (error instanceof FixtureError) return false
    throw error
  }
}

/**
 * Fills each table, parents first.
 *
 * @param schema what the rows are to meet
 * @param statements those of later migrations
 * @returns the rows without which the tables have others
 */
function fillEach(
  connection: Connection,
  tables: readonly string[],
  schema: Schema,
  statements: readonly string[],
  name: string,
): ExtraRow[] {
  const extras: ExtraRow[] = []
  const generator = new RowGenerator(connection, schema, undefined, statements)
  try {
    for (const table of tables) {
      const conditions = statements.flatMap((sql) => readRowConditions(sql, table))
      if (!isEmpty(connection, table)) {
        const idle = idleColumnsOf(connection, table)
        if (idle.size === 0) continue
        const { rows, typical } = generator.extend(table, idle, conditions)
        extras.push(...rows.map((row) => ({ table, row, typical })))
        continue
      }
      const rows = generator.cover(table, conditions)
      const [typical = new Map()] = rows
      extras.push(...rows.slice(1).map((row) => ({ table, row, typical })))
      if (rows.length > 0) continue
      throw cannotDraft(name, `no row that table ${table} accepts: ${generator.problemOf(table)}`)
    }
    return extras
  } finally {
    generator.close()
  }
}

/**
 * A schema with the foreign keys and CHECKs that a later one has besides, where these name what is there already; the same
 * schema where there are none. Rows that meet them can be upgraded to it.
 */
function withLaterDemands(connection: Connection, schema: Schema, later: Schema | null): Schema {
  const isUsable = (table: Table, expression: string) => {
    try {
      connection.all(`SELECT (${expression}) FROM main.${quoteName(table.name)} LIMIT 0`)
      return true
    } catch {
      return false
    }
  }
  const has = (table: Table | undefined, columns: readonly string[]) =>
    columns.every((name) => table?.columns.some((column) => foldName(column.name) === foldName(name)))
  let isChanged = false
  const tables = [...schema.tables].map(([key, table]): readonly [string, Table] => {
    const after = later === null ? undefined : findTable(later, table.name)
    const keysOf = ({ columns, parent }: ForeignKey) => foldName([...columns, parent].join(' '))
    const known = new Set(table.foreignKeys.map(keysOf))
    const foreignKeys = (after?.foreignKeys ?? []).filter(
      (foreignKey) =>
        !known.has(keysOf(foreignKey)) &&
        has(table, foreignKey.columns) &&
        findTable(schema, foreignKey.parent) !== undefined &&
        has(findTable(schema, foreignKey.parent), foreignKey.parentColumns),
    )
    const checks = (after?.checks ?? []).filter(
      ({ expression }) =>
        !table.checks.some((check) => check.expression === expression) && isUsable(table, expression),
    )
    if (foreignKeys.length + checks.length === 0) return [key, table]
    isChanged = true
    return [
      key,
      {
        ...table,
        foreignKeys: [...table.foreignKeys, ...foreignKeys],
        checks: [...table.checks, ...checks],
      },
    ]
  })
  return isChanged ? { ...schema, tables: new Map(tables) } : schema
}

/** A migration that gives the rows new numbers, as a copy without the rowid does, then changes that of the last one. */
function leaveGap(connection: Connection, table: string): void {
  const name = quoteName(table)
  connection.exec(`UPDATE ${name} SET rowid = rowid + 1 WHERE rowid = (SELECT max(rowid) FROM ${name})`)
}

interface ExtraRow {
  readonly table: string
  readonly row: Row
  /** A row of the same table that looks like most. */
  readonly typical: Row
}

/**
 * Takes back the rows with which a later migration fails, or gives them typical values in place of those that it refuses: that
 * a migration does not take them is a finding of `lint`, and the file could not be upgraded.
 *
 * @returns whether the file can be upgraded
 */
function removeRefused(
  connection: Connection,
  extras: readonly ExtraRow[],
  succeeds: () => boolean,
): boolean {
  if (extras.length === 0 || succeeds()) return true
  connection.exec('SAVEPOINT extras; PRAGMA defer_foreign_keys = ON')
  for (const extra of extras.toReversed()) removeRow(connection, extra)
  const helps = succeeds() && extras.every(({ table }) => !isEmpty(connection, table))
  if (helps) putBack(connection, extras, succeeds)
  else connection.exec('ROLLBACK TO extras')
  connection.exec('RELEASE extras')
  return helps
}

/** Inserts rows again: all of them where the work succeeds with them, otherwise each half by itself. */
function putBack(connection: Connection, extras: readonly ExtraRow[], succeeds: () => boolean): void {
  const [extra, ...others] = extras
  if (extra === undefined || tryRows(connection, extras, succeeds)) return
  if (others.length === 0) {
    putBackChanged(connection, extra, succeeds)
    return
  }
  const half = Math.ceil(extras.length / 2)
  putBack(connection, extras.slice(0, half), succeeds)
  putBack(connection, extras.slice(half), succeeds)
}

/** Inserts a row of which as few values as possible are changed to typical ones; nothing where that is not enough. */
function putBackChanged(
  connection: Connection,
  { table, row, typical }: ExtraRow,
  succeeds: () => boolean,
): void {
  const keys = keyColumnsOf(connection, table)
  const free = [...row.keys()].filter((column) => !keys.has(foldName(column)))
  const changed = (columns: readonly string[]): ExtraRow => ({
    table,
    row: new Map([...row, ...columns.map((column) => [column, typical.get(column) ?? null] as const)]),
    typical,
  })
  const isTaken = (columns: readonly string[]) => {
    connection.exec('SAVEPOINT changed')
    const taken = tryRows(connection, [changed(columns)], succeeds)
    connection.exec('ROLLBACK TO changed; RELEASE changed')
    return taken
  }
  if (!isTaken(free)) return
  /** Which of some columns have to be changed, beside others. */
  const reduce = (columns: readonly string[], others: readonly string[]): readonly string[] => {
    if (columns.length === 0 || isTaken(others)) return []
    if (columns.length === 1) return columns
    const half = Math.ceil(columns.length / 2)
    const [left, right] = [columns.slice(0, half), columns.slice(half)]
    const ofLeft = reduce(left, [...others, ...right])
    return [...ofLeft, ...reduce(right, [...others, ...ofLeft])]
  }
  tryRows(connection, [changed(reduce(free, []))], succeeds)
}

/** The folded names of the columns of keys, of which each row has values of its own. */
function keyColumnsOf(connection: Connection, name: string): ReadonlySet<string> {
  const table = findTable(readSchema(connection), name)
  const keys = [
    table?.primaryKey ?? { columns: [] },
    ...(table?.indexes ?? []).filter(({ unique }) => unique),
  ]
  return new Set(keys.flatMap(({ columns }) => columns.flatMap(({ column }) => column ?? [])).map(foldName))
}

/** Whether rows are accepted, and the work succeeds with them; otherwise none is left. */
function tryRows(connection: Connection, rows: readonly ExtraRow[], succeeds: () => boolean): boolean {
  connection.exec('SAVEPOINT tried')
  try {
    for (const { table, row } of rows) insertRow(connection, table, row)
    if (succeeds()) return true
    connection.exec('ROLLBACK TO tried')
    return false
  } catch {
    connection.exec('ROLLBACK TO tried')
    return false
  } finally {
    connection.exec('RELEASE tried')
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

/** The columns of which all rows of a table hold the default. */
function idleColumnsOf(connection: Connection, table: string): ReadonlySet<string> {
  const columns = findTable(readSchema(connection), table)?.columns ?? []
  const idle = columns
    .filter(({ generated, hidden }) => generated === null && !hidden)
    .filter(({ name, default: value }) => {
      const other = `${quoteName(name)} IS NOT (${value ?? 'NULL'})`
      return connection.all(`SELECT 1 FROM main.${quoteName(table)} WHERE ${other} LIMIT 1`).length === 0
    })
  return new Set(idle.map(({ name }) => name))
}

/** What the migrations after a version execute, and the schema that they end with; nothing where they fail without rows. */
function readLater(
  plan: MigrationPlan,
  version: number,
): { readonly statements: readonly string[]; readonly schema: Schema | null } {
  const empty = betterSqliteConnection(openMemory())
  try {
    const later = recordMigrations(plan, empty).filter((migration) => migration.version > version)
    const statements = later.flatMap((migration) => migration.statements.map(({ sql }) => sql))
    return { statements, schema: readSchema(empty) }
  } catch {
    return { statements: [], schema: null }
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
