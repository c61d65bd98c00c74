import { betterSqliteConnection, type Database, openImage, openMemory } from '../engines/better-sqlite3.ts'
import { errorMessage } from '../errors.ts'
import { errorCode } from '../migrator/errors.ts'
import type { Connection, SqlRow, SqlValue } from '../sql/connection.ts'
import { quoteName } from '../sql/names.ts'

/** What the engine answered to a statement. */
export interface Attempt {
  readonly accepted: boolean
  /** `accepted`, or the code and the message of the refusal. */
  readonly answer: string
}

/** Runs a statement, and says whether the engine accepted it. */
export function attempt(connection: Connection, sql: string, parameters: readonly SqlValue[] = []): Attempt {
  return attemptWork(() => connection.all(sql, parameters))
}

/** Runs some work, and says whether the engine accepted it. What is no error of the engine is thrown. */
function attemptWork(work: () => unknown): Attempt {
  try {
    work()
    return { accepted: true, answer: 'accepted' }
  } catch (error) {
    const code = errorCode(error)
    if (code === null) throw error
    return { accepted: false, answer: `refused with ${code} (${errorMessage(error)})` }
  }
}

/** Inserts a row, or says why the engine refuses it. */
export function attemptInsert(connection: Connection, table: string, row: SqlRow, verb = 'INSERT'): Attempt {
  const names = Object.keys(row)
  const columns = names.map(quoteName).join(', ')
  const marks = names.map(() => '?').join(', ')
  return attempt(
    connection,
    `${verb} INTO ${quoteName(table)} (${columns}) VALUES (${marks})`,
    Object.values(row),
  )
}

/** How many rows a table holds, or how many of them meet a condition. */
export function countRows(
  connection: Connection,
  table: string,
  condition = 'true',
  parameters: readonly SqlValue[] = [],
): number {
  const sql = `SELECT count(*) AS number FROM ${quoteName(table)} WHERE ${condition}`
  return Number(connection.all(sql, parameters)[0]?.number)
}

/** A private database in memory. What is tried on it leaves no trace. */
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
