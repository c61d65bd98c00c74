import { countOf } from '../count.ts'
import { errorMessage } from '../errors.ts'
import { errorCode } from '../migrator/errors.ts'
import { migrateOf } from '../migrator/migrate-as-tool.ts'
import type { Migration } from '../migrator/migration.ts'
import { makeProblem, type Problem } from '../problem.ts'
import { factsAt } from '../proof/facts-at.ts'
import type { Suite } from '../proof/suite.ts'
import { parentsFirst, RowGenerator } from '../rows/generate.ts'
import type { Row } from '../rows/search.ts'
import { diffSchemas } from '../schema/diff.ts'
import { findTable, type Schema, type Table } from '../schema/model.ts'
import { readSchema } from '../schema/read.ts'
import { withStillClock, withStillJavaScript } from '../snapshots/clock.ts'
import type { SnapshotDeclaration } from '../snapshots/declaration.ts'
import { FixtureError, LedgerError } from '../snapshots/errors.ts'
import type { SnapshotEntry } from '../snapshots/ledger.ts'
import { loadSnapshot, openInMemory, type SnapshotImage } from '../snapshots/open.ts'
import { ordinaryTables } from '../snapshots/tables.ts'
import type { Connection, SqlValue } from '../sql/connection.ts'
import { foldName, quoteName } from '../sql/names.ts'
import { significantTokens, unquote } from '../sql/tokens.ts'
import type { Check } from './check.ts'
import { followChanges, type Survivor } from './rows/survivors.ts'
import type { Migrate } from './subject.ts'

/** Whether the program of the version before can go on with the file of a version. */
export type RollbackOutcome = 'possible' | 'expand-first' | 'breaks'

/** What a program cannot do on a file that both use. */
export interface RollbackObstacle {
  /** `older`: the program of the version before. `newer`: that of the version, beside the older one. */
  readonly program: 'older' | 'newer'
  /** The contract, or the statement that was derived from the schema; the column where values differ. */
  readonly statement: string
  readonly reason: string
  /** Whether it fails only on rows that the other program wrote. */
  readonly isOnRowsOfOther: boolean
  /** `expand-first`: a version between both, in which old and new are there, avoids it. */
  readonly outcome: Exclude<RollbackOutcome, 'possible'>
}

/** Gives the verdict on a version by a snapshot; null where there is none. */
export type RecallRollback = (
  entry: SnapshotEntry,
  version: number,
  judgeNow: () => Rollback | null,
) => Rollback | null

/** The verdict on one version. */
export interface Rollback {
  readonly version: number
  readonly outcome: RollbackOutcome
  /** How many statements were run on the file of the version. */
  readonly tried: number
  readonly obstacles: readonly RollbackObstacle[]
}

/**
 * During a rolling deploy, and after a roll-back, the program of the version before works on the file of the new one. A
 * migration that drops something stops it, and that may be right: only what a migration declares is required.
 */
export const rollback: Check = {
  name: 'rollback',
  proves: 'is one with which the program of the version before can go on, where a migration declares that',
  needs: 'reruns',
  lacks: ({ suite, target }) =>
    suite.plan.migrations.slice(0, target).some(isDeclared)
      ? null
      : "no migration declares rollback: 'possible'",
  run: ({ suite, from, target, image, migrate }) => {
    const declared = suite.plan.migrations.slice(from, target).filter(isDeclared)
    // Each is tried once, from the nearest snapshot.
    const own = declared.filter(({ version }) => nearestSnapshot(suite, version)?.name === image.entry.name)
    return {
      detail: `${countOf(own.length, 'migration')} tried`,
      problems: own.flatMap((migration) => {
        const verdict = judge(suite, image, migration, migrate)
        return verdict === null || verdict.outcome === 'possible' ? [] : [problemOf(migration, verdict)]
      }),
    }
  },
}

function isDeclared(migration: Migration): boolean {
  return migration.rollback === 'possible'
}

function problemOf({ version }: Migration, { outcome, obstacles }: Rollback): Problem {
  const shown = obstacles.slice(0, shownObstacles).map(describeObstacle)
  return makeProblem('rollback', {
    subject: { type: 'migration', name: `v${version}` },
    version,
    expected: `rollback: 'possible': the statements of version ${version - 1} work on it`,
    actual: `${obstacles.length} do not: ${shown.join('; ')}${obstacles.length > shownObstacles ? '; …' : ''}`,
    why: 'The program of the version before stops during a rolling deploy, and after a roll-back.',
    fix:
      outcome === 'expand-first'
        ? "let this version only add what is new, and a later one remove what is old; or remove rollback: 'possible'"
        : "keep what the older program reads and writes; or remove rollback: 'possible'",
  })
}

const shownObstacles = 3

/** What stops a program, in words. */
export function describeObstacle({ program, statement, reason, isOnRowsOfOther }: RollbackObstacle): string {
  const other = program === 'newer' ? 'older' : 'newer'
  return `${statement}${isOnRowsOfOther ? `, after the ${other} program has written` : ''}: ${reason}`
}

/**
 * Judges of each version whether its file can be given back to the program of the version before. A version before which
 * there was no table has no such program; one whose upgrade or snapshot fails is left to the checks.
 *
 * @param names the snapshots to judge by; defaults to all
 * @param recall gives a verdict that is known, or the one of the call that it is given; defaults to that
 *
 * @example
 * ```js
 * import { judgeRollbacks } from 'migration-proof'
 * import config from './migration-proof.config.mjs'
 *
 * for (const { version, outcome } of judgeRollbacks(config)) console.log(version, outcome) // 2 possible, 3 possible
 * ```
 */
export function judgeRollbacks(
  suite: Suite,
  names: readonly string[] = suite.snapshots.map(({ name }) => name),
  recall: RecallRollback = (_entry, _version, judgeNow) => judgeNow(),
): Rollback[] {
  const images = new Map<string, SnapshotImage>()
  const upgrade = migrateOf(suite.plan)
  const still: Migrate = (...given) => withStillJavaScript(() => upgrade(...given))
  return suite.plan.migrations.flatMap((migration) => {
    const snapshot = nearestSnapshot(suite, migration.version)
    if (snapshot === undefined || !names.includes(snapshot.name)) return []
    const image = images.get(snapshot.name) ?? tryLoad(suite, snapshot.name)
    if (image === null) return []
    images.set(snapshot.name, image)
    const judgeNow = () => withStillClock(() => judge(suite, image, migration, still))
    return recall(image.entry, migration.version, judgeNow) ?? []
  })
}

/** A snapshot that is missing or changed is a problem of its upgrade. */
function tryLoad({ fixtures }: Suite, name: string): SnapshotImage | null {
  try {
    return loadSnapshot(fixtures, name)
  } catch (error) {
    if (error instanceof FixtureError || error instanceof LedgerError) return null
    throw error
  }
}

/** The last one of the versions before a migration: it has the rows of the version before. */
function nearestSnapshot({ snapshots }: Suite, version: number): SnapshotDeclaration | undefined {
  return snapshots
    .filter((snapshot) => snapshot.version < version)
    .toSorted((left, right) => left.version - right.version)
    .at(-1)
}

/** A statement of a program. */
interface Statement {
  readonly name: string
  readonly table: string
  readonly sql: string
  readonly parameters: readonly SqlValue[]
  readonly stage: Stage
}

/** The order in which a program runs its statements: first what writes, so that the others find something, deletes last. */
const stages = ['insert', 'update', 'other', 'delete'] as const
type Stage = (typeof stages)[number]

function toStatement({ name, table, sql, parameters }: Omit<Statement, 'stage'>): Statement {
  const [{ text = '' } = {}] = significantTokens(sql)
  const word = text.toLowerCase().replace('replace', 'insert')
  return { name, table, sql, parameters, stage: stages.find((stage) => stage === word) ?? 'other' }
}

/** What a statement did: an error, or how many rows it changed or returned. */
type Effect = { readonly code: string; readonly message: string } | { readonly rows: number }

/** What a program did on a file. */
interface Service {
  readonly effects: ReadonlyMap<Statement, Effect>
  /** By column: the kinds of values that are there after all writing, and before all deletion. */
  readonly kinds: ReadonlyMap<string, ReadonlySet<string>>
}

/** Null where the version before has no statements, or a file cannot be upgraded. */
function judge(suite: Suite, image: SnapshotImage, migration: Migration, migrate: Migrate): Rollback | null {
  const { version } = migration
  using older = openAt(suite, image, version - 1, migrate)
  using newer = openAt(suite, image, version, migrate)
  if (older === null || newer === null) return null
  const tables = tablesOf(suite, older.connection)
  const isNear = findNear(older.connection, newer.connection, migration)
  const before = statementsOf(suite, version - 1, older.connection, isNear)
  // Nothing is tried of a version without tables, or of tables that take no row: that is no verdict.
  if (tables.length === 0 || (before.length === 0 && tables.some(isNear))) return null
  const after = statementsOf(suite, version, newer.connection, isNear)
  const changed = changedTables(older.connection, newer.connection, migration)
  const expected = serve(older.connection, before, changed)
  const actual = serve(newer.connection, before)
  const own = serve(newer.connection, after, changed)
  // What both insert may have the same keys: one writes, and the other reads.
  const afterOlder = serve(newer.connection, [...writingOf(before), ...readingOf(after)])
  const afterNewer = serve(newer.connection, [...writingOf(after), ...readingOf(before)])
  // Most versions change nothing that a statement of the version before names: then no schema is read.
  let known: VersionChange | null = null
  const change = () => {
    known ??= readChange(migration, older.connection, newer.connection)
    return known
  }
  const obstacles = [
    ...before.flatMap((statement) => compareEffects(change, statement, expected, actual)),
    ...(changed.length === 0 ? [] : compareKinds(change(), expected, own)),
    ...compareReading('older', readingOf(before), [expected, actual], afterNewer),
    ...compareReading('newer', readingOf(after), [own], afterOlder),
  ]
  const tried = [...expected.effects.values(), ...own.effects.values()].filter(
    (one) => !('code' in one),
  ).length
  const outcomes = new Set(obstacles.map(({ outcome }) => outcome))
  return {
    version,
    outcome: outcomes.has('breaks') ? 'breaks' : outcomes.has('expand-first') ? 'expand-first' : 'possible',
    tried,
    obstacles,
  }
}

/** A copy of a snapshot at a version; null where it cannot be upgraded, which is a problem of its upgrade. */
function openAt({ plan }: Suite, image: SnapshotImage, target: number, migrate: Migrate) {
  const copy = openInMemory(image)
  try {
    copy.connection.exec('PRAGMA foreign_keys = ON')
    if (target > image.entry.version) migrate(copy.connection, plan, { target })
    return copy
  } catch {
    copy.close()
    return null
  }
}

/** The tables of the version before whose definition or rows a migration changes. */
function changedTables(older: Connection, newer: Connection, { dataChanges = [] }: Migration): string[] {
  const [before, after] = [older, newer].map((connection) => {
    const tables = connection.all("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
    return new Map(tables.map(({ name, sql }) => [foldName(String(name)), String(sql)] as const))
  })
  const declared = new Set(dataChanges.map(({ table }) => foldName(table)))
  return [...(before ?? [])].flatMap(([name, sql]) =>
    declared.has(name) || after?.get(name) !== sql ? [name] : [],
  )
}

/**
 * Tells the tables on which a statement can do something else in the new version: those that differ, with what belongs to them or
 * in their rows, and those that refer to one of them or are referred to. A trigger may write to any.
 */
function findNear(
  older: Connection,
  newer: Connection,
  { dataChanges = [] }: Migration,
): (table: string) => boolean {
  const [before, after] = [readSchema(older), readSchema(newer)]
  const changed = new Set([
    ...diffSchemas(before, after).map(({ object }) => foldName(object.table)),
    ...dataChanges.flatMap(({ table, renamedTo = table }) => [foldName(table), foldName(renamedTo)]),
  ])
  if (changed.size > 0 && before.triggers.size + after.triggers.size > 0) return () => true
  const near = new Set(changed)
  for (const { name, foreignKeys } of [...before.tables.values(), ...after.tables.values()]) {
    for (const { parent } of foreignKeys) {
      if (changed.has(foldName(name))) near.add(foldName(parent))
      if (changed.has(foldName(parent))) near.add(foldName(name))
    }
  }
  return (table) => near.has(foldName(table))
}

/** Whether a table is one of the program, and not of the versions. */
function isOfProgram({ plan: { versions } }: Suite, table: string): boolean {
  return !versions.tables.some((own) => foldName(own) === foldName(table))
}

function tablesOf(suite: Suite, connection: Connection): readonly string[] {
  return ordinaryTables(connection).filter((table) => isOfProgram(suite, table))
}

/** The contracts of a version; where none is declared, what any program does with each table that is near to a change. */
function statementsOf(
  suite: Suite,
  version: number,
  connection: Connection,
  isNear: (table: string) => boolean,
): readonly Statement[] {
  const { contracts } = factsAt(suite.facts, version)
  if (contracts.length > 0) {
    return contracts.filter(({ table }) => isOfProgram(suite, table)).map(toStatement)
  }
  const tables = parentsFirst(connection, tablesOf(suite, connection).filter(isNear))
  return tables.length === 0 ? [] : undone(connection, () => deriveStatements(connection, tables))
}

/** An INSERT with all columns, an UPDATE of them by the key, a SELECT, and a DELETE by the key, of each table. */
function deriveStatements(connection: Connection, tables: readonly string[]): readonly Statement[] {
  const schema = readSchema(connection)
  const generator = new RowGenerator(connection, schema)
  try {
    const statements = tables.map((name) => {
      const [row] = generator.fill(name, 1)
      const table = findTable(schema, name)
      return row === undefined || table === undefined ? [] : deriveOf(table, row)
    })
    const isDelete = ({ stage }: Statement) => stage === 'delete'
    return [
      ...statements.flatMap((of) => of.filter((statement) => !isDelete(statement))),
      // Children first.
      ...statements.toReversed().flatMap((of) => of.filter(isDelete)),
    ]
  } finally {
    generator.close()
  }
}

function deriveOf(table: Table, row: Row): readonly Statement[] {
  const columns = [...row.keys()]
  const named = (table.primaryKey?.columns ?? []).flatMap(({ column }) => column ?? [])
  const key = named.length > 0 && named.every((column) => row.has(column)) ? named : columns
  const others = columns.filter((column) => !key.includes(column))
  const valuesOf = (names: readonly string[]) => names.map((column) => row.get(column) ?? null)
  const name = quoteName(table.name)
  const where = key.map((column) => `${quoteName(column)} IS ?`).join(' AND ')
  const list = columns.map(quoteName).join(', ')
  const sets = others.map((column) => `${quoteName(column)} = ?`).join(', ')
  const make = (sql: string, parameters: readonly SqlValue[]) =>
    toStatement({ name: sql.replaceAll(/"(\w+)"/g, '$1'), table: table.name, sql, parameters })
  return [
    make(`INSERT INTO ${name} (${list}) VALUES (${columns.map(() => '?').join(', ')})`, valuesOf(columns)),
    ...(others.length === 0
      ? []
      : [make(`UPDATE ${name} SET ${sets} WHERE ${where}`, valuesOf([...others, ...key]))]),
    make(`SELECT ${list} FROM ${name}`, []),
    make(`DELETE FROM ${name} WHERE ${where}`, valuesOf(key)),
  ]
}

/** Runs the statements of a program, all of which are undone; and reads what some tables then hold. */
function serve(
  connection: Connection,
  statements: readonly Statement[],
  tables: readonly string[] = [],
): Service {
  return undone(connection, () => {
    const effects = new Map<Statement, Effect>()
    const run = (...wanted: readonly Stage[]) => {
      for (const stage of wanted) {
        for (const statement of statements.filter((one) => one.stage === stage))
          effects.set(statement, attempt(connection, statement))
      }
    }
    run('insert', 'update')
    const kinds = readKinds(connection, tables)
    run('other', 'delete')
    return { effects, kinds }
  })
}

function undone<Result>(connection: Connection, work: () => Result): Result {
  connection.exec('SAVEPOINT program')
  try {
    return work()
  } finally {
    // RAISE(ROLLBACK) ends the transaction.
    if (connection.inTransaction) connection.exec('ROLLBACK TO program; RELEASE program')
  }
}

function attempt(connection: Connection, { table, sql, parameters, stage }: Statement): Effect {
  try {
    // `changes()` leaves out what INSTEAD OF triggers change: https://www.sqlite.org/c3ref/changes.html
    const isView =
      connection.all("SELECT 1 FROM sqlite_schema WHERE type = 'view' AND name = ? COLLATE NOCASE", [table])
        .length > 0
    const total = () => Number(connection.all('SELECT total_changes() AS total')[0]?.total)
    const totalBefore = isView ? total() : 0
    const rows = connection.all(sql, parameters)
    if (stage === 'other') return { rows: rows.length }
    if (isView) return { rows: total() - totalBefore }
    return { rows: Number(connection.all('SELECT changes() AS changes')[0]?.changes) }
  } catch (error) {
    const code = errorCode(error)
    if (code === null) throw error
    return { code, message: errorMessage(error) }
  }
}

/** By column: `number`, `text`, `blob` and `null`, as far as there are such values. */
function readKinds(connection: Connection, tables: readonly string[]): Map<string, ReadonlySet<string>> {
  const kinds = new Map<string, ReadonlySet<string>>()
  if (tables.length === 0) return kinds
  for (const table of ordinaryTables(connection).filter((name) => tables.includes(foldName(name)))) {
    const columns = connection
      .all('SELECT name FROM pragma_table_info(?)', [table])
      .map(({ name }) => String(name))
    const read = columns.map(
      (column, index) => `group_concat(DISTINCT typeof(${quoteName(column)})) AS k${index}`,
    )
    const [row] = connection.all(`SELECT ${read.join(', ')} FROM main.${quoteName(table)}`)
    for (const [index, column] of columns.entries()) {
      const found = String(row?.[`k${index}`] ?? '').split(',')
      const named = found
        .filter((kind) => kind !== '')
        .map((kind) => kind.replace(/^(integer|real)$/, 'number'))
      kinds.set(foldName(`${table}.${column}`), new Set(named))
    }
  }
  return kinds
}

/** What a version changes. */
interface VersionChange {
  readonly version: number
  readonly before: Schema
  readonly after: Schema
  readonly survivors: readonly Survivor[]
}

function readChange(
  { version, dataChanges = [] }: Migration,
  older: Connection,
  newer: Connection,
): VersionChange {
  const before = readSchema(older)
  const names = [...before.tables.values()].map(({ name }) => name)
  return { version, before, after: readSchema(newer), survivors: followChanges(names, dataChanges) }
}

/** What a statement of the older program does on a file of its own, and on one of the version. */
function compareEffects(
  readVersion: () => VersionChange,
  statement: Statement,
  expected: Service,
  actual: Service,
): RollbackObstacle[] {
  const [wanted, found] = [expected, actual].map(({ effects }) => effects.get(statement))
  if (wanted === undefined || found === undefined || 'code' in wanted) return []
  const obstacle = { program: 'older', statement: statement.name, isOnRowsOfOther: false } as const
  if (!('code' in found) && (found.rows > 0 || wanted.rows === 0)) return []
  const change = readVersion()
  if ('code' in found) return [{ ...obstacle, ...explainError(change, statement, found) }]
  const survivor = change.survivors.find(({ table }) => foldName(table) === foldName(statement.table))
  // Where rows may go, or its INSERT is refused, that it finds none is no fault by itself.
  if (survivor?.freeBecause != null || wasRefused(statement.table, actual)) return []
  const reason = `finds no row, where it found ${wanted.rows} at version ${change.version - 1}`
  return [{ ...obstacle, reason, outcome: 'breaks' }]
}

function wasRefused(table: string, { effects }: Service): boolean {
  return [...effects].some(([statement, effect]) => {
    return foldName(statement.table) === foldName(table) && statement.stage === 'insert' && 'code' in effect
  })
}

/** Why a statement fails: what it names is gone, or what is new must be named. */
function explainError(
  { before, after, survivors }: VersionChange,
  statement: Statement,
  { code, message }: { readonly code: string; readonly message: string },
): Pick<RollbackObstacle, 'reason' | 'outcome'> {
  const words = new Set(significantTokens(statement.sql).map((token) => foldName(unquote(token))))
  if (code.startsWith('SQLITE_ERROR')) {
    for (const table of [...before.tables.values()].filter(({ name }) => words.has(foldName(name)))) {
      const survivor = survivors.find((one) => one.table === table.name)
      const now = findTable(after, table.name)
      if (now === undefined) {
        const isRenamed = survivor !== undefined && findTable(after, survivor.nameAfter) !== undefined
        const reason = `the table ${table.name} is ${isRenamed ? `called ${survivor.nameAfter}` : 'gone'}`
        return { reason, outcome: 'expand-first' }
      }
      const gone = table.columns.find(({ name }) => words.has(foldName(name)) && !hasColumn(now, name))
      if (gone === undefined) continue
      const name = survivor?.nameOfColumn(gone.name) ?? gone.name
      const isRenamed = hasColumn(now, name)
      const reason = `${table.name}.${gone.name} is ${isRenamed ? `called ${name}` : 'gone'}`
      return { reason, outcome: 'expand-first' }
    }
  }
  const table = findTable(after, statement.table)
  const known = findTable(before, statement.table)
  const demanded = table?.columns.filter(
    (column) =>
      column.notNull && column.default === null && !(known !== undefined && hasColumn(known, column.name)),
  )
  if (code === 'SQLITE_CONSTRAINT_NOTNULL' && demanded !== undefined && demanded.length > 0) {
    const names = demanded.map(({ name }) => `${statement.table}.${name}`).join(', ')
    const isOne = demanded.length === 1
    const reason = `${names} ${isOne ? 'is' : 'are'} new, NOT NULL and without a default`
    return { reason, outcome: 'expand-first' }
  }
  return { reason: `${code}: ${message}`, outcome: 'breaks' }
}

function hasColumn({ columns }: Table, name: string): boolean {
  return columns.some((column) => foldName(column.name) === foldName(name))
}

/** Columns in which the newer program stores what the older one does not know, and each reads what the other stores. */
function compareKinds({ version, before, after }: VersionChange, older: Service, newer: Service) {
  return [...before.tables.values()].flatMap((table) => {
    const now = findTable(after, table.name)
    return table.columns.flatMap((column): RollbackObstacle[] => {
      const same = now?.columns.find(({ name }) => foldName(name) === foldName(column.name))
      if (same === undefined) return []
      const statement = `${table.name}.${column.name}`
      const obstacle = { program: 'older', statement, isOnRowsOfOther: false, outcome: 'breaks' } as const
      if (column.notNull && !same.notNull) {
        return [{ ...obstacle, reason: `may be NULL, which version ${version - 1} does not know` }]
      }
      const [known, found] = [older, newer].map(({ kinds }) =>
        [...(kinds.get(foldName(statement)) ?? [])].filter((kind) => kind !== 'null'),
      )
      const others = (found ?? []).filter((kind) => known?.includes(kind) === false)
      if (known === undefined || known.length === 0 || others.length === 0) return []
      const reason = `holds ${nameKinds(others)}, where version ${version - 1} stores ${nameKinds(known)}`
      return [{ ...obstacle, reason }]
    })
  })
}

function nameKinds(kinds: readonly string[]): string {
  return kinds.map((kind) => (kind === 'text' ? kind : `a ${kind}`)).join(' or ')
}

function writingOf(statements: readonly Statement[]): readonly Statement[] {
  return statements.filter(({ stage }) => stage === 'insert' || stage === 'update')
}

function readingOf(statements: readonly Statement[]): readonly Statement[] {
  return statements.filter(({ stage }) => stage === 'other')
}

/** The statements of a program that fail on what the other one wrote, and not without it. */
function compareReading(
  program: RollbackObstacle['program'],
  statements: readonly Statement[],
  alone: readonly Service[],
  together: Service,
): RollbackObstacle[] {
  return statements.flatMap((statement): RollbackObstacle[] => {
    const effect = together.effects.get(statement)
    const fails = ({ effects }: Service) => 'code' in (effects.get(statement) ?? { code: '' })
    if (effect === undefined || !('code' in effect) || alone.some(fails)) return []
    const reason = `${effect.code}: ${effect.message}`
    return [{ program, statement: statement.name, reason, outcome: 'breaks', isOnRowsOfOther: true }]
  })
}
