import type { Table } from '../schema/model.ts'
import type { Connection, SqlRow, SqlValue } from '../sql/connection.ts'
import { quoteName } from '../sql/names.ts'
import { isBusy, VersionTableError } from './errors.ts'
import type { MigrationConnection } from './migration.ts'

/** Where a database keeps the versions that were applied to it. */
export interface VersionStore {
  /** The tables that hold versions: no rows of the user. */
  readonly tables: readonly string[]
  /** Creates what the store needs, where it is missing. Runs inside the transaction of the first migration. */
  create(connection: MigrationConnection): void
  /**
   * The version that the database is at. It changes nothing.
   *
   * @throws {VersionTableError} when what is there cannot be read as versions
   */
  read(connection: Connection): AppliedVersions
  /** Notes that the migration of a version begins, where the tool of the project does that. */
  begin?(connection: MigrationConnection, version: number): void
  /** Whether a table of it is of an older release of the tool, which the tool takes over as it is or completes. */
  isOlderForm?(table: Table): boolean
  /** Notes why the migration of a version failed, where the tool of the project does that. */
  fail?(connection: MigrationConnection, version: number, message: string): void
  /** Notes that a version was applied. Runs inside the transaction of that migration. */
  record(connection: MigrationConnection, version: number): void
}

const ownStore = Symbol.for('migration-proof store')

/** Marks a version store as one of this package; a copy of it is none. */
export function asOwnStore(store: VersionStore): VersionStore {
  return Object.defineProperty(store, ownStore, { value: true })
}

/** Whether a version store is one of this package, so that what it does is known by its fields. */
export function isOwnStore(store: VersionStore): boolean {
  return Reflect.has(store, ownStore)
}

/** Which versions were applied to a database. */
export interface AppliedVersions {
  /** The highest of them; 0 if none was ever recorded. The number of another application may be of any size. */
  readonly current: number
  /** The digits of the highest, where a number cannot hold it. */
  readonly exact?: string
  /** The lowest version below the current one that is not noted; null where none is missing. */
  readonly missing: number | null
  /** Why the versions cannot be relied on, where a tool notes the id of each migration. */
  readonly problem?: VersionProblem
  /** The migrations whose files are others now, by a checksum that the tool notes and does not compare. */
  readonly edited?: readonly string[]
}

/**
 * What is wrong with the ids that a database notes. `late`: a migration older than the last one was not applied. `unknown`: one was
 * applied that the project does not have. `unfinished`: one began, and did not end. `changed`: the checksum of one is another.
 * `contradicting`: the notes of two tools do not fit each other.
 */
export interface VersionProblem {
  readonly kind: 'late' | 'unknown' | 'unfinished' | 'changed' | 'contradicting'
  readonly ids: readonly string[]
  /** What the tool of the project does about it, as a sentence. */
  readonly consequence: string
  /** Where they are noted; defaults to the first table of the store. */
  readonly where?: string
}

/**
 * A table of one row for each version that was applied; the highest is the current one.
 *
 * @example
 * ```js
 * import { definePlan, versionTable } from 'migration-proof'
 *
 * const up = (database) => database.exec('CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)')
 * const plan = definePlan([{ version: 1, name: 'notes', up }], versionTable('applied_versions'))
 * console.log(plan.versions.tables) // [ 'applied_versions' ]
 * ```
 */
export function versionTable(table: string): VersionStore {
  const name = quoteName(table)
  return asOwnStore({
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
  })
}

/**
 * The header field that SQLite keeps for applications: https://www.sqlite.org/pragma.html#pragma_user_version
 *
 * @example
 * ```js
 * import Database from 'better-sqlite3'
 * import { betterSqliteConnection, definePlan, migrate, userVersion } from 'migration-proof'
 *
 * const up = (database) => database.exec('CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)')
 * const plan = definePlan([{ version: 1, name: 'notes', up }], userVersion())
 * const database = new Database(':memory:')
 * migrate(betterSqliteConnection(database), plan)
 * console.log(database.pragma('user_version', { simple: true })) // 1
 * ```
 */
export function userVersion(): VersionStore {
  return asOwnStore({
    tables: [],
    create: () => {},
    read: (connection) => {
      const version = Number(connection.all('PRAGMA user_version')[0]?.user_version)
      if (version < 0) throw unreadable('PRAGMA user_version', 'a version of 0 or more', `${version}`)
      return { current: version, missing: null }
    },
    record: (connection, version) => {
      connection.exec(`PRAGMA user_version = ${version}`)
    },
  })
}

function readVersionTable(connection: Connection, table: string): AppliedVersions {
  const [entry] = connection.all('SELECT type FROM sqlite_schema WHERE name = ? COLLATE NOCASE', [table])
  if (entry === undefined) return { current: 0, missing: null }
  const where = `Table ${table}`
  if (entry.type !== 'table') throw unreadable(where, 'a table', `a ${entry.type} of that name`)
  const last = readLast(connection, table)
  if (last !== null) return { current: last, missing: null }
  const { other, type, current, missing, repeated } = summarise(connection, table)
  if (type !== null) {
    const found = type === 'integer' ? `version ${other}` : `a ${type} value`
    throw unreadable(where, 'versions of 1 and more', found)
  }
  if (repeated !== null) throw unreadable(where, 'each version once', `version ${repeated} twice`)
  const applied = { current: Number(current ?? 0), missing: missing === null ? null : Number(missing) }
  return Number.isSafeInteger(applied.current) ? applied : { ...applied, exact: `${current}` }
}

interface Summary extends SqlRow {
  /** The first value that is no version, and its type; both null where there is none. */
  readonly other: SqlValue
  readonly type: SqlValue
  readonly current: SqlValue
  /** The first position at which another version stands. */
  readonly missing: SqlValue
  readonly repeated: SqlValue
}

/** The last version, where the versions are 1, 2, 3 and so on up to it; null where that must be looked into. */
function readLast(connection: Connection, table: string): number | null {
  const [row] = readVersions(
    connection,
    table,
    `SELECT count(*) AS n, count(DISTINCT version) AS distinct_n, min(version) AS least, max(version) AS most,
      min(typeof(version)) || max(typeof(version)) AS types FROM main.${quoteName(table)}`,
  )
  const { n = null, distinct_n: distinct, least, most, types } = row ?? {}
  const isWhole = types === 'integerinteger' && least === 1n && most === n && distinct === n
  return isWhole ? Number(n) : null
}

function readVersions(connection: Connection, table: string, sql: string): SqlRow[] {
  try {
    return connection.all(sql)
  } catch (cause) {
    if (isBusy(cause)) throw cause
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw unreadable(`Table ${table}`, 'a readable column version', `the error '${reason}'`, { cause })
  }
}

/** All that must be known of the versions as one row, however many there are. */
function summarise(connection: Connection, table: string): Summary {
  const [row] = readVersions(
    connection,
    table,
    `WITH
        noted AS (SELECT version, typeof(version) AS type FROM main.${quoteName(table)}),
        other AS (
          SELECT version, type FROM noted WHERE type <> 'integer' OR version < 1 ORDER BY version LIMIT 1
        ),
        numbered AS (
          SELECT version,
            row_number() OVER (ORDER BY version) AS position,
            lag(version) OVER (ORDER BY version) AS previous
          FROM noted
        )
      SELECT
        (SELECT version FROM other) AS other,
        (SELECT type FROM other) AS type,
        max(version) AS current,
        min(CASE WHEN version <> position THEN position END) AS missing,
        min(CASE WHEN version = previous THEN version END) AS repeated
      FROM numbered`,
  )
  const { other = null, type = null, current = null, missing = null, repeated = null } = row ?? {}
  return { other, type, current, missing, repeated }
}

function unreadable(where: string, expected: string, actual: string, options?: ErrorOptions) {
  return new VersionTableError(
    { where, expected, actual, fix: 'restore the file from a backup, or correct the versions by hand' },
    options,
  )
}
