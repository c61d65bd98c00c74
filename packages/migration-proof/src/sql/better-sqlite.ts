import Database from 'better-sqlite3'
import type { Connection, SqlRow, SqlValue } from './connection.ts'

/** The harness's view of a better-sqlite3 database. The database's own settings stay as they are. */
export function betterSqliteConnection(database: Database.Database): Connection {
  return {
    exec: (sql) => {
      database.exec(sql)
    },
    all: (sql, parameters = []) => runStatement(database, sql, parameters),
    get inTransaction() {
      return database.inTransaction
    },
    openMemory: () => betterSqliteConnection(new Database(':memory:')),
    close: () => {
      database.close()
    },
  }
}

function runStatement(database: Database.Database, sql: string, parameters: readonly SqlValue[]): SqlRow[] {
  const statement = database.prepare<SqlValue[], SqlRow>(sql)
  if (!statement.reader) {
    statement.run(...parameters)
    return []
  }
  return statement.safeIntegers(true).all(...parameters)
}
