import type { Connection } from '../sql/connection.ts'

/** A connection that counts the rows that statements try to insert, refused ones included. */
export interface CountingConnection extends Connection {
  readonly insertedRows: number
}

/** Counts each INSERT that reaches the engine; nothing that was generated and then not used. */
export function countInserts(connection: Connection): CountingConnection {
  let insertedRows = 0
  return {
    get insertedRows() {
      return insertedRows
    },
    exec: (sql) => connection.exec(sql),
    all: (sql, parameters) => {
      if (sql.startsWith('INSERT')) insertedRows++
      return connection.all(sql, parameters)
    },
    get inTransaction() {
      return connection.inTransaction
    },
    openMemory: () => connection.openMemory(),
    close: () => connection.close(),
  }
}
