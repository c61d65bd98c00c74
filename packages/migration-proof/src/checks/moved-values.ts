import { countOf } from '../count.ts'
import { errorCode, MigrationFailedError } from '../migrator/errors.ts'
import { changedColumns, type DataChange, isWholeChange, type Migration } from '../migrator/migration.ts'
import { columnSubject, makeProblem, type Problem } from '../problem.ts'
import { findTable, type Schema, type Table } from '../schema/model.ts'
import { type OpenSnapshot, openInMemory, type SnapshotImage } from '../snapshots/open.ts'
import { ordinaryTables } from '../snapshots/tables.ts'
import type { Connection, SqlRow, SqlValue } from '../sql/connection.ts'
import { foldName, quoteName } from '../sql/names.ts'
import { columnOf, readRows, rowidName, shown, valueIn } from './rows/keyed-rows.ts'
import type { RerunSubject } from './subject.ts'

/** How many rows of a table are followed, each by an upgrade of its own. */
const followedRows = 20

/** How many rows a problem names at most. */
const namedRows = 5

/**
 * Where a declared table or column goes and a new one comes, as in a split or a merge: the old values that nothing new is made
 * of. A value moves where another one in its place makes another database. A declaration that says what becomes of the rows is
 * proven by itself.
 */
export function findUnmoved(subject: RerunSubject, step: ProvenStep): Problem[] {
  const { migration } = step
  const changes = (migration.dataChanges ?? []).filter(
    ({ examples, rowsRemoved }) => examples === undefined && rowsRemoved === undefined,
  )
  if (changes.length === 0) return []
  const list = subject.hidesValues === true ? countRows : listNames
  const follower = new Follower(subject, step)
  const sources = changes.flatMap((change) => follower.sourceOf(change) ?? [])
  if (sources.length === 0 || !follower.hasNewPlace || !follower.isRepeatable()) return []
  const courses = sources.map((source) => ({ source, rows: follower.followRows(source) }))
  const filled = (source: Source) =>
    new Set(
      courses.filter((one) => one.source !== source).flatMap(({ rows }) => rows.flatMap(({ into }) => into)),
    )
  return courses.flatMap(({ source, rows }) => {
    const moved = rows.filter(({ into }) => into.length > 0)
    const isPart = moved.length > 0 && 2 * moved.length >= rows.length
    if (moved.length < rows.length) {
      const isExpected =
        isPart || (moved.length === 0 && follower.hasPlaceFor(source, filled(source), sources))
      const lost = rows.filter(({ into }) => into.length === 0).map(({ name }) => name)
      return isExpected ? [lossOf(source, source.columns, lost, migration, list)] : []
    }
    const owners = rows.flatMap(({ name, otherOwner }) => (otherOwner === null ? [] : [{ name, otherOwner }]))
    return [
      ...follower
        .findIdleColumns(source)
        .map((column) => lossOf(source, [column], [...source.rows.keys()], migration, list)),
      ...(owners.length === 0 ? [] : [exchangeOf(source, owners, migration, list)]),
    ]
  })
}

/** One migration, and a file before and after it. */
export interface ProvenStep {
  readonly migration: Migration
  readonly before: StepFile
  readonly after: StepFile
}

/** A file beside a copy of it that is open, for what only reads or undoes its changes. */
export interface StepFile {
  readonly image: SnapshotImage
  readonly connection: Connection
  readonly schema: Schema
}

/** A table or columns of it that go. */
interface Source {
  readonly change: DataChange
  readonly table: Table
  readonly columns: readonly string[]
  /** Whether the table goes. */
  readonly isWhole: boolean
  /** The columns that name a row; none where its rowid does. */
  readonly key: readonly string[]
  readonly rows: ReadonlyMap<string, SqlRow>
}

/** Where the values of one row are afterwards. */
interface FollowedRow {
  readonly name: string
  /** The tables that are others with other values in this row. */
  readonly into: readonly string[]
  /** The row that the new rows refer to, where it is another one. */
  readonly otherOwner: string | null
}

/** The rows of each table, as texts. */
type Content = ReadonlyMap<string, readonly string[]>

type Change = readonly [row: SqlRow, column: string, value: SqlValue]

class Follower {
  readonly #subject: RerunSubject
  readonly #step: ProvenStep
  readonly #before: Schema
  readonly #after: Schema
  /** What the step leaves, once it is asked for: most steps move nothing. */
  #content: Content | null = null
  /** New tables, and tables with new columns, each with the names of what is new. */
  readonly #places: ReadonlyMap<string, readonly string[]>

  constructor(subject: RerunSubject, step: ProvenStep) {
    this.#subject = subject
    this.#step = step
    this.#before = step.before.schema
    this.#after = step.after.schema
    this.#places = findPlaces(this.#before, this.#after, step.migration)
  }

  get hasNewPlace(): boolean {
    return this.#places.size > 0
  }

  /** Whether two upgrades of the same rows make the same. */
  isRepeatable(): boolean {
    return this.#changedBy([])?.into.length === 0
  }

  /** Null where nothing goes, or an expression says what becomes of it. */
  sourceOf(change: DataChange): Source | null {
    const table = findTable(this.#before, change.table)
    if (table === undefined || table.module !== null || change.renamedTo !== undefined) return null
    const isWhole = isWholeChange(change) && findTable(this.#after, table.name) === undefined
    const after = findTable(this.#after, table.name)
    const keys = (table.primaryKey?.columns ?? []).flatMap(({ column }) => column ?? [])
    const isKey = (name: string) => keys.some((key) => foldName(key) === foldName(name))
    const gone = isWhole
      ? table.columns
          .filter(({ name, generated }) => generated === null && !isKey(name))
          .map(({ name }) => name)
      : Array.isArray(change.columns) && after !== undefined
        ? changedColumns(change).filter(
            (name) =>
              columnOf(table, name) !== undefined && columnOf(after, name) === undefined && !isKey(name),
          )
        : []
    if (gone.length === 0) return null
    const key = keys.length > 0 ? keys : []
    if (key.length === 0 && table.withoutRowid) return null
    const rows = readRows(this.#step.before.connection, table, key)
    return rows.size === 0 ? null : { change, table, columns: gone, isWhole, key, rows }
  }

  followRows(source: Source): FollowedRow[] {
    const rows = [...source.rows].filter(([, row]) =>
      source.columns.some((column) => valueIn(row, column) !== null),
    )
    return rows.slice(0, followedRows).flatMap(([name, row]): FollowedRow[] => {
      const found = this.#follow(source, (variant) =>
        source.columns.flatMap((column) => changeOf(source, row, column, variant)),
      )
      if (found === null) return []
      return [{ name, into: found.into, otherOwner: this.#otherOwner(source, row, found.rows) }]
    })
  }

  /** The columns of which nothing is made, although something new has their name. */
  findIdleColumns(source: Source): string[] {
    if (source.columns.length < 2) return []
    return source.columns.filter((column) => {
      if (!this.#isNamed(column)) return false
      const rows = [...source.rows.values()].filter((row) => valueIn(row, column) !== null)
      if (rows.length === 0) return false
      const found = this.#follow(source, (variant) =>
        rows.slice(0, followedRows).flatMap((row) => changeOf(source, row, column, variant)),
      )
      return found?.into.length === 0
    })
  }

  /**
   * Whether what is new looks like the place of what goes: a column of the same name for one that goes; for a table, a new one
   * with all its columns, which has those of others too, which others fill, or which has more of them than one.
   */
  hasPlaceFor(source: Source, filledByOthers: ReadonlySet<string>, sources: readonly Source[]): boolean {
    const { columns, isWhole } = source
    if (!isWhole) return columns.some((column) => this.#isNamed(column))
    return [...this.#places].some(([table, names]) => {
      const has = (column: string) => names.some((name) => foldName(name) === foldName(column))
      const isOfOthers = sources.some((one) => one !== source && one.isWhole && one.columns.every(has))
      return columns.every(has) && (columns.length > 1 || isOfOthers || filledByOthers.has(table))
    })
  }

  #isNamed(column: string): boolean {
    return [...this.#places.values()].flat().some((name) => foldName(name) === foldName(column))
  }

  /** What other values make of the new database; null where none could be tried. */
  #follow(source: Source, changes: (variant: Variant) => readonly Change[]) {
    const found = variants.flatMap((variant) => {
      const tried = this.#changedBy(changes(variant), source)
      return tried === null ? [] : [tried]
    })
    return found.find(({ into }) => into.length > 0) ?? found[0] ?? null
  }

  /** The tables that hold something else after other values, and their new rows; null where nothing could be changed or the migration fails. */
  #changedBy(changes: readonly Change[], source?: Source): { into: string[]; rows: Content } | null {
    using copy = openInMemory(this.#step.before.image)
    copy.connection.exec('PRAGMA foreign_keys = ON')
    if (source !== undefined && !changes.some((change) => tryChange(copy, source, change))) return null
    try {
      this.#subject.migrate(copy.connection, this.#subject.suite.plan, {
        target: this.#step.migration.version,
      })
    } catch (error) {
      if (errorCode(error) === null && !(error instanceof MigrationFailedError)) throw error
      return null
    }
    const content = readAll(copy.connection)
    this.#content ??= readAll(this.#step.after.connection)
    const usual = this.#content
    const rows = new Map(
      [...content].map(([table, lines]) => {
        const known = new Set(usual.get(table))
        return [table, lines.filter((line) => !known.has(line))] as const
      }),
    )
    const into = [...content].filter(([table, lines]) => lines.join('\n') !== usual.get(table)?.join('\n'))
    return { into: into.map(([table]) => table), rows }
  }

  /** The row of the old table that new rows refer to by a foreign key, where none refers to the one that they were made of. */
  #otherOwner({ table, key, isWhole }: Source, row: SqlRow, rows: Content): string | null {
    const [name, ...more] = key
    if (isWhole || name === undefined || more.length > 0) return null
    const owners = [...this.#after.tables.values()].flatMap((child) =>
      findTable(this.#before, child.name) !== undefined
        ? []
        : child.foreignKeys
            .filter(({ parent, parentColumns: [column = ''] }) =>
              [parent, column].every(
                (part, index) => foldName(part) === foldName([table.name, name][index] ?? ''),
              ),
            )
            .flatMap(({ columns: [column = ''] }) =>
              (rows.get(child.name) ?? []).map((line) => valueOfLine(line, child, column)),
            ),
    )
    const own = lineOf([valueIn(row, name)]).slice(1, -1)
    const other = owners.find((owner) => owner !== own && owner !== 'null')
    return owners.includes(own) ? null : (other ?? null)
  }
}

/** How a value is changed: to one of another row, which has its form, or to one that no row has. */
type Variant = 'another row' | 'a new value'
const variants: readonly Variant[] = ['a new value', 'another row']

function changeOf(source: Source, row: SqlRow, column: string, variant: Variant): Change[] {
  const value = valueIn(row, column)
  if (value === null) return []
  if (variant === 'a new value') return [[row, column, changed(value)]]
  const other = [...source.rows.values()]
    .map((one) => valueIn(one, column))
    .find((one) => one !== null && shown(one) !== shown(value))
  return other === undefined ? [] : [[row, column, other]]
}

function changed(value: SqlValue): SqlValue {
  if (typeof value === 'bigint' || typeof value === 'string')
    return typeof value === 'bigint' ? value + 1n : `${value} 2`
  return typeof value === 'number' ? value + 1 : Buffer.concat([value ?? new Uint8Array(), Buffer.of(2)])
}

/** Whether the version before takes the other value. */
function tryChange(
  { connection }: OpenSnapshot,
  { table, key }: Source,
  [row, column, value]: Change,
): boolean {
  const names = key.length === 0 ? ['rowid'] : key.map(quoteName)
  const values = (key.length === 0 ? [rowidName] : key).map((name) => valueIn(row, name))
  const where = names.map((name) => `${name} IS ?`).join(' AND ')
  try {
    connection.all(`UPDATE main.${quoteName(table.name)} SET ${quoteName(column)} = ? WHERE ${where}`, [
      value,
      ...values,
    ])
    return true
  } catch (error) {
    if (errorCode(error) === null) throw error
    return false
  }
}

function findPlaces(before: Schema, after: Schema, { dataChanges = [] }: Migration) {
  const renamed = new Set(
    dataChanges.flatMap(({ renamedTo, renamedColumns = {} }) =>
      [renamedTo ?? [], Object.values(renamedColumns)].flat().map(foldName),
    ),
  )
  const places = [...after.tables.values()].flatMap(({ name, columns }) => {
    const old = findTable(before, name)
    if (renamed.has(foldName(name))) return []
    const added = columns
      .map((column) => column.name)
      .filter(
        (column) =>
          old === undefined || (columnOf(old, column) === undefined && !renamed.has(foldName(column))),
      )
    return added.length === 0 ? [] : [[name, added] as const]
  })
  return new Map(places)
}

function readAll(connection: Connection): Content {
  return new Map(
    ordinaryTables(connection).map((table) => {
      const rows = connection.all(`SELECT * FROM main.${quoteName(table)}`)
      return [table, rows.map((row) => lineOf(Object.values(row))).toSorted()] as const
    }),
  )
}

function lineOf(values: readonly SqlValue[]): string {
  return JSON.stringify(values.map((value) => (value === null ? null : shown(value))))
}

function valueOfLine(line: string, { columns }: Table, column: string): string {
  const index = columns.findIndex(({ name }) => foldName(name) === foldName(column))
  return JSON.stringify((JSON.parse(line) as (string | null)[])[index] ?? null)
}

function lossOf(
  source: Source,
  columns: readonly string[],
  rows: readonly string[],
  { version }: Migration,
  list: ListRows,
): Problem {
  const [column, ...others] = columns
  const subject =
    column !== undefined && others.length === 0
      ? columnSubject(source.table.name, column)
      : ({ type: 'table', name: source.table.name } as const)
  const example = source.isWhole ? 'after: null' : 'after: {}'
  return makeProblem('conversions', {
    subject,
    version,
    expected: 'the old values in what is new, or something made of them',
    actual: `nothing is made of the values of ${list(rows)}`,
    fix: `copy them, or declare by an example what becomes of such a row: examples: [{ before: { ${column}: … }, ${example} }]`,
  })
}

function exchangeOf(
  source: Source,
  owners: readonly { readonly name: string; readonly otherOwner: string }[],
  { version }: Migration,
  list: ListRows,
): Problem {
  return makeProblem('conversions', {
    subject: { type: 'table', name: source.table.name },
    version,
    expected: 'new rows that refer to the row that they are made of',
    actual: `new rows that refer to another one, made of ${list(owners.map(({ name }) => name))}`,
    fix: 'correct the migration',
  })
}

/** How many rows there are, and which. */
type ListRows = (rows: readonly string[]) => string

function listNames(rows: readonly string[]): string {
  return `${countOf(rows.length, 'row')}: ${rows.slice(0, namedRows).join('; ')}${rows.length > namedRows ? '; …' : ''}`
}

/** The name of a row is the value of its key. */
function countRows(rows: readonly string[]): string {
  return countOf(rows.length, 'row')
}
