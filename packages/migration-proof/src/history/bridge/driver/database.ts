import { refuseFeature } from '../current-task.ts'
import { askHarness } from './ask-harness.ts'
import { openGiven } from './given-file.ts'
import { SqliteError } from './sqlite-error.ts'
import { Statement } from './statement.ts'

interface Options {
  readonly readonly?: boolean
  readonly verbose?: ((sql: string) => void) | null
}

type Work = (this: unknown, ...values: unknown[]) => unknown

/**
 * The imitation of better-sqlite3's `Database`. Whatever file it is given, its statements run on the connection that the
 * harness has given for the call.
 */
export class Database {
  static readonly SqliteError = SqliteError
  readonly name: string
  readonly readonly: boolean
  readonly memory: boolean
  readonly #verbose: ((sql: string) => void) | null
  #isOpen = true
  #isSafe = false

  constructor(file: unknown = '', options: Options = {}) {
    if (typeof file !== 'string') {
      if (!Buffer.isBuffer(file)) throw new TypeError('Expected first argument to be a string')
      refuseFeature('not-supported', 'a database that is opened from bytes', 'open the file itself')
    }
    if (typeof options !== 'object') throw new TypeError('Expected second argument to be an options object')
    const name = file.trim()
    openGiven(name)
    this.name = name
    this.memory = name === '' || name === ':memory:'
    this.readonly = options.readonly === true
    this.#verbose = options.verbose ?? null
  }

  get open(): boolean {
    return this.#isOpen
  }

  get inTransaction(): boolean {
    return this.#isOpen && askHarness<'in-transaction'>({ kind: 'in-transaction' })
  }

  prepare(sql: unknown): Statement {
    return this.#prepare(sql, false)
  }

  exec(sql: unknown): this {
    if (typeof sql !== 'string') throw new TypeError('Expected first argument to be a string')
    this.#requireOpen()
    this.#verbose?.(sql)
    askHarness<'exec'>({ kind: 'exec', sql })
    return this
  }

  pragma(source: unknown, options: { readonly simple?: boolean } = {}): unknown {
    if (typeof source !== 'string') throw new TypeError('Expected first argument to be a string')
    if (typeof options !== 'object') throw new TypeError('Expected second argument to be an options object')
    const statement = this.#prepare(`PRAGMA ${source}`, true)
    return options.simple === true ? statement.pluck().get() : statement.all()
  }

  transaction(work: unknown) {
    if (typeof work !== 'function') throw new TypeError('Expected first argument to be a function')
    const inside = wrapTransaction(this, work as Work)
    const variants = {
      default: inside('BEGIN'),
      deferred: inside('BEGIN DEFERRED'),
      immediate: inside('BEGIN IMMEDIATE'),
      exclusive: inside('BEGIN EXCLUSIVE'),
    }
    for (const variant of Object.values(variants)) Object.assign(variant, { ...variants, database: this })
    return variants.default
  }

  /** The connection is that of the harness, and stays open. */
  close(): this {
    this.#isOpen = false
    return this
  }

  defaultSafeIntegers(use = true): this {
    if (typeof use !== 'boolean') throw new TypeError('Expected first argument to be a boolean')
    this.#isSafe = use
    return this
  }

  unsafeMode(): this {
    return this
  }

  function(name: unknown): never {
    refuseFeature(
      'not-supported',
      `the function ${String(name)} that SQL is to call`,
      'name it under connection.functions in the config',
    )
  }

  aggregate(name: unknown): never {
    refuseFeature('not-supported', `the aggregate function ${String(name)}`, 'compute it in the migration')
  }

  table(name: unknown): never {
    refuseFeature('not-supported', `the virtual table ${String(name)}`, 'use a table of the database')
  }

  loadExtension(path: unknown): never {
    refuseFeature('not-supported', `the extension ${String(path)}`, 'do without it')
  }

  backup(): never {
    refuseFeature('not-supported', 'a backup', 'make it outside of the migration')
  }

  serialize(): never {
    refuseFeature('not-supported', 'a copy of the bytes', 'make it outside of the migration')
  }

  #prepare(sql: unknown, isPragma: boolean): Statement {
    if (typeof sql !== 'string') throw new TypeError('Expected first argument to be a string')
    this.#requireOpen()
    this.#verbose?.(sql)
    return new Statement(this, sql, {
      requireOpen: () => this.#requireOpen(),
      isSafe: this.#isSafe,
      isPragma,
    })
  }

  #requireOpen(): void {
    if (!this.#isOpen) throw new TypeError('The database connection is not open')
  }
}

/** As the driver names it: errors show it. */
const savepoint = '`\t_bs3.\t`'

/** Inside a transaction, a savepoint takes its part. */
function wrapTransaction(database: Database, work: Work) {
  return (begin: string) =>
    function sqliteTransaction(this: unknown, ...values: unknown[]): unknown {
      const isNested = database.inTransaction
      database.exec(isNested ? `SAVEPOINT ${savepoint}` : begin)
      try {
        const result = work.apply(this, values)
        if (isThenable(result)) throw new TypeError('Transaction function cannot return a promise')
        database.exec(isNested ? `RELEASE ${savepoint}` : 'COMMIT')
        return result
      } catch (error) {
        if (database.inTransaction)
          database.exec(isNested ? `ROLLBACK TO ${savepoint}; RELEASE ${savepoint}` : 'ROLLBACK')
        throw error
      }
    }
}

function isThenable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
