import { type MigrateOptions, migrate } from '../migrator/migrate.ts'
import type { MigrationPlan } from '../migrator/plan.ts'
import { preflight } from '../migrator/preflight.ts'
import type { Connection } from '../sql/connection.ts'

/** Upgrades a database that was just opened to the latest version, without closing it. */
export type UpgradeFunction = (connection: Connection) => void

/** The journal mode, which decides how SQLite recovers from a power loss: https://www.sqlite.org/pragma.html#pragma_journal_mode */
export type JournalMode = 'wal' | 'delete'

export const journalModes: readonly JournalMode[] = ['wal', 'delete']

export interface UpgradeOptions {
  readonly plan: MigrationPlan
  readonly journalMode: JournalMode
  /**
   * How many pages the write-ahead log may have before it is copied into the database. Small databases never reach
   * SQLite's default of 1000, so the default here is 20.
   */
  readonly autocheckpointPages?: number
  /** How many transactions the migrations are in; defaults to one each. */
  readonly transaction?: MigrateOptions['transaction']
}

/**
 * What each journal mode needs so that no power loss undoes a committed version. In DELETE mode FULL does not sync the
 * removal of the journal: https://www.sqlite.org/pragma.html#pragma_synchronous
 */
const safeSynchronous: Readonly<Record<JournalMode, string>> = { wal: 'FULL', delete: 'EXTRA' }

/** The upgrade as an application runs it: a preflight that only reads, the settings, the migrations. */
export function safeUpgrade({
  plan,
  journalMode,
  autocheckpointPages = 20,
  transaction = 'each',
}: UpgradeOptions): UpgradeFunction {
  return (connection) => {
    preflight(connection, plan)
    // As openDatabase does: the switch of the journal mode itself must be durable.
    connection.exec('PRAGMA synchronous = EXTRA')
    connection.exec(`PRAGMA journal_mode = ${journalMode}`)
    connection.exec('PRAGMA foreign_keys = ON')
    connection.exec(`PRAGMA synchronous = ${safeSynchronous[journalMode]}`)
    connection.exec('PRAGMA busy_timeout = 5000')
    connection.exec(`PRAGMA wal_autocheckpoint = ${autocheckpointPages}`)
    migrate(connection, plan, { transaction })
  }
}
