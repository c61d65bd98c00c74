import type { SqlRow, SqlValue } from '../../../sql/connection.ts'
import { refuseFeature } from '../current-task.ts'
import type { Column } from '../protocol.ts'
import { askHarness } from './ask-harness.ts'
import { bindValues } from './bind-values.ts'
import { type ReadStatement, readText } from './read-statement.ts'

type Value = SqlValue | Buffer

/** How a row is returned. */
type Shape = 'record' | 'value' | 'list' | 'by-table'

/** The columns and rows that a statement returned. */
interface ReadRows {
  readonly rows: readonly SqlRow[]
  readonly values: readonly SqlValue[]
}

/** The imitation of better-sqlite3's `Statement`. It is compiled when it runs, by the connection of the harness. */
export class Statement {
  readonly database: object
  readonly source: string
  readonly #read: ReadStatement
  readonly #requireOpen: () => void
  #isReader: boolean | 'unknown'
  #shape: Shape = 'record'
  #isSafe: boolean
  #bound: SqlValue[] | null = null

  constructor(database: object, source: string, { requireOpen, isSafe, isPragma }: StatementSurroundings) {
    this.database = database
    this.source = source
    this.#read = requireOne(source)
    this.#isReader = isPragma || this.#read.isReader
    this.#isSafe = isSafe
    this.#requireOpen = requireOpen
  }

  get reader(): boolean {
    if (this.#isReader !== 'unknown') return this.#isReader
    const { sql, isPragma } = this.#read
    // A PRAGMA takes effect when it is compiled, and it is to take effect when it runs.
    this.#isReader = isPragma
      ? askHarness<'columns'>({ kind: 'columns', sql }).columns.length > 0
      : this.#compile() > 0
    return this.#isReader
  }

  get readonly(): boolean {
    return askHarness<'columns'>({ kind: 'columns', sql: this.#read.sql }).isReadonly
  }

  get busy(): boolean {
    return false
  }

  run(...given: readonly unknown[]) {
    const values = this.#bind(given)
    const { sql, changesRows } = this.#read
    const { changes, lastInsertRowid } = askHarness<'run'>({ kind: 'run', sql, values, changesRows })
    return {
      changes: Number(changes),
      lastInsertRowid: this.#isSafe ? lastInsertRowid : Number(lastInsertRowid),
    }
  }

  get(...given: readonly unknown[]): unknown {
    return this.#shapeRows(this.#readRows(given), 1)[0]
  }

  all(...given: readonly unknown[]): unknown[] {
    return this.#shapeRows(this.#readRows(given))
  }

  /** The rows are read at once, so that the database may be used while they are iterated. */
  *iterate(...given: readonly unknown[]): IterableIterator<unknown> {
    yield* this.#shapeRows(this.#readRows(given))
  }

  bind(...given: readonly unknown[]): this {
    if (this.#bound !== null)
      throw new TypeError('The bind() method can only be invoked once per statement object')
    this.#bound = this.#bind(given)
    return this
  }

  pluck(use = true): this {
    return this.#setShape('pluck', 'value', use)
  }

  raw(use = true): this {
    return this.#setShape('raw', 'list', use)
  }

  expand(use = true): this {
    return this.#setShape('expand', 'by-table', use)
  }

  safeIntegers(use = true): this {
    if (typeof use !== 'boolean') throw new TypeError('Expected first argument to be a boolean')
    this.#isSafe = use
    return this
  }

  columns(): Column[] {
    this.#requireReader('The columns() method is only for statements that return data')
    this.#requireOpen()
    return [...this.#readColumns()]
  }

  #readColumns(): readonly Column[] {
    return askHarness<'columns'>({ kind: 'columns', sql: this.#read.sql }).columns
  }

  #setShape(method: string, shape: Shape, use: unknown): this {
    this.#requireReader(`The ${method}() method is only for statements that return data`)
    if (typeof use !== 'boolean') throw new TypeError('Expected first argument to be a boolean')
    if (use) this.#shape = shape
    else if (this.#shape === shape) this.#shape = 'record'
    return this
  }

  #requireReader(message: string): void {
    if (this.reader) return
    this.#compile()
    throw new TypeError(message)
  }

  /**
   * better-sqlite3 has compiled a statement before it looks at anything else.
   *
   * @returns how many columns its rows have; 0 where it returns none
   */
  #compile(): number {
    return askHarness<'compile'>({ kind: 'compile', sql: this.#read.sql }).columns
  }

  #bind(given: readonly unknown[]): SqlValue[] {
    this.#requireOpen()
    if (this.#bound !== null) {
      if (given.length > 0) throw new TypeError('This statement already has bound parameters')
      return this.#bound
    }
    try {
      return bindValues(this.#read, given)
    } catch (error) {
      this.#compile()
      throw error
    }
  }

  #readRows(given: readonly unknown[]): ReadRows {
    this.#requireReader('This statement does not return data. Use run() instead')
    const values = this.#bind(given)
    return { rows: askHarness<'all'>({ kind: 'all', sql: this.#read.sql, values }), values }
  }

  #shapeRows({ rows, values }: ReadRows, limit = rows.length): unknown[] {
    const shown = rows.slice(0, limit)
    if (this.#shape === 'record')
      return shown.map((row) =>
        Object.fromEntries(Object.entries(row).map(([name, value]) => [name, this.#toValue(value)])),
      )
    const lists = this.#listRows(shown, values).map((row) => row.map((value) => this.#toValue(value)))
    if (this.#shape === 'list') return lists
    if (this.#shape === 'value') return lists.map(([first]) => first)
    const columns = lists.length === 0 ? [] : this.#readColumns()
    return lists.map((row) => nest(columns, row))
  }

  /** A record keeps one of several columns with the same name, and puts names that are numbers first. */
  #listRows(rows: readonly SqlRow[], values: readonly SqlValue[]): readonly (readonly SqlValue[])[] {
    const [first] = rows
    if (first === undefined) return []
    const { sql, isQuery, isPragma } = this.#read
    const keys = Object.keys(first)
    const isWhole = isPragma || keys.length === this.#compile()
    if (isWhole && !keys.some((key) => /^\d+$/.test(key))) return rows.map((row) => Object.values(row))
    if (isQuery) return askHarness<'lists'>({ kind: 'lists', sql, values }).slice(0, rows.length)
    const names = this.#readColumns().map(({ name }) => name)
    if (isWhole) return rows.map((row) => names.map((name) => row[name] ?? null))
    refuseFeature(
      'not-supported',
      'a statement that returns two columns of the same name as a list',
      'give the columns names of their own',
    )
  }

  #toValue(value: SqlValue): Value {
    if (typeof value === 'bigint') return this.#isSafe ? value : Number(value)
    if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    return value
  }
}

export interface StatementSurroundings {
  readonly requireOpen: () => void
  readonly isSafe: boolean
  /** Whether it is one that `pragma` makes, which returns rows even where there are none. */
  readonly isPragma: boolean
}

function requireOne(source: string): ReadStatement {
  const read = readText(source)
  if (read.statements === 'one') return read.statement
  if (read.statements === 'none') throw new RangeError('The supplied SQL string contains no statements')
  askHarness<'compile'>({ kind: 'compile', sql: read.first })
  throw new RangeError('The supplied SQL string contains more than one statement')
}

/** A row as records by table; `$` for the columns of none. */
function nest(columns: readonly Column[], row: readonly Value[]): Record<string, Record<string, Value>> {
  const nested: Record<string, Record<string, Value>> = {}
  for (const [index, { table, name }] of columns.entries()) {
    nested[table ?? '$'] ??= {}
    Object.assign(nested[table ?? '$'] ?? {}, { [name]: row[index] })
  }
  return nested
}
