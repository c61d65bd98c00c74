import type { Connection } from '../sql/connection.ts'
import { quoteName } from '../sql/names.ts'
import { VersionTableError } from './errors.ts'
import type { MigrationConnection } from './migration.ts'

/** Where a database keeps the versions that were applied to it. */
export interface VersionStore {
  /** The tables that hold versions: no rows of the user. */
  readonly tables: readonly string[]
  /** Creates what the store needs, where it is missing. Runs inside the transaction of the first migration. */
  create(connection: MigrationConnection): void
  /**
   * The versions that were applied, lowest first; empty for version 0.
   *
   * @throws {VersionTableError} when what is there cannot be read as versions
   */
  read(connection: Connection): readonly number[]
  /** Notes that a version was applied. Runs inside the transaction of that migration. */
  record(connection: MigrationConnection, version: number): void
}

/** A table of one row for each version that was applied; the highest is the current one. */
export function versionTable(table: string): VersionStore {
  const name = quoteName(table)
  return {
    tables: [table],
    create: (connection) => {
      connection.exec(
        `CREATE TABLE IF NOT EXISTS ${name} (
          version INTEGER PRIMARY KEY,
          applied_at TEXT NOT NULL DEFAULT (datetime('now'))
        )`,
      )
    },
    read: (connection) => readVersionTable(connection, table),
    record: (connection, version) => {
      connection.all(`INSERT INTO ${name} (version) VALUES (?)`, [BigInt(version)])
    },
  }
}

/** The header field that SQLite keeps for applications: https://www.sqlite.org/pragma.html#pragma_user_version */
export function userVersion(): VersionStore {
  return {
    tables: [],
    create: () => {},
    read: (connection) => {
      const version = Number(connection.all('PRAGMA user_version')[0]?.user_version)
      if (version < 0) throw unreadable('PRAGMA user_version', 'a version of 0 or more', `${version}`)
      return Array.from({ length: version }, (_, index) => index + 1)
    },
    record: (connection, version) => {
      connection.exec(`PRAGMA user_version = ${version}`)
    },
  }
}

function readVersionTable(connection: Connection, table: string): number[] {
  const [entry] = connection.all('SELECT type FROM sqlite_schema WHERE name = ? COLLATE NOCASE', [table])
  if (entry === undefined) return []
  const where = `Table ${table}`
  if (entry.type !== 'table') throw unreadable(where, 'a table', `a ${entry.type} of that name`)
  const versions = readRows(connection, table).map(({ version, type }) => {
    if (typeof version === 'bigint' && version >= 1n) return Number(version)
    throw unreadable(
      where,
      'versions of 1 and more',
      type === 'integer' ? `version ${version}` : `a ${type} value`,
    )
  })
  const repeated = versions.find((version, position) => version === versions[position - 1])
  if (repeated !== undefined) throw unreadable(where, 'each version once', `version ${repeated} twice`)
  return versions
}

function readRows(connection: Connection, table: string) {
  try {
    return connection.all(`SELECT version, typeof(version) AS type FROM ${quoteName(table)} ORDER BY version`)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw unreadable(`Table ${table}`, 'a readable column version', `the error '${reason}'`, { cause })
  }
}

function unreadable(where: string, expected: string, actual: string, options?: ErrorOptions) {
  return new VersionTableError(
    { where, expected, actual, remedy: 'restore the file from a backup, or mend the versions by hand' },
    options,
  )
}
