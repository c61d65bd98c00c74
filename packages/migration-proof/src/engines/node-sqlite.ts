import { pathToFileURL } from 'node:url'
import type BetterSqlite3 from 'better-sqlite3'
import { readText } from '../errors.ts'
import type { SqlRow, SqlValue } from '../sql/connection.ts'
import { type Token, tokenize } from '../sql/tokens.ts'
import { nameOfCode } from './result-codes.ts'

/**
 * Node's own SQLite with as much of better-sqlite3's interface as the harness uses of it, for projects that have no other
 * engine. What differs between both is made the same here: the codes of errors, how a file is opened, and what is refused.
 */

/** The module `node:sqlite`, as far as it is used. The types of Node 20, the oldest that is supported, have none of it. */
interface NodeSqlite {
  readonly DatabaseSync: new (
    path: string,
    options?: { readonly readOnly?: boolean; readonly timeout?: number },
  ) => DatabaseSync
  backup(
    source: DatabaseSync,
    path: string,
    options: { readonly rate: number; readonly progress: (progress: BetterSqlite3.BackupMetadata) => void },
  ): Promise<number>
}

interface DatabaseSync {
  readonly isOpen: boolean
  readonly isTransaction: boolean
  exec(sql: string): void
  prepare(sql: string): StatementSync
  function(
    name: string,
    options: {
      readonly deterministic: boolean
      readonly directOnly: boolean
      readonly useBigIntArguments: boolean
      readonly varargs: boolean
    },
    work: (...values: SqlValue[]) => unknown,
  ): void
  serialize?(): Uint8Array
  deserialize(bytes: Uint8Array): void
  enableDefensive(isOn: boolean): void
  close(): void
}

interface StatementSync {
  readonly sourceSQL: string
  all(...values: readonly unknown[]): SqlRow[]
  run(...values: readonly unknown[]): BetterSqlite3.RunResult
  columns(): BetterSqlite3.ColumnDefinition[]
  setReadBigInts(isOn: boolean): void
}

/**
 * The module, where this Node has it in a form that the harness can work with. Older ones end a text at its first NUL, and
 * give no bytes of a database in memory.
 */
function loadModule(): NodeSqlite | null {
  const { emitWarning } = process
  // It warns that it may still change, into what a command prints.
  process.emitWarning = () => {}
  try {
    const loaded = process.getBuiltinModule?.('node:sqlite') as NodeSqlite | undefined
    if (loaded === undefined) return null
    const database = new loaded.DatabaseSync(':memory:')
    const canSerialize = database.serialize !== undefined
    database.close()
    return canSerialize ? loaded : null
  } finally {
    process.emitWarning = emitWarning
  }
}

let sqlite: NodeSqlite | null | undefined

/** @returns null where this Node has no such module, or an older form of it */
function findModule(): NodeSqlite | null {
  if (sqlite === undefined) sqlite = loadModule()
  return sqlite
}

/** Whether this Node has an SQLite that the harness can work with. */
export function hasNodeSqlite(): boolean {
  return findModule() !== null
}

/** An error of SQLite as better-sqlite3 throws it. */
class SqliteError extends Error {
  override readonly name = 'SqliteError'
  readonly code: string

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** Does some work, whose errors get the names of their codes. */
function withCodes<Result>(work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    throw toSqliteError(error)
  }
}

function toSqliteError(error: unknown): unknown {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return error
  const name = nameOfCode(error.errcode)
  return name === null ? error : new SqliteError(name, error.message, { cause: error })
}

/** How many values a statement takes. */
function countParameters(sql: string): number {
  if (!/[?:@$]/.test(sql)) return 0
  const names = tokenize(sql).flatMap(({ kind, text }) => (kind === 'parameter' ? [text] : []))
  return names.filter((name, index) => name === '?' || names.indexOf(name) === index).length
}

class Statement {
  readonly #statement: StatementSync
  readonly #parameters: number
  #isPlucked = false
  #reader: boolean | undefined

  constructor(database: DatabaseSync, sql: string) {
    this.#statement = withCodes(() => prepareOne(database, sql))
    this.#parameters = countParameters(this.#statement.sourceSQL)
  }

  /** Whether it returns rows. */
  get reader(): boolean {
    this.#reader ??= withCodes(() => this.#statement.columns()).length > 0
    return this.#reader
  }

  safeIntegers(isOn = true): this {
    this.#statement.setReadBigInts(isOn)
    return this
  }

  pluck(isOn = true): this {
    this.#isPlucked = isOn
    return this
  }

  columns(): BetterSqlite3.ColumnDefinition[] {
    return withCodes(() => this.#statement.columns())
  }

  run(...values: readonly unknown[]): BetterSqlite3.RunResult {
    this.#requireCount(values)
    return withCodes(() => this.#statement.run(...values))
  }

  get(...values: readonly unknown[]): unknown {
    return this.all(...values)[0]
  }

  all(...values: readonly unknown[]): unknown[] {
    this.#requireCount(values)
    const rows = withCodes(() => this.#statement.all(...values))
    return this.#isPlucked ? rows.map((row) => Object.values(row)[0]) : rows
  }

  /** Node binds NULL where a value is missing. */
  #requireCount(values: readonly unknown[]): void {
    if (values.length === this.#parameters) return
    const word = values.length < this.#parameters ? 'few' : 'many'
    throw new RangeError(`Too ${word} parameter values were provided`)
  }
}

/** Node runs the first statement of a text, and ignores what follows. */
function prepareOne(database: DatabaseSync, sql: string): StatementSync {
  const statement = prepareFirst(database, sql)
  const rest = sql.slice(sql.indexOf(statement.sourceSQL) + statement.sourceSQL.length)
  const isEmpty = /^[\s;]*$/.test(rest) || tokenize(rest).every(isNoStatement)
  if (!isEmpty) throw new RangeError('The supplied SQL string contains more than one statement')
  return statement
}

function prepareFirst(database: DatabaseSync, sql: string): StatementSync {
  try {
    return database.prepare(sql)
  } catch (error) {
    if (readText(error, 'code') !== 'ERR_INVALID_ARG_VALUE') throw error
    throw new RangeError('The supplied SQL string contains no statements', { cause: error })
  }
}

function isNoStatement({ kind, text }: Token): boolean {
  return text === ';' || kind === 'space' || kind === 'comment'
}

type FunctionOptions = Pick<
  BetterSqlite3.RegistrationOptions,
  'varargs' | 'deterministic' | 'safeIntegers' | 'directOnly'
>

class NodeDatabase {
  readonly #database: DatabaseSync

  constructor(file: string | Buffer, options: BetterSqlite3.Options = {}) {
    this.#database = withCodes(() => (typeof file === 'string' ? openFile(file, options) : openBytes(file)))
    // As better-sqlite3 is built.
    this.#database.enableDefensive(true)
  }

  get open(): boolean {
    return this.#database.isOpen
  }

  get inTransaction(): boolean {
    return this.open && this.#database.isTransaction
  }

  prepare(sql: string): Statement {
    return new Statement(this.#database, sql)
  }

  exec(sql: string): this {
    withCodes(() => this.#database.exec(sql))
    return this
  }

  pragma(text: string, { simple = false }: BetterSqlite3.PragmaOptions = {}): unknown {
    const statement = this.prepare(`PRAGMA ${text}`)
    return simple ? statement.pluck().get() : statement.all()
  }

  function(name: string, options: FunctionOptions, work: (...values: SqlValue[]) => unknown): this {
    const { deterministic = false, directOnly = false, safeIntegers = false, varargs = false } = options
    const given = { deterministic, directOnly, useBigIntArguments: safeIntegers, varargs }
    withCodes(() => this.#database.function(name, given, work))
    return this
  }

  serialize(): Buffer {
    const bytes = withCodes(() => this.#database.serialize?.() ?? new Uint8Array())
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  unsafeMode(isUnsafe = true): this {
    this.#database.enableDefensive(!isUnsafe)
    return this
  }

  close(): this {
    if (this.open) withCodes(() => this.#database.close())
    return this
  }

  /** Copies it into a file, so many pages at a time. */
  async copyTo(
    path: string,
    pagesAtOnce: number,
    report: (progress: BetterSqlite3.BackupMetadata) => void,
  ): Promise<void> {
    const totalPages = Number(this.pragma('page_count', { simple: true }))
    // Node reports between two steps alone: never, of a small database.
    report({ totalPages, remainingPages: totalPages })
    try {
      await requireModule().backup(this.#database, path, { rate: pagesAtOnce, progress: report })
    } catch (error) {
      throw toSqliteError(error)
    }
  }
}

function requireModule(): NodeSqlite {
  const found = findModule()
  if (found === null) throw new Error('this Node has no node:sqlite')
  return found
}

function openFile(file: string, options: BetterSqlite3.Options): DatabaseSync {
  const { readonly = false, fileMustExist = false, timeout = 5000 } = options
  const path = fileMustExist && !readonly ? existingFile(file) : file
  return new (requireModule().DatabaseSync)(path, { readOnly: readonly, timeout })
}

/** The name of a file that SQLite does not make: another process may have moved it away by now. */
export function existingFile(path: string): string {
  return `${pathToFileURL(path).href}?mode=rw`
}

function openBytes(bytes: Buffer): DatabaseSync {
  const database = new (requireModule().DatabaseSync)(':memory:')
  if (bytes.length > 0) database.deserialize(bytes)
  return database
}

/** The class of databases, in the place of better-sqlite3's: the harness uses no member of it that is not here. */
export const nodeSqliteDriver = NodeDatabase as unknown as typeof BetterSqlite3

/**
 * Copies a database into a file, so many pages at a time.
 *
 * @returns null for a database that is not of {@link nodeSqliteDriver}
 */
export function copyNodeDatabase(
  database: unknown,
  path: string,
  pagesAtOnce: number,
  report: (progress: BetterSqlite3.BackupMetadata) => void,
): Promise<void> | null {
  return database instanceof NodeDatabase ? database.copyTo(path, pagesAtOnce, report) : null
}
