import type { Connection } from '../sql/connection.ts'

/**
 * A connection that tells of each statement after it succeeded.
 *
 * @param afterStatement told how many statements succeeded before this one
 */
export function countStatements(connection: Connection, afterStatement: (index: number) => void): Connection {
  let count = 0
  const counted = <Result>(result: Result): Result => {
    afterStatement(count++)
    return result
  }
  return {
    exec: (sql) => counted(connection.exec(sql)),
    all: (sql, parameters) => counted(connection.all(sql, parameters)),
    get inTransaction() {
      return connection.inTransaction
    },
    openMemory: () => connection.openMemory(),
    close: () => connection.close(),
  }
}
