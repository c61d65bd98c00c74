import type { Connection } from '../sql/connection.ts'
import { splitStatements } from '../sql/split.ts'

/** A statement that is about to run, and the version it belongs to; null for one that belongs to none. */
export interface StatementEvent {
  readonly sql: string
  readonly version: number | null
}

export type StatementObserver = (event: StatementEvent) => void

/** A connection that runs one statement at a time, reports each before it runs, and knows which one failed. */
export interface ObservedConnection extends Connection {
  /** The version that the statements belong to; null between migrations. */
  readonly version: number | null
  /** The statement that threw since the last `enter`; null while none has. */
  readonly failedStatement: string | null
  /** Whether a statement has returned rows since the last `enter`: a later one may have been made of their values. */
  readonly hasReadRows: boolean
  /** Whether a statement was to return rows since the last `enter`: what follows may depend on there being some. */
  readonly hasAskedForRows: boolean
  /** Says which version the next statements belong to. */
  enter(version: number | null): void
}

/**
 * Makes each statement of a connection observable. What the observer throws stops the statement; a ROLLBACK is
 * not reported, so that nothing can stop it.
 */
export function observeStatements(
  connection: Connection,
  observe: StatementObserver = () => {},
): ObservedConnection {
  let version: number | null = null
  let failedStatement: string | null = null
  let hasReadRows = false
  let hasAskedForRows = false

  const attempt = <Result>(sql: string, work: () => Result): Result => {
    try {
      if (sql !== 'ROLLBACK') observe({ sql, version })
      return work()
    } catch (error) {
      failedStatement = sql
      throw error
    }
  }

  return {
    get version() {
      return version
    },
    get failedStatement() {
      return failedStatement
    },
    get hasReadRows() {
      return hasReadRows
    },
    get hasAskedForRows() {
      return hasAskedForRows
    },
    enter: (next) => {
      version = next
      failedStatement = null
      hasReadRows = false
      hasAskedForRows = false
    },
    exec: (sql) => {
      for (const statement of splitStatements(sql)) attempt(statement, () => connection.exec(statement))
    },
    all: (sql, parameters) => {
      hasAskedForRows = true
      const rows = attempt(sql, () => connection.all(sql, parameters))
      if (rows.length > 0) hasReadRows = true
      return rows
    },
    get inTransaction() {
      return connection.inTransaction
    },
    openMemory: () => connection.openMemory(),
    close: () => connection.close(),
  }
}
