import Database from 'better-sqlite3'
import { onTestFinished } from 'vitest'
import { betterSqliteConnection } from '../../src/engines/better-sqlite3.ts'
import type { Connection } from '../../src/sql/connection.ts'

/** A database in memory in which these statements ran, until the test ends. */
export function openMemory(...statements: readonly string[]): Connection {
  const database = new Database(':memory:')
  onTestFinished(() => {
    database.close()
  })
  for (const sql of statements) database.exec(sql)
  return betterSqliteConnection(database)
}

/** The bytes of a database in which these statements ran. */
export function makeImage(...statements: readonly string[]): Buffer {
  const database = new Database(':memory:')
  for (const sql of statements) database.exec(sql)
  const bytes = database.serialize()
  database.close()
  return bytes
}
