import { EventEmitter } from 'node:events'
import type { SqlRow, SqlValue } from '../../../sql/connection.ts'
import { refuseFeature } from '../current-task.ts'
import { askHarness, copyFailure } from './ask-harness.ts'
import { openGiven } from './given-file.ts'
import { type ReadStatement, readText } from './read-statement.ts'
import { SqliteError } from './sqlite-error.ts'

type Callback = (this: unknown, error: unknown, ...results: unknown[]) => void

/** https://www.sqlite.org/rescode.html#primary_result_code_list, from 0. */
const primaryCodes: readonly string[] = [
  ...['OK', 'ERROR', 'INTERNAL', 'PERM', 'ABORT', 'BUSY', 'LOCKED', 'NOMEM', 'READONLY', 'INTERRUPT'],
  ...['IOERR', 'CORRUPT', 'NOTFOUND', 'FULL', 'CANTOPEN', 'PROTOCOL', 'EMPTY', 'SCHEMA', 'TOOBIG'],
  ...['CONSTRAINT', 'MISMATCH', 'MISUSE', 'NOLFS', 'AUTH', 'FORMAT', 'RANGE', 'NOTADB'],
]

/** What a statement gives to its callback. */
type Work = (given: readonly unknown[]) => readonly unknown[]

/** Runs the work now, and calls back later, as the driver does. */
function callLater(emitter: EventEmitter, done: Callback | null, work: () => readonly unknown[]): void {
  let outcome: readonly [unknown, ...unknown[]]
  try {
    outcome = [null, ...work()]
  } catch (error) {
    outcome = [toDriverError(error)]
  }
  setImmediate(() => {
    if (done !== null) done.apply(emitter, [...outcome])
    // Without a listener it ends the process, and here the task.
    else if (outcome[0] !== null) emitter.emit('error', outcome[0])
  })
}

/** The driver knows no extended codes, and writes the code before the message. */
function toDriverError(error: unknown): unknown {
  if (!(error instanceof SqliteError)) return error
  const [code = 'SQLITE_ERROR', name = 'ERROR'] = /^SQLITE_([A-Z]+)/.exec(error.code) ?? []
  const errno = primaryCodes.indexOf(name)
  return copyFailure(error, Object.assign(new Error(`${code}: ${error.message}`), { errno, code }))
}

/** Cuts off the callback. */
function readGiven(given: readonly unknown[]): {
  readonly values: readonly unknown[]
  readonly done: Callback | null
} {
  const last = given.at(-1)
  const isCallback = (value: unknown): value is Callback => typeof value === 'function'
  const values = given.filter(
    (value, index) => index < given.length - 1 || (!isCallback(value) && value !== undefined),
  )
  return { values, done: isCallback(last) ? last : null }
}

/** The imitation of a statement of the package sqlite3. Text after the first statement is ignored, as there. */
class Statement extends EventEmitter {
  readonly sql: string
  lastID: number | undefined
  changes: number | undefined
  readonly #read: ReadStatement | null
  #bound: readonly unknown[] = []

  constructor(sql: string) {
    super()
    this.sql = sql
    this.#read = readFirst(sql)
  }

  run(...given: readonly unknown[]): this {
    return this.#call(given, (values) => {
      const { sql, bound } = this.#bind(values)
      const result = askHarness<'run'>({ kind: 'run', sql, values: bound, changesRows: true })
      this.lastID = Number(result.lastInsertRowid)
      this.changes = Number(result.changes)
      return []
    })
  }

  get(...given: readonly unknown[]): this {
    return this.#call(given, (values) => this.#rows(values).slice(0, 1))
  }

  all(...given: readonly unknown[]): this {
    return this.#call(given, (values) => [this.#rows(values)])
  }

  /** Calls back with each row, and then with their number. */
  each(...given: readonly unknown[]): this {
    const { values, done } = readGiven(given)
    const first = values.at(-1)
    const onRow = typeof first === 'function' ? first : done
    const onEnd = typeof first === 'function' ? done : null
    const parameters = values.filter((value) => typeof value !== 'function')
    callLater(
      this,
      (error, ...rows) => {
        for (const row of rows) onRow?.call(this, null, row)
        onEnd?.call(this, error, rows.length)
        if (error !== null && onEnd === null) onRow?.call(this, error)
      },
      () => this.#rows(parameters),
    )
    return this
  }

  bind(...given: readonly unknown[]): this {
    return this.#call(given, (values) => {
      this.#bound = values
      return []
    })
  }

  reset(done?: Callback): this {
    return this.#call([done], () => [])
  }

  finalize(done?: Callback): void {
    this.#call([done], () => [])
  }

  #call(given: readonly unknown[], work: Work): this {
    const { values, done } = readGiven(given)
    callLater(this, done, () => work(values))
    return this
  }

  #rows(values: readonly unknown[]): Record<string, unknown>[] {
    const { sql, bound } = this.#bind(values)
    return askHarness<'all'>({ kind: 'all', sql, values: bound }).map(toRecord)
  }

  #bind(given: readonly unknown[]): { readonly sql: string; readonly bound: readonly SqlValue[] } {
    if (this.#read === null) throw new SqliteError('not an error', 'SQLITE_MISUSE')
    if (given.length > 0) this.#bound = given
    return { sql: this.#read.sql, bound: bindValues(this.#read, this.#bound) }
  }
}

/** Null for a text without a statement. */
function readFirst(sql: string): ReadStatement | null {
  const read = readText(sql)
  if (read.statements === 'several') return readFirst(read.first)
  return read.statements === 'one' ? read.statement : null
}

/** The driver binds by position, or by name with its first character; what is not bound is NULL. */
function bindValues({ names, order }: ReadStatement, given: readonly unknown[]): SqlValue[] {
  const values = new Map<number, SqlValue>()
  const bind = (index: number, value: unknown) => {
    // The driver leaves it out, even where there is no such parameter.
    if (value === undefined) return
    if (index < 0 || index >= names.length) throw new SqliteError('column index out of range', 'SQLITE_RANGE')
    values.set(index, toSqlValue(value))
  }
  const [first] = given
  if (Array.isArray(first)) for (const [index, value] of first.entries()) bind(index, value)
  else if (isNamed(first))
    for (const [name, value] of Object.entries(first))
      bind(/^\d+$/.test(name) ? Number(name) - 1 : names.indexOf(name), value)
  else for (const [index, value] of given.entries()) bind(index, value)
  return order.map((index) => values.get(index) ?? null)
}

function isNamed(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  return !(ArrayBuffer.isView(value) || value instanceof Date || value instanceof RegExp)
}

function toSqlValue(value: unknown): SqlValue {
  if (typeof value === 'number') return value === (value | 0) ? BigInt(value) : value
  if (typeof value === 'boolean') return value ? 1n : 0n
  if (typeof value === 'string' || value === null) return value
  if (value instanceof Date) return value.valueOf()
  if (ArrayBuffer.isView(value))
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength).slice()
  if (typeof value === 'bigint')
    refuseFeature('not-supported', 'a bigint, which this driver binds as NULL', 'bind it as text')
  return typeof value === 'object' ? String(value) : null
}

function toRecord(row: SqlRow): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => {
      if (typeof value === 'bigint') return [name, Number(value)]
      if (value instanceof Uint8Array)
        return [name, Buffer.from(value.buffer, value.byteOffset, value.byteLength)]
      return [name, value]
    }),
  )
}

/**
 * The imitation of the package sqlite3, as knex, Sequelize and TypeORM use it. Statements run in the order in which they
 * are called, as in `serialize`.
 */
class Database extends EventEmitter {
  readonly filename: string
  open = true

  constructor(filename: string, ...given: readonly unknown[]) {
    super()
    this.filename = filename
    const { done } = readGiven(given)
    callLater(this, done, () => {
      openGiven(filename.trim())
      setImmediate(() => this.emit('open'))
      return []
    })
  }

  run(sql: string, ...given: readonly unknown[]): this {
    new Statement(sql).run(...given)
    return this
  }

  get(sql: string, ...given: readonly unknown[]): this {
    new Statement(sql).get(...given)
    return this
  }

  all(sql: string, ...given: readonly unknown[]): this {
    new Statement(sql).all(...given)
    return this
  }

  each(sql: string, ...given: readonly unknown[]): this {
    new Statement(sql).each(...given)
    return this
  }

  exec(sql: string, done: Callback | null = null): this {
    callLater(this, done, () => {
      askHarness<'exec'>({ kind: 'exec', sql })
      return []
    })
    return this
  }

  prepare(sql: string, ...given: readonly unknown[]): Statement {
    const statement = new Statement(sql)
    return given.length === 0 ? statement : statement.bind(...given)
  }

  /** The connection is that of the harness, and stays open. */
  close(done: Callback | null = null): void {
    this.open = false
    callLater(this, done, () => [])
  }

  serialize(work?: () => void): this {
    work?.()
    return this
  }

  parallelize(work?: () => void): this {
    return this.serialize(work)
  }

  wait(done: Callback | null = null): this {
    callLater(this, done, () => [])
    return this
  }

  configure(): void {}

  interrupt(): void {}

  loadExtension(path: string): never {
    refuseFeature('not-supported', `the extension ${path}`, 'do without it')
  }
}

const constants = Object.fromEntries(primaryCodes.map((name, code) => [name, code]))

/** What `require('sqlite3')` returns in a thread of tasks. */
export const sqlite3 = {
  ...constants,
  OPEN_READONLY: 1,
  OPEN_READWRITE: 2,
  OPEN_CREATE: 4,
  OPEN_URI: 0x40,
  OPEN_FULLMUTEX: 0x1_00_00,
  OPEN_SHAREDCACHE: 0x2_00_00,
  OPEN_PRIVATECACHE: 0x4_00_00,
  Database,
  Statement,
  cached: { Database: (...given: ConstructorParameters<typeof Database>) => new Database(...given) },
  verbose: () => sqlite3,
}
