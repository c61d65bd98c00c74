import * as fc from 'fast-check'
import { betterSqliteConnection, openMemory } from '../engines/better-sqlite3.ts'
import type { TableDeclaration } from '../proof/facts.ts'
import { type Constraint, writableColumns } from '../rows/constraints.ts'
import { leavesOf, termsOfLeaf } from '../rows/expression.ts'
import { RowGenerator } from '../rows/generate.ts'
import type { Row } from '../rows/search.ts'
import { createDatabase, findTrials, type RowTrials, type TableWithoutRows } from '../rows/trials.ts'
import { affinityOf, edgeValues, typicalValue, type ValueColumn } from '../rows/values.ts'
import { type Column, findTable, type Schema, type Table } from '../schema/model.ts'
import type { Connection, SqlRow, SqlValue } from '../sql/connection.ts'
import { foldName } from '../sql/names.ts'
import { modelsOf } from './models.ts'

/** A row of a table, by the names of its columns. */
export interface TableRow {
  readonly table: string
  readonly row: SqlRow
}

/** A row that its table refuses, and why. */
export interface RefusedTableRow extends TableRow {
  /** What must have been inserted before. */
  readonly before: readonly TableRow[]
  /** The constraint that the row breaks, and no other, as the schema spells it. */
  readonly constraint: string
  /** The extended result code that the INSERT must meet. */
  readonly code: string
}

/** What can be drawn for a table. */
export interface TableArbitraries {
  /** Rows that an empty database accepts one after the other: some of the table, or none, and its parents. */
  readonly valid: fc.Arbitrary<readonly TableRow[]>
  /**
   * Whether rows may refer to later ones, as those of tables that refer to each other or to themselves do: such rows are
   * inserted in one transaction, after `PRAGMA defer_foreign_keys = ON`. So are those before a refused row, which comes after its COMMIT.
   */
  readonly isDeferred: boolean
  /** Rows that are refused; null where no constraint of the table can be broken alone. */
  readonly invalid: fc.Arbitrary<RefusedTableRow> | null
}

/** What can be drawn, by the names of the tables. */
export interface SchemaArbitraries extends ReadonlyMap<string, TableArbitraries> {
  /** The tables for which no row was found, and why: the map does not have them. */
  readonly empty: readonly TableWithoutRows[]
}

export interface ArbitrariesOptions {
  /** Declared tables: of their columns, the values that these say are tried. */
  readonly tables?: readonly TableDeclaration[]
  /** The version whose declarations count; defaults to the latest. */
  readonly version?: number
  /** Opens an empty database in memory, with the functions that the schema calls; defaults to one of better-sqlite3. */
  readonly open?: () => Connection
}

/**
 * Arbitraries of the rows that each table of a schema accepts, and of those that it refuses, from its constraints. They
 * shrink to few rows, and to short and simple values: those that the constraints still allow.
 *
 * @returns by the names of the tables; those for which no row was found are in `empty`, with the reason
 * @throws {DiagnosedError} when this engine cannot create the schema
 *
 * @example
 * ```js
 * import Database from 'better-sqlite3'
 * import fc from 'fast-check'
 * import { betterSqliteConnection, readSchema } from 'migration-proof'
 * import { arbitrariesOf } from 'migration-proof/behaviour'
 *
 * const connection = betterSqliteConnection(new Database(':memory:'))
 * connection.exec("CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL CHECK (text <> ''))")
 * const { valid, invalid } = arbitrariesOf(readSchema(connection)).get('note')
 * fc.assert(fc.property(valid, (rows) => rows.every(({ row }) => row.text !== '')))
 * console.log([...new Set(fc.sample(invalid, 50).map(({ code }) => code))].includes('SQLITE_CONSTRAINT_CHECK')) // true
 * ```
 */
export function arbitrariesOf(
  schema: Schema,
  { tables = [], version = Number.MAX_SAFE_INTEGER, open = openEmpty }: ArbitrariesOptions = {},
): SchemaArbitraries {
  const found = findTrials(schema, open)
  const adapter = new RowAdapter(schema, found, open())
  const models = new Map(
    modelsOf(tables)
      .at(version)
      .map((model) => [foldName(model.name), model] as const),
  )
  const rowOf = (name: string) => {
    const table = tableOf(schema, name)
    const declared = models.get(foldName(name))?.columns ?? {}
    const values = writableColumns(table).map((column) => {
      const own = Object.entries(declared).find(([other]) => foldName(other) === foldName(column.name))
      return [column.name, valuesOf(table, column, adapter.constraintsOf(name), own?.[1].values)] as const
    })
    return fc.tuple(...values.map(([, value]) => value)).map((drawn): Row => {
      return new Map(values.map(([column], position) => [column, drawn[position] ?? null]))
    })
  }
  const withRows = found.tables.filter((name) => found.empty.every(({ table }) => table !== name))
  const cyclic = found.tables.filter(
    (name) =>
      found.trials.some((trial) => trial.table === name && trial.isBeforeParent) ||
      found.tables.some((other) => isAncestor(schema, other, name) && isAncestor(schema, name, other)),
  )
  const arbitraries = new Map(
    withRows.map((name) => {
      const ancestors = found.tables.filter((other) => other !== name && isAncestor(schema, other, name))
      const draw = fc.record({
        rows: fc.array(rowOf(name), { maxLength: 5 }),
        parents: fc.tuple(
          ...ancestors.map((parent) =>
            fc.record({
              rows: fc.array(rowOf(parent), { maxLength: 2 }).map((rows) => ({ table: parent, rows })),
              spare: rowOf(parent),
            }),
          ),
        ),
      })
      const broken = adapter.breakable(name)
      const invalid =
        broken.length === 0
          ? null
          : fc
              .record({ draw, row: rowOf(name), constraint: fc.constantFrom(...broken) })
              .map(({ draw: given, row, constraint }) => adapter.refuse(name, given, row, constraint))
      const isDeferred = [name, ...ancestors].some((one) => cyclic.includes(one))
      const valid = draw.map((given) => adapter.accept(name, given))
      return [name, { valid, isDeferred, invalid }] as const
    }),
  )
  return Object.assign(arbitraries, { empty: found.empty })
}

/** What is drawn, before it is made to fit the constraints. */
interface Draw {
  readonly rows: readonly Row[]
  readonly parents: readonly {
    readonly rows: { readonly table: string; readonly rows: readonly Row[] }
    /** What a parent is made from that a row needs. */
    readonly spare: Row
  }[]
}

/** Makes drawn rows fit the constraints of their tables. What it makes of a draw depends on nothing but the draw. */
class RowAdapter {
  readonly #connection: Connection
  readonly #generator: RowGenerator
  readonly #schema: Schema
  readonly #found: RowTrials

  constructor(schema: Schema, found: RowTrials, empty: Connection) {
    this.#connection = createDatabase(schema, empty)
    this.#generator = new RowGenerator(this.#connection, schema, simpleValue)
    this.#schema = schema
    this.#found = found
    for (const table of found.tables) this.#generator.prepare(table)
  }

  constraintsOf(table: string): readonly Constraint[] {
    return this.#generator.prepare(table)
  }

  /** The labels of the constraints that a row was found to break alone. */
  breakable(table: string): readonly string[] {
    const labels = this.#found.trials.flatMap(({ table: own, constraint }) =>
      own === table && constraint !== null ? constraint.label : [],
    )
    return [...new Set(labels)]
  }

  accept(table: string, draw: Draw): readonly TableRow[] {
    return this.#undoing(() => {
      const rows = this.#insert(table, draw)
      const isFound = draw.rows.length === 0 || rows.some((row) => row.table === table)
      return isFound ? rows : this.#known(table)
    })
  }

  refuse(table: string, draw: Draw, row: Row, label: string): RefusedTableRow {
    const constraint = this.constraintsOf(table).find((one) => one.label === label)
    // What a row repeats must be there; and a table whose key allows one row refuses any other for its key.
    for (const rows of [draw.rows, [simplestRow(tableOf(this.#schema, table))], []]) {
      const refused = this.#undoing(() => {
        const before = this.#insert(table, { ...draw, rows })
        const made =
          constraint === undefined
            ? null
            : this.#generator.adaptToBreak(table, constraint, row, this.#startOf(draw))
        const last = made?.at(-1)
        if (last === undefined || constraint === undefined) return null
        const parents = (made ?? []).slice(0, -1).map(toTableRow)
        const { code } = constraint
        return { ...toTableRow(last), before: [...before, ...parents], constraint: label, code }
      })
      if (refused !== null) return refused
    }
    return this.#knownRefusal(table, label)
  }

  /** Inserts the drawn rows as far as they can be made to fit. */
  #insert(table: string, draw: Draw): readonly TableRow[] {
    const wanted = [...draw.parents.map(({ rows }) => rows), { table, rows: draw.rows }]
    return wanted.flatMap((one) =>
      one.rows.flatMap((row) =>
        (this.#generator.adapt(one.table, row, this.#startOf(draw)) ?? []).map(toTableRow),
      ),
    )
  }

  /** The spare row of a parent, and after it the simplest one. */
  #startOf({ parents }: Draw): (table: string) => Row {
    const spare = new Map(parents.map(({ rows, spare }) => [rows.table, spare]))
    return (table) => {
      const row = spare.get(table) ?? simplestRow(tableOf(this.#schema, table))
      spare.delete(table)
      return row
    }
  }

  #undoing<Result>(work: () => Result): Result {
    this.#generator.restart()
    this.#connection.exec('SAVEPOINT drawn_rows')
    try {
      return work()
    } finally {
      this.#connection.exec('ROLLBACK TO drawn_rows; RELEASE drawn_rows')
    }
  }

  /** The rows of a table and its ancestors that were found without a draw. */
  #known(table: string): readonly TableRow[] {
    return this.#found.trials
      .filter(
        (trial) => trial.isKept && (trial.table === table || isAncestor(this.#schema, trial.table, table)),
      )
      .map(toTableRow)
  }

  #knownRefusal(table: string, label: string): RefusedTableRow {
    const { trials } = this.#found
    const position = trials.findIndex((one) => one.table === table && one.constraint?.label === label)
    const trial = trials[position]
    if (trial === undefined) throw new RangeError(`No row of ${table} breaks ${label}`)
    const before = trials.slice(0, position).filter(({ isKept }) => isKept)
    return { ...toTableRow(trial), before: before.map(toTableRow), constraint: label, code: trial.code ?? '' }
  }
}

function openEmpty(): Connection {
  return betterSqliteConnection(openMemory())
}

function tableOf(schema: Schema, name: string): Table {
  const table = findTable(schema, name)
  if (table === undefined) throw new RangeError(`There is no table ${name}`)
  return table
}

function toTableRow({ table, row }: { readonly table: string; readonly row: Row }): TableRow {
  return { table, row: Object.fromEntries(row) }
}

/** Whether a table, or one that it refers to, refers to another. */
function isAncestor(schema: Schema, ancestor: string, table: string, seen = new Set<string>()): boolean {
  seen.add(foldName(table))
  const parents = findTable(schema, table)?.foreignKeys.map(({ parent }) => foldName(parent)) ?? []
  return parents.some(
    (parent) =>
      parent === foldName(ancestor) || (!seen.has(parent) && isAncestor(schema, ancestor, parent, seen)),
  )
}

/** The simplest values of a type: the first is what values shrink to. */
function simpleValue({ type }: ValueColumn, number: number): SqlValue {
  switch (affinityOf(type)) {
    case 'TEXT':
      return number === 0 ? '' : letters(number)
    case 'INTEGER':
    case 'NUMERIC':
      return BigInt(number)
    case 'REAL':
      return number
    case 'BLOB':
      return type === '' ? letters(number) : new Uint8Array(number === 0 ? [] : [number % 256, number >> 8])
  }
}

/** a, b, …, z, aa, ab and so on. */
function letters(number: number): string {
  if (number === 0) return ''
  const last = (number - 1) % 26
  return letters((number - 1 - last) / 26) + String.fromCharCode(97 + last)
}

function simplestRow(table: Table): Row {
  return new Map(
    writableColumns(table).map((column, position) => [
      column.name,
      mayBeNull(table, column) ? null : simpleValue({ ...column, position }, 0),
    ]),
  )
}

function mayBeNull(table: Table, { notNull, keyPosition }: Column): boolean {
  return !notNull && !(keyPosition > 0 && (table.withoutRowid || table.primaryKey?.isRowid === true))
}

/** What a column may hold, before the constraints are looked at; NULL is the simplest. */
function valuesOf(
  table: Table,
  column: Column,
  constraints: readonly Constraint[],
  declared: fc.Arbitrary<SqlValue> | undefined,
): fc.Arbitrary<SqlValue> {
  const position = table.columns.indexOf(column)
  const own: ValueColumn = { ...column, position }
  const typical = [1, 2, 3].map((number) => typicalValue(own, number))
  const { low, high, other } = edgeValues(own)
  const seeds = [...literalsOf(constraints, column.name), ...typical, ...low, ...high.slice(0, 2), ...other]
  const values = declared ?? new SeededArbitrary(seeds, plainValues(column.type))
  return mayBeNull(table, column) ? fc.option(values, { nil: null, freq: 4 }) : values
}

/** The constants of the conditions over a column. */
function literalsOf(constraints: readonly Constraint[], column: string): readonly SqlValue[] {
  return constraints
    .flatMap(({ condition }) => leavesOf(condition))
    .filter(({ columns }) => columns.includes(column))
    .flatMap((leaf) => [...termsOfLeaf(leaf)])
    .flatMap((term) => (term.kind === 'other' && term.constant !== undefined ? term.constant : []))
}

function plainValues(type: string): fc.Arbitrary<SqlValue> {
  switch (affinityOf(type)) {
    case 'TEXT':
      return fc.string({ maxLength: 12 })
    case 'INTEGER':
      return integers
    case 'REAL':
      return reals
    case 'NUMERIC':
      return fc.oneof(integers, reals)
    case 'BLOB':
      return type === '' ? fc.oneof(fc.string({ maxLength: 12 }), integers) : blobs
  }
}

const integers = fc.oneof(
  { weight: 4, arbitrary: fc.bigInt(-200n, 200n) },
  { weight: 1, arbitrary: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n) },
)
const reals = fc.oneof(
  { weight: 4, arbitrary: fc.double({ min: -200, max: 200, noNaN: true }) },
  { weight: 1, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }) },
)
const blobs = fc.uint8Array({ maxLength: 12 })

/** By what a value shrinks that was not drawn at random. */
const shrinkers: readonly fc.Arbitrary<SqlValue>[] = [
  fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.string({ unit: 'binary', maxLength: 100_000 }),
  fc.uint8Array({ maxLength: 100_000 }),
]

/** Sometimes a value of a list, which shrinks as any other value of its type. */
class SeededArbitrary extends fc.Arbitrary<SqlValue> {
  readonly #seeds: readonly SqlValue[]
  readonly #values: fc.Arbitrary<SqlValue>

  constructor(seeds: readonly SqlValue[], values: fc.Arbitrary<SqlValue>) {
    super()
    this.#seeds = seeds
    this.#values = values
  }

  override generate(random: fc.Random, bias: number | undefined): fc.Value<SqlValue> {
    if (random.nextInt(0, 2) > 0) return drawnBy(this.#values, this.#values.generate(random, bias))
    return new fc.Value(this.#seeds[random.nextInt(0, this.#seeds.length - 1)] ?? null, undefined)
  }

  override canShrinkWithoutContext(value: unknown): value is SqlValue {
    return shrinkers.some((shrinker) => shrinker.canShrinkWithoutContext(value))
  }

  override shrink(value: SqlValue, context: unknown): fc.Stream<fc.Value<SqlValue>> {
    const drawn = context instanceof Drawn ? context : null
    const by = drawn?.by ?? shrinkers.find((one) => one.canShrinkWithoutContext(value))
    const smaller = by?.shrink(value, drawn?.context).map((one) => drawnBy(by, one)) ?? fc.Stream.nil()
    // A text in plain letters of the same length is simpler than each that keeps another script.
    const plain = drawn === null && typeof value === 'string' ? value.replace(/[^ -~]/g, 'a') : value
    return plain === value ? smaller : fc.Stream.of(new fc.Value(plain, undefined)).join(smaller)
  }
}

/** What drew a value, which alone can shrink it. */
class Drawn {
  readonly by: fc.Arbitrary<SqlValue>
  readonly context: unknown

  constructor(by: fc.Arbitrary<SqlValue>, context: unknown) {
    this.by = by
    this.context = context
  }
}

function drawnBy(by: fc.Arbitrary<SqlValue>, { value, context }: fc.Value<SqlValue>): fc.Value<SqlValue> {
  return new fc.Value(value, new Drawn(by, context))
}
