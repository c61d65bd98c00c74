import { followChanges, type Survivor } from '../../checks/rows/survivors.ts'
import { errorCode } from '../../migrator/errors.ts'
import { type DataChange, isWholeChange } from '../../migrator/migration.ts'
import type { MigrationPlan } from '../../migrator/plan.ts'
import { type Constraint, readConstraints } from '../../rows/constraints.ts'
import { parentsFirst, type RefusedRow, RowGenerator, similarKeys } from '../../rows/generate.ts'
import type { Row } from '../../rows/search.ts'
import { diffSchemas } from '../../schema/diff.ts'
import { findTable, type Schema } from '../../schema/model.ts'
import { readSchema } from '../../schema/read.ts'
import { storedColumns } from '../../snapshots/typed-rows.ts'
import { mayChangeRowsOf } from '../../sql/alterations.ts'
import type { Connection, SqlRow, SqlValue } from '../../sql/connection.ts'
import { foldName, quoteName } from '../../sql/names.ts'
import { attemptInsert, openCopy, type PrivateCopy } from '../attempt.ts'
import { ofMigration, type Rule, type Sighting } from '../finding.ts'
import { type MigrationTrial, runOnCopy } from '../trial.ts'

export const tightenedConstraint: Rule = {
  code: 'tightened-constraint',
  severity: 'error',
  reason:
    'The version before accepts rows that the new constraint refuses: the upgrade of a file that holds one fails, or loses rows.',
  fix: 'Let the migration correct such rows first, or say in a waiver why no file holds one.',
  source: 'https://www.sqlite.org/lang_conflict.html',
  isOfEachMigration: true,
  find: ({ trials, suite }) => trials.flatMap((trial) => findTightened(trial, suite.plan)),
}

const fixes: Readonly<Record<Constraint['kind'], string>> = {
  'not-null': 'give the rows without a value one, or remove them, before the column becomes NOT NULL',
  unique: 'merge or remove the rows whose keys become equal, and declare which of them stay',
  check: 'correct the rows that fail the condition before it is added',
  'foreign-key': 'remove the rows without their parent, or make the parent, before the foreign key is added',
  type: 'convert values of another type, for instance with CASE typeof(…), before the table becomes STRICT',
  trigger: 'correct the rows that the trigger refuses before they are written again',
}

/**
 * Makes rows that the version afterwards refuses by one constraint each, puts those that the version before accepts into
 * it, and runs the migration.
 */
function findTightened(trial: MigrationTrial, plan: MigrationPlan): Sighting[] {
  const { migration, before, startImage, emptyImage } = trial
  if (emptyImage === null) return []
  using after = openCopy(emptyImage)
  const schema = readSchema(after.connection)
  const own = new Set(plan.versions.tables.map(foldName))
  const written = writtenTables(trial, own)
  const tables = changedTables(before, schema, written.byUpdate).filter((name) => !own.has(foldName(name)))
  if (tables.length === 0) return []
  using start = openCopy(startImage)
  const isNew = newConstraints(start.connection, before, written.inAnyWay)
  const refused = refuseRows(after.connection, schema, tables, isNew)
  if (refused.length === 0) return []
  copyRows(after.connection, start.connection, schema, plan.versions.tables)
  const filled = start.image()
  const upgrade = (copy: PrivateCopy) => runOnCopy(copy, plan, migration.version)
  const course = (table: string): Course => {
    const { dataChanges: changes = [] } = migration
    const [survivor] = followChanges([table], changes)
    return { before, after: schema, changes: changes.filter((one) => isOf(one, table)), survivor }
  }
  const lossesWithout = (image: Buffer, table: string): Losses | null => {
    using copy = openCopy(image)
    return followRows(copy, course(table), table, () => upgrade(copy) === null)
  }
  using untouched = openCopy(filled)
  if (upgrade(untouched) !== null) return []
  return refused.flatMap(({ table, constraint, row, beside }) => {
    if (beside === 'first' || beside === 'empty database') return []
    const columns = storedColumns(start.connection, table)
    const image = beside === 'none' ? startImage : filled
    for (const candidate of variantsOf(row, constraint)) {
      using copy = openCopy(image)
      const known = projected(candidate, columns)
      if (!attemptInsert(copy.connection, table, known).accepted) continue
      let failure: string | null = null
      const losses = followRows(copy, course(table), table, () => {
        failure = upgrade(copy)
        return failure === null
      })
      const loss = losses === null ? null : describeLoss(losses, lossesWithout(image, table))
      const happened = failure ?? loss
      if (happened === null) continue
      const names = constraint.columns.map((name) => `${quoteName(name)} = ${shown(known[name])}`).join(', ')
      return [
        {
          ...ofMigration(migration.version, `${table}: ${constraint.label}`, table),
          fix:
            failure === null
              ? "keep the rows, for instance corrected, or declare which of them go: rowsRemoved: 'a condition over the old rows'"
              : fixes[constraint.kind],
          evidence: [
            {
              ran: `the migration, with a row in ${table} that version ${migration.version - 1} accepts: ${names}`,
              happened,
            },
          ] as const,
        },
      ]
    }
    return []
  })
}

/** What becomes of one table in a migration. */
interface Course {
  readonly before: Schema
  readonly after: Schema
  readonly changes: readonly DataChange[]
  readonly survivor: Survivor | undefined
}

/** The rows of a table that a migration removes, and does not declare. */
interface Losses {
  /** The columns that name a row; none where rows can only be counted. */
  readonly key: readonly string[]
  readonly rowsBefore: ReadonlySet<string>
  /** The names of those that are gone; empty where rows can only be counted. */
  readonly gone: readonly string[]
  readonly count: number
  /** How many fewer rows there are than before, declared or not. */
  readonly fewer: number
}

function isOf({ table }: DataChange, name: string): boolean {
  return foldName(table) === foldName(name)
}

/**
 * Compares the rows of a table before and after some work, by their key where the table keeps one.
 *
 * @param work returns whether it worked
 * @returns null where it did not, or where the table is declared to go or to change as a whole
 */
function followRows(
  { connection }: PrivateCopy,
  { before, after, changes, survivor }: Course,
  table: string,
  work: () => boolean,
): Losses | null {
  const [earlier, later] = [findTable(before, table), findTable(after, survivor?.nameAfter ?? table)]
  const nameOf = (column: string) => survivor?.columnAfter(column) ?? null
  const isKept = (column: string) =>
    later?.columns.some(({ name }) => foldName(name) === foldName(nameOf(column) ?? '')) === true
  const named = (earlier?.primaryKey?.columns ?? []).flatMap(({ column }) => column ?? [])
  const key = named.length > 0 && named.every(isKept) ? named : []
  const keyAfter = key.map((column) => nameOf(column) ?? column)
  const rowsBefore = readKeys(connection, table, key)
  const mayGo = changes.map(({ rowsRemoved }) => readRemoved(connection, table, key, rowsRemoved))
  if (!work() || later === undefined || changes.some(isWholeChange) || mayGo.includes(null)) return null
  const rowsAfter = readKeys(connection, later.name, keyAfter)
  const fewer = rowsBefore.length - rowsAfter.length
  const free = new Set(mayGo.flatMap((names) => names ?? []))
  if (key.length === 0) {
    const removed = mayGo.reduce((sum, names) => sum + (names?.length ?? 0), 0)
    const count = Math.max(0, fewer - removed)
    return { key, rowsBefore: new Set(), gone: [], count, fewer }
  }
  const kept = new Set(rowsAfter)
  const gone = rowsBefore.filter((name) => !kept.has(name) && !free.has(name))
  return { key, rowsBefore: new Set(rowsBefore), gone, count: gone.length, fewer }
}

/** A name for each row; of rows without a key, any. */
function readKeys(
  connection: Connection,
  table: string,
  key: readonly string[],
  condition = 'true',
): readonly string[] {
  const values = key.length === 0 ? '1' : key.map(quoteName).join(', ')
  return connection.all(`SELECT ${values} FROM main.${quoteName(table)} WHERE ${condition}`).map((row) =>
    Object.values(row)
      .map((value) => shown(value, Infinity))
      .join(', '),
  )
}

/** The rows that are declared to go; null where SQLite cannot read the condition, which is a problem of its own. */
function readRemoved(
  connection: Connection,
  table: string,
  key: readonly string[],
  condition: string | undefined,
): readonly string[] | null {
  if (condition === undefined) return []
  try {
    return readKeys(connection, table, key, `(${condition})`)
  } catch (error) {
    if (errorCode(error) === null) throw error
    return null
  }
}

/** What is lost with a row, and not without it; null where nothing is. */
function describeLoss(losses: Losses, without: Losses | null): string | null {
  if (losses.count === 0 || without === null) return null
  // Where rows seem lost in any case, all keys may have changed.
  if (without.count > 0 && losses.fewer <= without.fewer) return null
  const { key } = losses
  if (key.length === 0) return 'a row is gone afterwards'
  const goneAnyway = new Set(without.gone)
  const gone = losses.gone.filter((name) => !goneAnyway.has(name))
  const [first] = gone
  if (first === undefined) return null
  const isNew = (name: string) => !without.rowsBefore.has(name)
  const own = gone.find(isNew)
  const columns = key.join(', ')
  return own === undefined
    ? `an old row beside it is gone afterwards: ${columns} = ${first}`
    : `the row is gone afterwards: ${columns} = ${own}`
}

interface WrittenTables {
  readonly inAnyWay: ReadonlySet<string>
  readonly byUpdate: ReadonlySet<string>
}

/** The folded names of the tables whose rows a migration may write. */
function writtenTables({ statements, before }: MigrationTrial, own: ReadonlySet<string>): WrittenTables {
  const named = statements.map(mayChangeRowsOf).filter((words) => !words.some((word) => own.has(word)))
  const isUpdate = ([first]: readonly string[]) => first === 'update' || first === 'with'
  const tables = [...before.tables.keys()]
  const among = (lists: readonly (readonly string[])[]) => {
    const words = new Set(lists.flat())
    // A trigger may write to any table.
    const isAny = before.triggers.size > 0 && words.size > 0
    return new Set(tables.filter((name) => isAny || words.has(name)))
  }
  return { inAnyWay: among(named), byUpdate: among(named.filter(isUpdate)) }
}

/** The tables of both schemas that differ, by themselves or by an index or trigger, and those that are updated. */
function changedTables(before: Schema, after: Schema, updated: ReadonlySet<string>): string[] {
  const changed = new Set(diffSchemas(before, after).map(({ object }) => foldName(object.table)))
  return [...after.tables.values()]
    .filter(({ name, module }) => {
      const earlier = findTable(before, name)
      const isChanged = changed.has(foldName(name)) || updated.has(foldName(name))
      return isChanged && module === null && earlier?.module === null
    })
    .map(({ name }) => name)
}

type IsNew = (table: string, constraint: Constraint) => boolean

/** The constraints that the schema before does not have, and the keys of tables that are written: values may become equal. */
function newConstraints(connection: Connection, before: Schema, written: ReadonlySet<string>): IsNew {
  const known = new Map<string, ReadonlySet<string>>()
  const namesOf = (name: string) => {
    const table = findTable(before, name)
    return new Set(table === undefined ? [] : readConstraints(connection, before, table).map(nameOf))
  }
  const isOld = (table: string, column: string) =>
    findTable(before, table)?.columns.some(({ name }) => foldName(name) === foldName(column)) === true
  return (name, constraint) => {
    const isWritten = written.has(foldName(name))
    if (isWritten && constraint.kind === 'unique') return true
    const names = known.get(name) ?? namesOf(name)
    known.set(name, names)
    // In a column that is added, old rows hold the default alone.
    const mayBreak = isWritten || constraint.columns.some((column) => isOld(name, column))
    return mayBreak && !names.has(nameOf(constraint))
  }
}

/** What tells a constraint from others of its table: of a key, its collations as well. */
function nameOf({ kind, label, condition }: Constraint): string {
  return kind === 'unique' && condition.kind === 'leaf' ? `${label} ${condition.sql}` : label
}

interface RefusedBy extends RefusedRow {
  readonly table: string
}

/** Fills tables, and finds a row for each constraint that refuses it. */
function refuseRows(
  connection: Connection,
  schema: Schema,
  tables: readonly string[],
  isNew: IsNew,
): RefusedBy[] {
  const generator = new RowGenerator(connection, schema)
  try {
    const tightened = tables.filter((table) =>
      generator.prepare(table).some((constraint) => isNew(table, constraint)),
    )
    for (const table of parentsFirst(connection, tightened)) generator.begin(table)
    const all = generator.refuse(tightened, isNew)
    return all.flatMap(({ table, refused }) => {
      const byLabel = new Map(refused.map((row) => [row.constraint.label, { ...row, table }] as const))
      return [...byLabel.values()]
    })
  } finally {
    generator.close()
  }
}

/** Copies the rows that fit into the tables of an earlier version. */
function copyRows(from: Connection, to: Connection, schema: Schema, except: readonly string[]): void {
  const names = [...schema.tables.values()].filter(({ module }) => module === null).map(({ name }) => name)
  for (const table of parentsFirst(from, names)) {
    if (except.some((name) => foldName(name) === foldName(table))) continue
    const columns = storedColumns(to, table)
    if (columns.length === 0) continue
    for (const row of from.all(`SELECT * FROM main.${quoteName(table)}`))
      attemptInsert(to, table, projected(new Map(Object.entries(row)), columns), 'INSERT OR IGNORE')
  }
}

function projected(row: Row, columns: readonly string[]): SqlRow {
  const known = new Set(columns.map(foldName))
  return Object.fromEntries([...row].filter(([name]) => known.has(foldName(name))))
}

/** The row itself, and where a key is repeated, the same with keys that a collation may find equal. */
function* variantsOf(row: Row, { kind, columns }: Constraint): Generator<Row> {
  yield row
  if (kind !== 'unique') return
  const names = new Set(columns.map(foldName))
  const key = new Map([...row].filter(([name]) => names.has(foldName(name))))
  for (const similar of similarKeys(key)) yield new Map([...row, ...similar])
}

/** A value for people, or up to any length, a name of it. */
function shown(value: SqlValue | undefined, length = 60): string {
  if (value === undefined || value === null) return 'NULL'
  if (value instanceof Uint8Array) return `x'${Buffer.from(value.subarray(0, length / 4)).toString('hex')}'`
  return typeof value === 'string' ? JSON.stringify(value.slice(0, length)) : String(value)
}
