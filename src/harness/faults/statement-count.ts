import type { Connection } from '../sql/connection.ts'

/**
 * A connection that tells of each statement after it succeeded. Queries are left out: they make no version, and
 * how many there are depends on what the migrator knows already.
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
    all: (sql, parameters) => {
      const rows = connection.all(sql, parameters)
      return isQuery(sql) ? rows : counted(rows)
    },
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
