import { betterSqliteConnection, type Database, openImage, openMemory } from '../engines/better-sqlite3.ts'
import type { Connection } from '../sql/connection.ts'

/** A database in memory that nobody else sees. What is tried on it leaves no trace. */
export interface PrivateCopy {
  readonly connection: Connection
  readonly database: Database.Database
  /** The bytes of the file that the copy would be. */
  readonly image: () => Buffer
  [Symbol.dispose](): void
}

/** Opens a copy of an image, with foreign keys on; an empty database without an image. */
export function openCopy(image?: Buffer): PrivateCopy {
  const database = image === undefined ? openMemory() : openImage(image)
  const connection = betterSqliteConnection(database)
  connection.exec('PRAGMA foreign_keys = ON')
  return {
    connection,
    database,
    image: () => database.serialize(),
    [Symbol.dispose]: () => {
      database.close()
    },
  }
}
