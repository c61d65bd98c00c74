import Database from 'better-sqlite3'
import { betterSqliteConnection } from '../../src/engines/better-sqlite3.ts'
import type { Schema } from '../../src/schema/model.ts'
import { readSchema } from '../../src/schema/read.ts'
import type { Connection } from '../../src/sql/connection.ts'

/** Runs the work on an empty in-memory database in which the SQL was run. */
export function withDatabase<Result>(sql: string, work: (connection: Connection) => Result): Result {
  const connection = betterSqliteConnection(new Database(':memory:'))
  try {
    connection.exec(sql)
    return work(connection)
  } finally {
    connection.close()
  }
}

/** The schema that the SQL makes. */
export function schemaOf(sql: string): Schema {
  return withDatabase(sql, readSchema)
}
