import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'libsql'
import { type Connection, connectionOf, type Engine, type SqlRow } from 'migration-proof'

/** libsql, a fork of SQLite, on files. */
export const libsqlEngine: Engine = {
  name: 'libsql',
  open: (file) => {
    const folder = mkdtempSync(join(tmpdir(), 'libsql-'))
    const database = join(folder, 'file.db')
    writeFileSync(database, file)
    const connection = connect(database)
    let isOpen = true
    const close = () => {
      if (isOpen) connection.close()
      isOpen = false
    }
    return {
      connection,
      save: () => {
        // It leaves the WAL behind when it closes.
        connection.all('PRAGMA wal_checkpoint(TRUNCATE)')
        close()
        return readFileSync(database)
      },
      [Symbol.dispose]: () => {
        close()
        rmSync(folder, { recursive: true })
      },
    }
  },
}

function connect(file: string): Connection {
  const database = new Database(file)
  return connectionOf({
    run: (sql) => readRows(database, sql),
    isInTransaction: () => database.inTransaction,
    openMemory: () => connect(':memory:'),
    close: () => database.close(),
  })
}

function readRows(database: Database.Database, sql: string): SqlRow[] {
  const statement = database.prepare(sql)
  if (!statement.reader) {
    statement.run()
    return []
  }
  const rows = statement.safeIntegers(true).all().map(toRow)
  // The plan of a write counts as a write in progress, and forbids savepoints, until it is read past its end.
  if (/^EXPLAIN/i.test(sql)) statement.get()
  return rows
}

function toRow(row: unknown): SqlRow {
  return Object.fromEntries(
    Object.entries(row ?? {})
      .filter(([name]) => name !== '_metadata')
      .map(([name, value]) => [name, value instanceof ArrayBuffer ? new Uint8Array(value) : value]),
  )
}
