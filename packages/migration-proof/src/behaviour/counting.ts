import type { Connection } from '../sql/connection.ts'

/** Counts the rows that statements try to insert, refused ones included. */
export interface RowCounter {
  readonly rows: number
  /** A connection whose rows are counted. */
  watch(connection: Connection): Connection
}

/** Counts each INSERT that reaches an engine; nothing that was generated and then not used. */
export function createRowCounter(): RowCounter {
  let rows = 0
  return {
    get rows() {
      return rows
    },
    watch: (connection) => ({
      exec: (sql) => connection.exec(sql),
      all: (sql, parameters) => {
        if (sql.startsWith('INSERT')) rows++
        return connection.all(sql, parameters)
      },
      get inTransaction() {
        return connection.inTransaction
      },
      openMemory: () => connection.openMemory(),
      close: () => connection.close(),
    }),
  }
}
