import type { Connection } from '../sql/connection.ts'

/**
 * A connection that tells of each statement after it succeeded. Queries are left out: they make no version, and
 * how many there are depends on what the migrator knows already.
 *
 * @param afterStatement called with the number of statements that succeeded before this one
 * @param afterFailure called when a statement or a query has failed
 */
export function countStatements(
  connection: Connection,
  afterStatement: (index: number) => void,
  afterFailure: () => void = () => {},
): Connection {
  let count = 0
  const attempt = <Result>(isCounted: boolean, work: () => Result): Result => {
    let result: Result
    try {
      result = work()
    } catch (error) {
      afterFailure()
      throw error
    }
    if (isCounted) afterStatement(count++)
    return result
  }
  return {
    exec: (sql) => attempt(true, () => connection.exec(sql)),
    all: (sql, parameters) => attempt(!isQuery(sql), () => connection.all(sql, parameters)),
    get inTransaction() {
      return connection.inTransaction
    },
    openMemory: () => connection.openMemory(),
    close: () => connection.close(),
  }
}

function isQuery(sql: string): boolean {
  return /^\s*SELECT\b/i.test(sql)
}
