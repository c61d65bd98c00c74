import type Database from 'better-sqlite3'
import {
  betterSqliteConnection,
  definePlan,
  type MigrateOptions,
  type MigrationResult,
  migrate,
  type OpenDatabaseOptions,
  openDatabaseFile as open,
} from 'migration-proof'
import { v1InitialSchema } from './v1-initial-schema.ts'
import { v2ConfigTable } from './v2-config-table.ts'
import { v3CidIndex } from './v3-cid-index.ts'
import { v4JetstreamActivityTable } from './v4-jetstream-activity-table.ts'
import { v5JetstreamCursorTable } from './v5-jetstream-cursor-table.ts'
import { v6Oauth } from './v6-oauth.ts'

/** Every migration, in order. A new one is added at the end; what is here is never edited or removed. */
export const migrations = [
  v1InitialSchema,
  v2ConfigTable,
  v3CidIndex,
  v4JetstreamActivityTable,
  v5JetstreamCursorTable,
  v6Oauth,
]

/** The history of the server's database. */
export const plan = definePlan(migrations)

/** The version that `runMigrations` leads to. */
export const latestVersion = migrations.length

/**
 * Opens a database file the way the server needs it, after a look that changes nothing.
 *
 * @throws {DatabaseOpenError} when the file is no usable database; the file stays as it was
 * @throws {SchemaDriftError} when its schema is not what its version says
 */
export function openDatabase(
  path: string,
  options: Omit<OpenDatabaseOptions, 'plan'> = {},
): Database.Database {
  return open(path, { ...options, plan })
}

/**
 * Brings a database to the latest version. Each migration and its version row commit together.
 * A database of a version that this list does not know is reported and left alone.
 *
 * @throws {MigrationFailedError} when a migration fails: the database is left at the last whole version
 * @throws {SchemaDriftError} when the schema is not what its version says
 * @throws {VersionTableError} when the version cannot be read
 */
export function runMigrations(
  database: Database.Database,
  options: Pick<MigrateOptions, 'log' | 'target' | 'transaction'> = {},
): MigrationResult {
  return migrate(betterSqliteConnection(database), plan, options)
}
