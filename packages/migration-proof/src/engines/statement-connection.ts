import type { Connection, SqlRow, SqlValue } from '../sql/connection.ts'
import { toLiteral } from '../sql/literal.ts'
import { splitStatements } from '../sql/split.ts'
import { tokenize } from '../sql/tokens.ts'
import { EngineError, toEngineError } from './errors.ts'

/** The least that an engine must be able to do: run one statement that has no parameters. */
export interface StatementRunner {
  /** Runs one statement and returns its rows; throws an error whose message is the engine's. */
  run(sql: string): readonly SqlRow[]
  /** Whether a transaction is open; if an engine has no such property, or it says null, it is found out by a statement. */
  isInTransaction?(): boolean | null
  openMemory(): Connection
  close(): void
}

/**
 * Makes a connection of an engine that can run one statement at a time, and nothing more.
 *
 * @example
 * ```js
 * import Database from 'better-sqlite3'
 * import { connectionOf } from 'migration-proof'
 *
 * const open = (file) => {
 *   const database = new Database(file)
 *   const run = (sql) => {
 *     const statement = database.prepare(sql)
 *     return statement.reader ? statement.safeIntegers().all() : (statement.run(), [])
 *   }
 *   return connectionOf({ run, openMemory: () => open(':memory:'), close: () => database.close() })
 * }
 * const connection = open('notes.db')
 * console.log(connection.all('SELECT id FROM note WHERE text = ?', ['buy milk'])) // [ { id: 1n } ]
 * connection.close()
 * ```
 */
export function connectionOf({ run, isInTransaction, openMemory, close }: StatementRunner): Connection {
  const runOne = (sql: string): SqlRow[] => {
    try {
      return [...run(sql)]
    } catch (error) {
      throw isCoded(error) ? error : toEngineError(error, connection)
    }
  }
  // The same statements come again with other values, and to take one apart takes as long as to run it.
  const cutBefore = new Map<string, CutStatement>()
  const cut = (sql: string) => {
    const statement = cutBefore.get(sql) ?? cutAtParameters(onlyStatement(sql))
    cutBefore.set(sql, statement)
    return statement
  }
  const connection: Connection = {
    exec: (sql) => {
      for (const statement of splitStatements(sql)) runOne(statement)
    },
    all: (sql, parameters = []) => runOne(renderParameters(cut(sql), parameters)),
    get inTransaction() {
      return isInTransaction?.() ?? refusesBegin(runOne)
    },
    openMemory,
    close,
  }
  return connection
}

function isCoded(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
}

function onlyStatement(sql: string): string {
  const [statement, ...others] = splitStatements(sql)
  if (statement !== undefined && others.length === 0) return statement
  throw new EngineError('SQLITE_MISUSE', 'expected one statement')
}

/** BEGIN, which takes no lock, is refused inside a transaction. */
function refusesBegin(run: (sql: string) => unknown): boolean {
  try {
    run('BEGIN')
  } catch (error) {
    if (isCoded(error)) return true
    throw error
  }
  run('ROLLBACK')
  return false
}

/** A statement cut at its parameters: one text more than it has parameters. */
export type CutStatement = readonly [first: string, ...rest: string[]]

function cutAtParameters(sql: string): CutStatement {
  const texts: [string, ...string[]] = ['']
  for (const { kind, text } of tokenize(sql)) {
    if (kind === 'parameter') texts.push('')
    else texts[texts.length - 1] += text
  }
  return texts
}

/**
 * Writes parameters into a statement as literals, for an engine that cannot bind them.
 *
 * @throws {EngineError} `SQLITE_RANGE` when there are more or fewer `?` than parameters
 */
function renderParameters([first, ...rest]: CutStatement, parameters: readonly SqlValue[]): string {
  if (rest.length !== parameters.length)
    throw new EngineError('SQLITE_RANGE', `expected ${rest.length} parameters, found ${parameters.length}`)
  return first + rest.map((text, index) => renderValue(parameters[index] ?? null) + text).join('')
}

/**
 * A statement with its parameters as literals.
 *
 * @throws {EngineError} `SQLITE_RANGE` when there are more or fewer `?` than parameters
 */
export function inlineParameters(sql: string, parameters: readonly SqlValue[]): string {
  return renderParameters(cutAtParameters(sql), parameters)
}

function renderValue(value: SqlValue): string {
  if (value === null) return toLiteral({ type: 'null' })
  if (typeof value === 'bigint') return toLiteral({ type: 'integer', value })
  if (typeof value === 'number') return toLiteral({ type: 'real', value })
  if (typeof value === 'string') return toLiteral({ type: 'text', value: Buffer.from(value) })
  return toLiteral({ type: 'blob', value })
}
