import { timeName } from '../checks/conversions.ts'
import { followChanges, type Survivor } from '../checks/rows/survivors.ts'
import type { Migration } from '../migrator/migration.ts'
import type { MigrationPlan } from '../migrator/plan.ts'
import { RowGenerator } from '../rows/generate.ts'
import { affinityOf, typicalValue } from '../rows/values.ts'
import { findTable, type Table } from '../schema/model.ts'
import { readSchema } from '../schema/read.ts'
import { replacedTables } from '../sql/alterations.ts'
import type { Connection, SqlRow, SqlValue } from '../sql/connection.ts'
import { foldName, quoteName } from '../sql/names.ts'
import { significantTokens } from '../sql/tokens.ts'
import { attempt, openCopy } from './attempt.ts'
import { tablesWithRows } from './many-rows.ts'
import type { FindingsSubject } from './subject.ts'
import { type MigrationTrial, runMigration, runWatched } from './trial.ts'

/** The rows of a table before and after a migration, of values that differ from each other. */
export interface TableValues {
  readonly table: Table
  /** Whether the migration dropped or renamed the table, so that its values were written again. */
  readonly isRebuilt: boolean
  readonly columns: readonly ColumnValues[]
}

export interface ColumnValues {
  /** Its name before. */
  readonly name: string
  /** What the migration declares of its values. */
  readonly declared: 'kept' | 'changed' | 'changed by an expression'
  /** Its values in the rows that are found again, or where none is, before and after alone. */
  readonly before: readonly SqlValue[]
  readonly after: readonly SqlValue[]
  /** Whether the values of one position are those of one row. */
  readonly isMatched: boolean
}

/** A trial on rows that show what becomes of each value. */
export interface ValueTrial {
  readonly trial: MigrationTrial
  /** The version before with these rows. */
  readonly image: Buffer
  readonly tables: readonly TableValues[]
}

const known = new WeakMap<FindingsSubject, readonly ValueTrial[]>()

/** Tries each migration that reads or writes rows of the version before on rows of values that differ. */
export function tryValues(subject: FindingsSubject): readonly ValueTrial[] {
  const found =
    known.get(subject) ?? subject.trials.flatMap((trial) => tryTrial(trial, subject.suite.plan) ?? [])
  known.set(subject, found)
  return found
}

function tryTrial(trial: MigrationTrial, plan: MigrationPlan): ValueTrial | null {
  if (trial.failure !== null || trial.emptyImage === null) return null
  const tables = tablesWithRows(trial, plan.versions.tables)
  if (tables.length === 0) return null
  const filled = fillDistinct(trial, tables)
  // Rows of synthetic values may make it fail that those of a snapshot do not.
  for (const image of [
    lengthen(filled, trial, tables),
    filled,
    lengthen(trial.beforeImage, trial, tables),
    trial.beforeImage,
  ])
    if (runMigration(image, plan, trial.migration.version) === null)
      return { trial, image, tables: compareValues(image, trial, plan, tables) }
  return null
}

/** Rows of which no column holds its default, nor the value of another. */
function fillDistinct({ startImage, before }: MigrationTrial, tables: readonly Table[]): Buffer {
  using copy = openCopy(startImage)
  const generator = new RowGenerator(copy.connection, before)
  try {
    for (const table of tables) {
      generator.fill(table.name, 3)
      distinguish(copy.connection, table)
    }
  } finally {
    generator.close()
  }
  return copy.image()
}

/** Changes one of two columns in a row where they are equal in all, as two of which each is 0 or 1. */
function distinguish(connection: Connection, table: Table): void {
  const columns = table.columns.filter(({ generated }) => generated === null)
  const from = `main.${quoteName(table.name)}`
  columns.forEach(({ name, default: value }, index) => {
    const column = quoteName(name)
    const isEqual = columns.slice(0, index).some((other) => {
      const differing = `SELECT 1 FROM ${from} WHERE ${quoteName(other.name)} IS NOT ${column} LIMIT 1`
      return connection.all(differing).length === 0
    })
    if (!isEqual) return
    const first = `${column} IS (SELECT ${column} FROM ${from} LIMIT 1)`
    const key = table.primaryKey?.columns[0]?.column
    const where = key == null ? first : `${quoteName(key)} IS (SELECT ${quoteName(key)} FROM ${from} LIMIT 1)`
    const values = [`CASE typeof(${column}) WHEN 'integer' THEN 1 - ${column} ELSE ${column} || ' 2' END`]
    for (const next of value === null ? values : [...values, `(${value})`])
      if (attempt(connection, `UPDATE ${from} SET ${column} = ${next} WHERE ${where}`).accepted) return
  })
}

/** Gives the last row of each table texts and blobs that are longer than any number that the migration names. */
function lengthen(
  image: Buffer,
  { migration, statements }: MigrationTrial,
  tables: readonly Table[],
): Buffer {
  const length = 2 * largestNumber(migration, statements)
  using copy = openCopy(image)
  const { connection } = copy
  for (const table of tables) {
    for (const { name, type } of table.columns.filter((column) => column.generated === null)) {
      const row = connection
        .all(`SELECT ${quoteName(name)} AS value FROM main.${quoteName(table.name)}`)
        .at(-1)
      const long = lengthened(name, type, row?.value ?? null, length)
      if (long === null) continue
      const sql = `UPDATE OR IGNORE main.${quoteName(table.name)} SET ${quoteName(name)} = ? WHERE ${quoteName(name)} IS ?`
      attempt(connection, sql, [long, row?.value ?? null])
    }
  }
  return copy.image()
}

/** Null for what has a form, as a time or an identifier, in which no long value is. */
function lengthened(name: string, type: string, value: SqlValue, length: number): SqlValue {
  const limit = Number(/\(\s*(\d+)\s*\)/.exec(type)?.[1] ?? Number.POSITIVE_INFINITY)
  const size = Math.min(limit, length)
  const typical = typicalValue({ name, type, position: 0 }, 1)
  if (timeName.test(name)) return null
  if (typeof typical === 'string' && typeof value === 'string' && typical.startsWith(`${name} `))
    return value.length >= size ? null : longText(value === '' ? typical : value, size)
  const isBytes =
    value instanceof Uint8Array && affinityOf(type) === 'BLOB' && !/uuid|guid|hash|key/i.test(name)
  return isBytes && value.length > 0
    ? Buffer.alloc(size === Number.POSITIVE_INFINITY ? length : size, value)
    : null
}

function longText(text: string, size: number): string {
  return `${text} and `
    .repeat(Math.ceil(size / text.length))
    .slice(0, size - 1)
    .concat('.')
}

/** What a text may be cut to. */
function largestNumber({ up }: Migration, statements: readonly string[]): number {
  const ofStatements = statements.flatMap((sql) =>
    significantTokens(sql).flatMap(({ kind, text }) => (kind === 'number' ? [text] : [])),
  )
  const formats = statements.flatMap((sql) =>
    [...sql.matchAll(/%\.?(\d+)/g)].map(([, digits = '']) => digits),
  )
  const ofFunction = String(up).match(/\b\d[\d_]*(?:e\d+)?\b/g) ?? []
  const numbers = [...ofStatements, ...formats, ...ofFunction].map((text) => Number(text.replaceAll('_', '')))
  return Math.max(4_096, ...numbers.filter((number) => number <= 100_000))
}

/** Runs the migration, and pairs the values of each column that is there before and after it. */
export function compareValues(
  image: Buffer,
  { migration, statements }: MigrationTrial,
  plan: MigrationPlan,
  tables: readonly Table[],
): TableValues[] {
  using earlier = openCopy(image)
  using later = openCopy(image)
  if (runWatched(later, plan, migration.version, (sql) => sql) !== null) return []
  const schema = readSchema(later.connection)
  const replaced = replacedTables(statements)
  const changes = migration.dataChanges ?? []
  const survivors = followChanges(
    tables.map(({ name }) => name),
    changes,
  )
  return survivors.flatMap((survivor, index) => {
    const [table, next] = [tables[index], findTable(schema, survivor.nameAfter)]
    if (table === undefined || next === undefined || next.module !== null || survivor.freeBecause !== null)
      return []
    const rowsBefore = earlier.connection.all(`SELECT * FROM main.${quoteName(table.name)}`)
    const rowsAfter = later.connection.all(`SELECT * FROM main.${quoteName(next.name)}`)
    const pairs = table.columns.flatMap(({ name }) => {
      const declared = whatIsDeclared(migration, survivor, name)
      const wanted = survivor.columnAfter(name) ?? renamed(migration, table.name, name)
      const found = next.columns.find((column) => foldName(column.name) === foldName(wanted))
      return found === undefined ? [] : [{ name, nameAfter: found.name, declared }]
    })
    const matched = matchRows(rowsBefore, rowsAfter, pairs)
    return [
      {
        table,
        isRebuilt: replaced.has(foldName(table.name)),
        columns: pairs.map(({ name, nameAfter, declared }) => ({
          name,
          declared,
          isMatched: matched !== null,
          before: (matched?.before ?? rowsBefore).map((row) => row[name] ?? null),
          after: (matched?.after ?? rowsAfter).map((row) => row[nameAfter] ?? null),
        })),
      },
    ]
  })
}

function whatIsDeclared(
  { dataChanges = [] }: Migration,
  survivor: Survivor,
  column: string,
): ColumnValues['declared'] {
  if (survivor.columnAfter(column) !== null) return 'kept'
  const isSaid = dataChanges.some(
    ({ table, columns = [] }) =>
      foldName(table) === foldName(survivor.table) &&
      !Array.isArray(columns) &&
      Object.keys(columns).some((name) => foldName(name) === foldName(column)),
  )
  return isSaid ? 'changed by an expression' : 'changed'
}

/** The name after of a column whose values change as well. */
function renamed({ dataChanges = [] }: Migration, table: string, column: string): string {
  const names = dataChanges
    .filter((change) => foldName(change.table) === foldName(table))
    .flatMap(({ renamedColumns = {} }) => Object.entries(renamedColumns))
  return names.find(([from]) => foldName(from) === foldName(column))?.[1] ?? column
}

interface ColumnPair {
  readonly name: string
  readonly nameAfter: string
  readonly declared: ColumnValues['declared']
}

/** Finds the rows again by a column that holds another value in each of them, and no new one; null where there is none. */
function matchRows(
  rowsBefore: readonly SqlRow[],
  rowsAfter: readonly SqlRow[],
  pairs: readonly ColumnPair[],
) {
  for (const { name, nameAfter } of pairs) {
    const before = new Map(rowsBefore.map((row) => [shownValue(row[name] ?? null), row] as const))
    const found = rowsAfter
      .map((row) => before.get(shownValue(row[nameAfter] ?? null)))
      .filter((row) => row !== undefined)
    const isKey = before.size === rowsBefore.length && new Set(found).size === rowsAfter.length
    if (isKey && found.length > 0) return { before: found, after: rowsAfter }
  }
  return null
}

/** A value as a text that is the same for 1, 1.0 and '1'. */
export function shownValue(value: SqlValue): string {
  if (value === null) return 'NULL'
  return value instanceof Uint8Array ? `x'${Buffer.from(value).toString('hex')}'` : String(value)
}
