import type { Connection } from '../../src/sql/connection.ts'

/** What a connection answers to SQL: `accepted`, or the code of its error. */
export function codeOf(connection: Connection, sql: string): unknown {
  try {
    connection.exec(sql)
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error
  }
  return 'accepted'
}
