import { isDeepStrictEqual } from 'node:util'
import { countOf } from '../count.ts'
import { errorMessage } from '../errors.ts'
import { errorCode, MigrationFailedError } from '../migrator/errors.ts'
import {
  changedColumns,
  type DataChange,
  type Example,
  isWholeChange,
  type Migration,
} from '../migrator/migration.ts'
import type { MigrationPlan } from '../migrator/plan.ts'
import { columnSubject, makeProblem, type Problem } from '../problem.ts'
import { RowGenerator } from '../rows/generate.ts'
import { deleteRow, insertRow } from '../rows/search.ts'
import { findGainedClauses } from '../schema/clauses.ts'
import { findTable, type Schema, type Table } from '../schema/model.ts'
import { readSchema } from '../schema/read.ts'
import {
  type OpenSnapshot,
  openInMemory,
  openScratch,
  type Scratch,
  type ScratchCopy,
  type SnapshotImage,
} from '../snapshots/open.ts'
import { storedColumns } from '../snapshots/typed-rows.ts'
import type { Connection, SqlRow, SqlValue } from '../sql/connection.ts'
import { foldName, quoteName } from '../sql/names.ts'
import type { Check } from './check.ts'
import { notApplicable } from './check.ts'
import { findUnmoved, type ProvenStep } from './moved-values.ts'
import { columnOf, readRows, rowidName, shown, valueIn } from './rows/keyed-rows.ts'
import type { RerunSubject } from './subject.ts'

/** A declared change is no exemption: it says what becomes of the rows, or the rows show that nothing was spoiled. */
export const conversions: Check = {
  name: 'conversions',
  proves: 'holds what each declared change says of its rows, and no value that the change spoiled',
  needs: 'reruns',
  run: (subject) => {
    const { suite, from, target } = subject
    const declaring = suite.plan.migrations
      .slice(from, target)
      .filter(({ dataChanges = [] }) => dataChanges.length > 0)
    if (declaring.length === 0) return notApplicable('no migration declares a change of rows')
    using walk = new Walk(subject)
    const problems = declaring.flatMap((migration) => {
      const { version } = migration
      const before = walk.imageAt(version - 1)
      return checkMigration(subject, migration, before, walk.imageAt(version))
    })
    return { problems }
  },
}

/** An example of a change of rows, by the migration that declares it. */
export interface DeclaredExample {
  readonly migration: Migration
  readonly change: DataChange
  readonly example: Example
  /** Which of its change, such as `example 2`. */
  readonly name: string
}

/** Every example that the migrations of a plan declare. */
export function listExamples({ migrations }: MigrationPlan): DeclaredExample[] {
  return migrations.flatMap((migration) =>
    (migration.dataChanges ?? []).flatMap((change) =>
      (change.examples ?? []).map((example, index) => ({
        migration,
        change,
        example,
        name: `example ${index + 1}`,
      })),
    ),
  )
}

/**
 * Proves one example on a copy of a snapshot.
 *
 * @param subject an upgrade that passes the version of the migration
 */
export function proveExample(
  subject: RerunSubject,
  { migration, change, example, name }: DeclaredExample,
): Problem[] {
  using walk = new Walk(subject)
  return checkExample(subject, walk.imageAt(migration.version - 1), migration, change, example, name)
}

/** The file at one version after the other: as the upgrade under proof left it, or a copy that is upgraded so far. */
class Walk {
  readonly #subject: RerunSubject
  #scratch: Scratch | null = null
  #copy: ScratchCopy | null = null

  constructor(subject: RerunSubject) {
    this.#subject = subject
  }

  /** @param version no lower one than the last */
  imageAt(version: number): SnapshotImage {
    const { from, image, passed, migrate, suite } = this.#subject
    const { entry } = image
    // An empty file gets the base before the first migration.
    const isFile = version === from && (version > 0 || suite.plan.base === undefined)
    const bytes = isFile ? image.bytes : passed?.get(version)
    if (bytes !== undefined) return { entry, bytes }
    this.#scratch ??= openScratch()
    this.#copy ??= this.#scratch.open(image)
    this.#copy.connection.exec('PRAGMA foreign_keys = ON')
    migrate(this.#copy.connection, suite.plan, { target: version })
    return { entry, bytes: this.#copy.read() }
  }

  [Symbol.dispose](): void {
    this.#copy?.close()
    this.#scratch?.[Symbol.dispose]()
  }
}

function checkMigration(
  subject: RerunSubject,
  migration: Migration,
  before: SnapshotImage,
  after: SnapshotImage,
): Problem[] {
  const { dataChanges = [] } = migration
  using earlier = openInMemory(before)
  using later = openInMemory(after)
  later.connection.exec('PRAGMA foreign_keys = ON')
  const fileOf = ({ connection }: OpenSnapshot, image: SnapshotImage) => ({
    image,
    connection,
    schema: readSchema(connection),
  })
  const step: ProvenStep = { migration, before: fileOf(earlier, before), after: fileOf(later, after) }
  return [
    ...checkRows(subject, step),
    ...findUnmoved(subject, step),
    ...dataChanges.flatMap((change) =>
      (change.examples ?? []).flatMap((example, index) =>
        checkExample(subject, before, migration, change, example, `example ${index + 1}`),
      ),
    ),
  ]
}

/** A table before and after one migration, its rows by their keys. */
interface Conversion {
  readonly migration: Migration
  readonly change: DataChange
  readonly before: Connection
  readonly after: Connection
  readonly schemas: readonly [before: Schema, after: Schema]
  readonly tableBefore: Table
  readonly tableAfter: Table
  readonly rowsBefore: ReadonlyMap<string, SqlRow>
  readonly rowsAfter: ReadonlyMap<string, SqlRow>
  /** The columns before that name a row; none where its rowid does. */
  readonly key: readonly string[]
  readonly hidesValues: boolean
  nameAfter(column: string): string
}

function checkRows({ hidesValues = false }: RerunSubject, step: ProvenStep): Problem[] {
  const { migration, before, after } = step
  const { dataChanges: changes = [] } = migration
  const made = (change: DataChange) => isOfNewTable(change, before.schema, after.schema)
  const unknown = changes.flatMap((change) =>
    made(change) ? [] : findUnknown(before.schema, migration, change),
  )
  if (unknown.length > 0) return unknown
  const conversions = changes.flatMap((change) => {
    const found = readConversion(step, change)
    return found === null ? [] : [{ ...found, hidesValues }]
  })
  return conversions.flatMap((conversion) => [
    ...checkColumns(conversion),
    ...checkRemoved(conversion, changes),
  ])
}

/** A table that the migration makes gets rows, and has none to compare. */
function isOfNewTable({ table, reason: _, rowsAdded, ...rest }: DataChange, before: Schema, after: Schema) {
  const isNew = findTable(before, table) === undefined && findTable(after, table) !== undefined
  return isNew && rowsAdded === true && Object.values(rest).every((part) => part === undefined)
}

/** What a change names and the version before does not have. */
function findUnknown(schema: Schema, { version }: Migration, change: DataChange): Problem[] {
  const table = findTable(schema, change.table)
  const columns = [...changedColumns(change), ...Object.keys(change.renamedColumns ?? {})]
  const wrong = columns.find((column) => table !== undefined && columnOf(table, column) === undefined)
  if (table !== undefined && wrong === undefined) return []
  return [
    makeProblem('conversions', {
      subject: { type: 'table', name: change.table },
      version,
      expected: `a table${wrong === undefined ? '' : ` with the column ${wrong}`} at version ${version - 1}`,
      actual: wrong === undefined ? 'none of that name' : `no column ${wrong}`,
      fix: 'correct the name in dataChanges: tables and columns have the names from before the migration',
    }),
  ]
}

/** Null where the table is gone, or its rows cannot be matched with those from before. */
function readConversion(
  { migration, before: old, after: upgraded }: ProvenStep,
  change: DataChange,
): Omit<Conversion, 'hidesValues'> | null {
  const { connection: before } = old
  const { connection: after } = upgraded
  const tableBefore = findTable(old.schema, change.table)
  const tableAfter = findTable(upgraded.schema, change.renamedTo ?? change.table)
  if (tableBefore === undefined || tableAfter === undefined) return null
  const renamed = new Map(
    Object.entries(change.renamedColumns ?? {}).map(([from, to]) => [foldName(from), to] as const),
  )
  const nameAfter = (column: string) => renamed.get(foldName(column)) ?? column
  const key = keyOf(tableBefore, tableAfter, change, nameAfter)
  if (key === null) return null
  const rowsBefore = readRows(before, tableBefore, key)
  const rowsAfter = readRows(after, tableAfter, key.map(nameAfter))
  // Without a key of the table, a rebuild may have numbered the rows again.
  if (key.length === 0 && [...rowsBefore.keys()].some((name) => !rowsAfter.has(name))) return null
  const schemas = [old.schema, upgraded.schema] as const
  const tables = { tableBefore, tableAfter, rowsBefore, rowsAfter }
  return { migration, change, before, after, schemas, ...tables, key, nameAfter }
}

/** The columns of the primary key, where the change keeps them; none for the rowid; null where rows have no lasting name. */
function keyOf(
  before: Table,
  after: Table,
  change: DataChange,
  nameAfter: Conversion['nameAfter'],
): string[] | null {
  const names = (before.primaryKey?.columns ?? []).flatMap(({ column }) => column ?? [])
  const changed = new Set(changedColumns(change).map(foldName))
  const isKept = (name: string) =>
    !changed.has(foldName(name)) && columnOf(after, nameAfter(name)) !== undefined
  if (names.length > 0 && names.every(isKept)) return names
  return before.withoutRowid || after.withoutRowid ? null : []
}

/** A value of a row before and after, and the name of the row. */
interface ValuePair {
  readonly row: string
  readonly before: SqlValue
  readonly after: SqlValue
}

function checkColumns(conversion: Conversion): Problem[] {
  const { change, tableAfter, nameAfter } = conversion
  const kept = changedColumns(change).filter(
    (column) => columnOf(tableAfter, nameAfter(column)) !== undefined,
  )
  const [said, unsaid] = [true, false].map((isSaid) =>
    kept.filter((column) => (expressionOf(change, column) !== null) === isSaid),
  )
  return [
    ...(said ?? []).flatMap((column) =>
      compareWithExpression(conversion, column, expressionOf(change, column) ?? column),
    ),
    ...(unsaid ?? []).flatMap((column) => findSpoiled(conversion, column, pairsOf(conversion, column))),
    ...findExchanged(conversion, unsaid ?? []),
  ]
}

function pairsOf({ rowsBefore, rowsAfter, nameAfter }: Conversion, column: string): ValuePair[] {
  return [...rowsBefore].flatMap(([row, before]): ValuePair[] => {
    const after = rowsAfter.get(row)
    if (after === undefined) return []
    return [{ row, before: valueIn(before, column), after: valueIn(after, nameAfter(column)) }]
  })
}

/** Two columns of which each holds, in every row that changed, what the other one held. */
function findExchanged(conversion: Conversion, columns: readonly string[]): Problem[] {
  return columns.flatMap((left, index) =>
    columns.slice(index + 1).flatMap((right) => {
      const [ofLeft, ofRight] = [pairsOf(conversion, left), pairsOf(conversion, right)]
      const pairs = ofLeft.flatMap((pair, row) => {
        const other = ofRight[row]
        if (other === undefined) return []
        return isSame(pair.before, pair.after) && isSame(other.before, other.after) ? [] : [{ pair, other }]
      })
      const isExchanged = pairs.every(
        ({ pair, other }) => isSame(pair.before, other.after) && isSame(pair.after, other.before),
      )
      if (pairs.length === 0 || !isExchanged) return []
      const rows = pairs.map(({ pair }) => pair.row)
      return [
        problemOf(
          conversion,
          left,
          `no value of ${right}`,
          `what ${right} held, and ${right} what it held`,
          rows,
        ),
      ]
    }),
  )
}

function expressionOf({ columns }: DataChange, column: string): string | null {
  return columns === undefined || isList(columns) ? null : (columns[column] ?? null)
}

function isList(columns: NonNullable<DataChange['columns']>): columns is readonly string[] {
  return Array.isArray(columns)
}

/** Compares each new value with what the expression makes of the old row, as the new column stores it. */
function compareWithExpression(conversion: Conversion, column: string, expression: string): Problem[] {
  const { before, tableBefore, tableAfter, rowsAfter, key, nameAfter } = conversion
  const name = 'value that is declared'
  let expected: ReadonlyMap<string, SqlRow>
  try {
    expected = readRows(before, tableBefore, key, `, (${expression}) AS ${quoteName(name)}`)
  } catch (error) {
    const wanted = `an expression over the columns of ${tableBefore.name}: ${expression}`
    return [problemOf(conversion, column, wanted, explain(before, expression, error), [])]
  }
  using storage = storing(before, columnOf(tableAfter, nameAfter(column))?.type ?? '')
  const wrong = [...expected].filter(([row, values]) => {
    const after = rowsAfter.get(row)
    return (
      after !== undefined && !isSame(storage.store(values[name] ?? null), valueIn(after, nameAfter(column)))
    )
  })
  const rows = wrong.map(([row]) => row)
  if (rows.length === 0) return []
  const actual = `${countOf(rows.length, 'row')} with another value`
  return [problemOf(conversion, column, `${column} = ${expression}`, actual, rows)]
}

/** What a column of a type makes of a value. */
function storing(connection: Connection, type: string) {
  const memory = connection.openMemory()
  memory.exec(`CREATE TABLE stored (value ${type})`)
  return {
    store: (value: SqlValue): SqlValue => {
      memory.exec('DELETE FROM stored')
      memory.all('INSERT INTO stored VALUES (?)', [value])
      return memory.all('SELECT value FROM stored')[0]?.value ?? null
    },
    [Symbol.dispose]: () => memory.close(),
  }
}

function isSame(left: SqlValue, right: SqlValue): boolean {
  return shown(left) === shown(right)
}

/** What a change may do to values that no one means, each in words that a reviewer reads at once. */
function findSpoiled(conversion: Conversion, column: string, pairs: readonly ValuePair[]): Problem[] {
  const { before } = conversion
  const changed = pairs.filter((pair) => !isSame(pair.before, pair.after))
  const spoiled: readonly (readonly [wanted: string, actual: string, rows: readonly ValuePair[]])[] = [
    [
      'a value where there was one',
      'became NULL',
      changed.filter(
        (pair) => pair.before !== null && pair.after === null && fitsNow(conversion, column, pair),
      ),
    ],
    ['different values for different ones', 'became equal to those of others', findCollapsed(changed, pairs)],
    [
      'times that SQLite reads as such',
      'held a time, and hold text that is none',
      changed.filter((pair) => isTime(before, column, pair.before) && isUnreadable(before, pair.after)),
    ],
    [
      'times of the same instant',
      'held a time in seconds, and hold what it is in milliseconds',
      changed.filter((pair) => isThousandth(before, column, pair)),
    ],
    [
      'JSON of the same kind',
      'held a JSON object or array, and hold a JSON string of it',
      changed.filter((pair) => isEncodedTwice(before, pair)),
    ],
    [
      'JSON of the same kind',
      'hold a JSON string of the JSON object or array that another column held',
      changed.filter(
        (pair) => !isEncodedTwice(before, pair) && isEncodedFromAnother(conversion, column, pair),
      ),
    ],
  ]
  return spoiled
    .filter(([, , found]) => found.length > 0)
    .map(([wanted, actual, found]) =>
      problemOf(
        conversion,
        column,
        wanted,
        `${countOf(found.length, 'row')} ${actual}`,
        found.map(({ row }) => row),
      ),
    )
}

/** Whether the new table accepts the old value: one that it refuses has to become another. */
function fitsNow(conversion: Conversion, column: string, { row, before }: ValuePair): boolean {
  const { after, tableAfter, rowsAfter, key, nameAfter } = conversion
  const names = key.length === 0 ? ['rowid'] : key.map(nameAfter)
  const values = rowsAfter.get(row) ?? {}
  const conditions = names.map((name) => `${name === 'rowid' ? name : quoteName(name)} IS ?`).join(' AND ')
  const table = `main.${quoteName(tableAfter.name)}`
  const sql = `UPDATE ${table} SET ${quoteName(nameAfter(column))} = ? WHERE ${conditions}`
  const keyValues = names.map((name) => valueIn(values, key.length === 0 ? rowidName : name))
  return isAccepted(after, () => after.all(sql, [before, ...keyValues]))
}

/** Rows of different values that have the same one now, where none of them had it before. */
function findCollapsed(changed: readonly ValuePair[], pairs: readonly ValuePair[]): ValuePair[] {
  const known = new Set(pairs.map(({ before }) => shown(before)))
  const groups = new Map<string, ValuePair[]>()
  for (const pair of changed) {
    const value = shown(pair.after)
    if (pair.before === null || pair.after === null || known.has(value)) continue
    groups.set(value, [...(groups.get(value) ?? []), pair])
  }
  return [...groups.values()]
    .filter((group) => new Set(group.map(({ before }) => shown(before))).size > 1)
    .flat()
}

/** The name of a column that holds a time, or a part of one. */
export const timeName =
  /(^|_)(at|on|time|date|timestamp|created|updated|modified|deleted|sent|posted|published|started|ended|seen|since|until|expir\w*)$/i

/** Text of the form of a date, or a number of a column of times that counts seconds or milliseconds since 1970. */
function isTime(connection: Connection, column: string, value: SqlValue): boolean {
  if (typeof value === 'string') return /^\d{4}-\d\d-\d\d/.test(value) && !isUnreadable(connection, value)
  if (typeof value !== 'bigint' && typeof value !== 'number') return false
  const isInRange = (from: number) => Number(value) >= from && Number(value) < from * 41
  return timeName.test(column) && (isInRange(1e8) || isInRange(1e11))
}

/** Whether a time in seconds became what it is as a number of milliseconds: a day of January 1970. */
function isThousandth(connection: Connection, column: string, { before, after }: ValuePair): boolean {
  const seconds = Number(before)
  if (typeof before === 'string' || !isTime(connection, column, before) || seconds >= 1e11) return false
  const instant =
    typeof after === 'string'
      ? Number(connection.all("SELECT strftime('%s', ?) AS seconds", [after])[0]?.seconds ?? Number.NaN)
      : Number(after ?? Number.NaN)
  return Math.abs(instant - seconds / 1000) < secondsOfDay
}

const secondsOfDay = 86_400

function isUnreadable(connection: Connection, value: SqlValue): boolean {
  if (typeof value !== 'string') return false
  return connection.all('SELECT datetime(?) AS read', [value])[0]?.read === null
}

/**
 * Whether a JSON object or array, or a part of it, has become a JSON string of itself: at any place of the new JSON, where it
 * is as large as the old value; and where it is a part of that, at the place of the part.
 */
function isEncodedTwice(connection: Connection, { before, after }: ValuePair): boolean {
  if (typeof before !== 'string' || typeof after !== 'string') return false
  const known = readTree(connection, before).filter(({ type }) => type === 'object' || type === 'array')
  if (known.length === 0) return false
  return readTree(connection, after).some(({ path, type, content }) => {
    if (type !== 'text') return false
    const [inner] = readTree(connection, content)
    return (
      inner !== undefined &&
      known.some(
        (part) => (part.path === '$' || part.path === path) && isSameJson(part.content, inner.content),
      )
    )
  })
}

/** The same with the object or array of another column of the row, which is at a place where no such text was. */
function isEncodedFromAnother(
  { before: connection, rowsBefore }: Conversion,
  column: string,
  pair: ValuePair,
) {
  const { row, before, after } = pair
  if (typeof after !== 'string') return false
  const others = Object.entries(rowsBefore.get(row) ?? {}).flatMap(([name, value]) => {
    if (foldName(name) === foldName(column) || typeof value !== 'string') return []
    const [root] = readTree(connection, value)
    return root?.type === 'object' || root?.type === 'array' ? [root.content] : []
  })
  if (others.length === 0) return false
  const old = typeof before === 'string' ? readTree(connection, before) : []
  return readTree(connection, after).some(({ path, type, content }) => {
    if (type !== 'text' || old.some((part) => part.path === path && part.content === content)) return false
    const [inner] = readTree(connection, content)
    return inner !== undefined && others.some((other) => isSameJson(other, inner.content))
  })
}

/** The values of a JSON text with their places; none of other text. */
function readTree(connection: Connection, text: string) {
  const isJson = connection.all('SELECT json_valid(?) AS valid', [text])[0]?.valid === 1n
  if (!isJson) return []
  return connection
    .all('SELECT fullkey, type, value FROM json_tree(?)', [text])
    .map(({ fullkey, type, value }) => ({ path: String(fullkey), type, content: String(value) }))
}

/** Whether two JSON texts say the same, in whatever order the members of objects are. */
function isSameJson(left: string, right: string): boolean {
  try {
    return isDeepStrictEqual(JSON.parse(left), JSON.parse(right))
  } catch {
    return left === right
  }
}

/** The rows that are gone are those that are declared to go, or that a new key does not take. */
function checkRemoved(conversion: Conversion, changes: readonly DataChange[]): Problem[] {
  const { change, before, tableBefore, rowsBefore, rowsAfter, key } = conversion
  const { rowsRemoved } = change
  const gone = new Set([...rowsBefore.keys()].filter((row) => !rowsAfter.has(row)))
  if (rowsRemoved === undefined) return isWholeChange(change) ? findNeedlesslyGone(conversion, gone) : []
  const name = 'is declared to go'
  let declared: ReadonlyMap<string, SqlRow>
  try {
    declared = readRows(before, tableBefore, key, `, (${rowsRemoved}) AS ${quoteName(name)}`)
  } catch (error) {
    const wanted = `a condition over the columns of ${tableBefore.name}: ${rowsRemoved}`
    return [problemOf(conversion, null, wanted, explain(before, rowsRemoved, error), [])]
  }
  const mustGo = new Set([...declared].filter(([, row]) => isTrue(row[name])).map(([row]) => row))
  const lost = [...gone].filter((row) => !mustGo.has(row))
  const kept = [...mustGo].filter((row) => !gone.has(row))
  const wanted = `the rows that are gone to be those of ${rowsRemoved}`
  return [
    ...(lost.length === 0
      ? []
      : [problemOf(conversion, null, wanted, `${countOf(lost.length, 'other row')} gone`, lost)]),
    ...(kept.length === 0
      ? []
      : [problemOf(conversion, null, wanted, `${countOf(kept.length, 'row')} still there`, kept)]),
    ...compareKept(conversion, changes),
  ]
}

function isTrue(value: SqlValue | undefined): boolean {
  return typeof value === 'bigint' || typeof value === 'number' ? Number(value) !== 0 : false
}

/** The rows that stay keep every value that no change of the migration names. */
function compareKept(conversion: Conversion, changes: readonly DataChange[]): Problem[] {
  const { change, tableBefore, tableAfter, rowsBefore, rowsAfter, nameAfter } = conversion
  const same = changes.filter(({ table }) => foldName(table) === foldName(change.table))
  const free = new Set(same.flatMap(changedColumns).map(foldName))
  return tableBefore.columns.flatMap(({ name }) => {
    if (free.has(foldName(name))) return []
    const isThere = columnOf(tableAfter, nameAfter(name)) !== undefined
    const wrong = [...rowsBefore].filter(([row, values]) => {
      const after = rowsAfter.get(row)
      return (
        after !== undefined && !(isThere && isSame(valueIn(values, name), valueIn(after, nameAfter(name))))
      )
    })
    if (wrong.length === 0) return []
    const actual = isThere ? `${countOf(wrong.length, 'row')} with another value` : 'no such column'
    return [
      problemOf(
        conversion,
        name,
        'the value from before',
        actual,
        wrong.map(([row]) => row),
      ),
    ]
  })
}

/**
 * Where rows were removed to make a key unique, none may be gone that the key takes beside those that stayed: a NULL equals
 * no other (https://www.sqlite.org/lang_createtable.html#unique_constraints), but GROUP BY puts NULLs together.
 */
function findNeedlesslyGone(conversion: Conversion, gone: ReadonlySet<string>): Problem[] {
  const { after, schemas, tableAfter, rowsBefore, nameAfter } = conversion
  const isNewKey = findGainedClauses(...schemas).some(
    ({ kind, table }) =>
      (kind === 'unique' || kind === 'primary key') && foldName(table) === foldName(tableAfter.name),
  )
  if (!isNewKey) return []
  const columns = new Set(storedColumns(after, tableAfter.name).map(foldName))
  const needless = [...gone].filter((name) => {
    const row = rowsBefore.get(name) ?? {}
    const kept = Object.entries(row).filter(([column]) => columns.has(foldName(nameAfter(column))))
    const known = new Map(kept.map(([column, value]) => [nameAfter(column), value]))
    return isAccepted(after, () => insertRow(after, tableAfter.name, known))
  })
  if (needless.length === 0) return []
  const actual = `${countOf(needless.length, 'row')} gone that the new key accepts`
  return [problemOf(conversion, null, 'only rows gone that the new key refuses', actual, needless)]
}

/** Whether the engine accepts some work, which is undone. */
function isAccepted(connection: Connection, work: () => unknown): boolean {
  connection.exec('SAVEPOINT tried')
  try {
    work()
    return true
  } catch (error) {
    if (errorCode(error) === null) throw error
    return false
  } finally {
    if (connection.inTransaction) connection.exec('ROLLBACK TO tried; RELEASE tried')
  }
}

/** Puts the row of an example into the version before, and compares what the migration makes of it. */
function checkExample(
  subject: RerunSubject,
  image: SnapshotImage,
  migration: Migration,
  change: DataChange,
  example: Example,
  aspect: string,
): Problem[] {
  const failed = (expected: string, actual: string) => [
    makeProblem('conversions', {
      subject: { type: 'table', name: change.table, aspect },
      version: migration.version,
      expected,
      actual,
      fix: 'correct the migration or the example, whichever is wrong',
    }),
  ]
  const given = sqlValuesOf(example.before)
  using without = openInMemory(image)
  using copy = openInMemory(image)
  for (const { connection } of [without, copy]) connection.exec('PRAGMA foreign_keys = ON')
  try {
    replaceRow(copy.connection, change.table, given)
  } catch (error) {
    return failed('a row that the version before accepts', engineMessage(error))
  }
  const [refusedWithout, refused] = [without, copy].map(({ connection }) => {
    try {
      subject.migrate(connection, subject.suite.plan, { target: migration.version })
      return null
    } catch (error) {
      // Where the rows are synthetic, what a trigger says of them may be shown.
      const isShown = error instanceof MigrationFailedError && subject.hidesValues !== true
      return errorMessage(isShown ? error.cause : error)
    }
  })
  if (refusedWithout != null) return failed('a migration that works without its row', refusedWithout)
  if ('error' in example) {
    const wanted = `a migration that fails with '${example.error}'`
    if (refused == null) return failed(wanted, 'success')
    return refused.includes(example.error) ? [] : failed(wanted, refused)
  }
  if (refused != null) return failed('a migration that takes the row', refused)
  const { after, intoTable } = example
  const name = intoTable ?? change.renamedTo ?? change.table
  const table = findTable(readSchema(copy.connection), name)
  if (table === undefined && after === null && intoTable === undefined) return []
  const unknown = Object.keys(after ?? {}).find(
    (column) => table !== undefined && columnOf(table, column) === undefined,
  )
  if (table === undefined || unknown !== undefined) {
    const version = `version ${migration.version}`
    return table === undefined
      ? failed(`a table ${name} at ${version}`, 'none')
      : failed(`columns that ${table.name} has at ${version}`, `the unknown column ${unknown}`)
  }
  const wanted = after === null ? given : sqlValuesOf(after)
  const count = ({ connection }: typeof copy) => countEqual(connection, table.name, wanted)
  const isThere = count(copy) > count(without)
  if (after === null) return isThere ? failed('that the row goes', 'it is still there') : []
  return isThere ? [] : failed('a row of these values afterwards', 'none')
}

/** Inserts a row whose other columns have typical values, with its parents. */
function replaceRow(connection: Connection, table: string, given: ReadonlyMap<string, SqlValue>): void {
  const generator = new RowGenerator(connection)
  let typical: ReadonlyMap<string, SqlValue> = new Map()
  try {
    const [row = new Map()] = generator.fill(table, 1)
    typical = row
    if (typical.size > 0) deleteRow(connection, table, typical)
  } finally {
    generator.close()
  }
  const names = new Map([...typical.keys()].map((column) => [foldName(column), column] as const))
  const spelled = [...given].map(([column, value]) => [names.get(foldName(column)) ?? column, value] as const)
  insertRow(connection, table, new Map([...typical, ...spelled]))
}

function countEqual(connection: Connection, table: string, values: ReadonlyMap<string, SqlValue>): number {
  const conditions = [...values.keys()].map((column) => `${quoteName(column)} IS ?`).join(' AND ')
  const sql = `SELECT count(*) AS n FROM main.${quoteName(table)} WHERE ${conditions === '' ? 'true' : conditions}`
  return Number(connection.all(sql, [...values.values()])[0]?.n)
}

function sqlValuesOf(row: Example['before']): ReadonlyMap<string, SqlValue> {
  return new Map(Object.entries(row).map(([column, value]) => [column, sqlValueOf(value)]))
}

function sqlValueOf(value: Example['before'][string]): SqlValue {
  return typeof value === 'number' && Number.isSafeInteger(value) && !Object.is(value, -0)
    ? BigInt(value)
    : value
}

function engineMessage(error: unknown): string {
  if (errorCode(error) === null) throw error
  return errorMessage(error)
}

/** Why an expression cannot be evaluated: of one that is not complete, SQLite names what follows it. */
function explain(connection: Connection, expression: string, error: unknown): string {
  try {
    connection.all(`SELECT ${expression}`)
  } catch (alone) {
    if (engineMessage(alone) === 'incomplete input') return 'an expression that is not complete'
  }
  return `the error '${engineMessage(error)}'`
}

/** How many rows a problem names at most. */
const namedRows = 5

function problemOf(
  { migration, change, tableBefore, hidesValues }: Conversion,
  column: string | null,
  expected: string,
  actual: string,
  rows: readonly string[],
): Problem {
  const some = rows.slice(0, namedRows).join('; ')
  const more = rows.length > namedRows ? '; …' : ''
  const declaration =
    column === null
      ? "rowsRemoved: 'a condition over the old rows'"
      : `columns: { ${column}: 'an expression over the old row' }`
  const isSaid = column === null ? change.rowsRemoved !== undefined : expressionOf(change, column) !== null
  return makeProblem('conversions', {
    subject:
      column === null ? { type: 'table', name: tableBefore.name } : columnSubject(tableBefore.name, column),
    version: migration.version,
    expected,
    actual: rows.length === 0 || hidesValues ? actual : `${actual}: ${some}${more}`,
    fix: isSaid
      ? 'correct the migration or its declaration, whichever is wrong'
      : `correct the migration, or declare that it is meant: ${declaration}`,
  })
}
