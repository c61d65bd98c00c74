import { type Database, openMemory } from '../engines/better-sqlite3.ts'
import type { Connection, SqlRow, SqlValue } from '../sql/connection.ts'

/**
 * A better-sqlite3 database as the harness sees it, which prepares each statement once. With rows by the
 * thousand that halves the time; for a database whose schema changes it is not meant.
 */
export function preparedConnection(database: Database.Database): Connection {
  const prepared = new Map<string, Run>()
  return {
    exec: (sql) => {
      database.exec(sql)
    },
    all: (sql, parameters = []) => {
      let run = prepared.get(sql)
      if (run === undefined) {
        run = prepare(database, sql)
        prepared.set(sql, run)
      }
      return run(parameters)
    },
    get inTransaction() {
      return database.inTransaction
    },
    openMemory: () => preparedConnection(openMemory()),
    close: () => {
      database.close()
    },
  }
}

type Run = (parameters: readonly SqlValue[]) => SqlRow[]

function prepare(database: Database.Database, sql: string): Run {
  const statement = database.prepare<SqlValue[], SqlRow>(sql)
  if (statement.reader) {
    statement.safeIntegers(true)
    return (parameters) => statement.all(...parameters)
  }
  return (parameters) => {
    statement.run(...parameters)
    return []
  }
}
