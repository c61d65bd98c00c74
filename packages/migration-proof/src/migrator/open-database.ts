import { betterSqliteConnection, type Database, openFile, openMemory } from '../engines/better-sqlite3.ts'
import { realPathOf, refuseLongName } from '../engines/database-path.ts'
import { DatabaseOpenError } from '../engines/errors.ts'
import type { Connection } from '../sql/connection.ts'
import { errorCode } from './errors.ts'
import { explainOpenError, refusal, sizeOf } from './explain-open-error.ts'
import { findForeignSidecar } from './foreign-journal.ts'
import { inspectFile } from './inspect-file.ts'
import { OtherProcessError } from './other-process.ts'
import type { MigrationPlan } from './plan.ts'
import { preflight } from './preflight.ts'
import { refuseVersionTrigger } from './versions.ts'

export interface OpenDatabaseOptions {
  /** Refuse a path where no file is, instead of making a new database there. */
  readonly mustExist?: boolean
  /** How long a statement waits for another connection's lock, in milliseconds; it defaults to 5000. */
  readonly busyTimeoutMilliseconds?: number
  /**
   * With a plan, the schema is looked at as well before anything is changed, and a database of a version that
   * the plan does not know keeps the journal mode it has.
   */
  readonly plan?: MigrationPlan
}

/** A pragma of each connection, and what SQLite must answer when it is read back. */
interface Setting {
  readonly pragma: string
  readonly value: string
  readonly answers: readonly (string | number)[]
}

const busyTimeoutDefaultMilliseconds = 5000

// The switch to WAL is a transaction with a rollback journal. FULL does not sync the removal of that journal: it could
// come back with a power loss, and undo the switch and every version that was committed to the log since.
const syncFolder: Setting = { pragma: 'synchronous', value: 'EXTRA', answers: [3] }

// An in-memory database has no WAL mode and answers 'memory': https://www.sqlite.org/wal.html#persistence_of_wal_mode
const writeAheadLog: Setting = { pragma: 'journal_mode', value: 'WAL', answers: ['wal', 'memory'] }

/**
 * Opens a database file for use: WAL, foreign keys ON, synchronous FULL, a busy timeout, each read back.
 * Before that it reads the file and refuses what cannot work, so that a file that is refused stays as it was. A link is followed first: the journal and the log are beside the file itself. In WAL mode SQLite may
 * leave an empty `-wal` and a `-shm` file beside it.
 *
 * @throws {DatabaseOpenError} when the file is no usable database; `reason` says why
 * @throws {SchemaDriftError} with a plan, when the schema is not what its version says
 * @throws {VersionTableError} with a plan, when the version cannot be read, or a trigger stands on its table
 *
 * @example
 * ```js
 * import { openDatabaseFile } from 'migration-proof'
 * import config from './migration-proof.config.mjs'
 *
 * const database = openDatabaseFile('notes.db', { mustExist: true, plan: config.plan })
 * console.log(database.pragma('journal_mode', { simple: true })) // wal
 * database.close()
 * ```
 */
export function openDatabaseFile(path: string, options: OpenDatabaseOptions = {}): Database.Database {
  const { mustExist = false, busyTimeoutMilliseconds = busyTimeoutDefaultMilliseconds, plan } = options
  const isMadeByNewer = (connection: Connection) => {
    if (plan === undefined) return false
    const { isUnknown, extras } = preflight(connection, plan)
    refuseVersionTrigger(plan, extras)
    return isUnknown
  }
  const isInMemory = path === ':memory:'
  const file = isInMemory ? path : findFile(path)
  const inspect = () => inspectFile(file, { mustExist, mustBeWritable: true }, isMadeByNewer)
  const seen = isInMemory ? null : refuseForeignSidecars(file, inspect)
  const opening = { fileMustExist: mustExist, timeout: busyTimeoutMilliseconds }
  const database = isInMemory ? openMemory() : openFile(file, opening)
  try {
    const isUnknown = seen ?? isMadeByNewer(betterSqliteConnection(database))
    const settings = connectionSettings(busyTimeoutMilliseconds)
    for (const setting of isUnknown ? settings : [syncFolder, writeAheadLog, ...settings])
      apply(database, file, setting)
    return database
  } catch (error) {
    database.close()
    throw explainNotWritable(file, error)
  }
}

/**
 * Another process may have taken the change back, or gone on writing, while the file was looked at. A log is compared before
 * that, too: beside one, the look leaves a `-shm`.
 */
function refuseForeignSidecars(path: string, inspect: () => boolean | null): boolean | null {
  const foreignLog = findForeignLog(path)
  if (foreignLog !== null) throw foreignLog
  const seen = inspect()
  if (sizeOf(path) === 0 || findForeignSidecar(path, seen === null) === null) return seen
  const seenAgain = inspect()
  const problem = findForeignSidecar(path, seenAgain === null)
  if (problem !== null) throw problem
  return seenAgain
}

/** Null as well for what cannot be read: the look at the file says why. */
function findForeignLog(path: string): DatabaseOpenError | null {
  try {
    return sizeOf(path) === 0 ? null : findForeignSidecar(path, false)
  } catch (error) {
    if (error instanceof OtherProcessError || errorCode(error) !== null) return null
    throw error
  }
}

/** The header of a file can say that a program of this age may only read it. */
function explainNotWritable(path: string, error: unknown): unknown {
  const code = errorCode(error)
  if (code?.startsWith('SQLITE_READONLY') !== true) return explainOpenError(path, error)
  const fix = 'open it with the SQLite that made it, or check its permissions and its disk'
  return refusal('not-writable', path, 'a file that can be written', `the error '${code}'`, fix, {
    cause: error,
  })
}

/** SQLite takes an empty name for a file that goes with the connection, and with it every row. */
function findFile(path: string): string {
  if (path === '') {
    const fix = 'check where the path comes from'
    throw refusal('name', 'openDatabase', "the path of a file, or ':memory:'", 'an empty path', fix)
  }
  const real = realPathOf(path)
  refuseLongName(real)
  return real
}

function connectionSettings(busyTimeoutMilliseconds: number): Setting[] {
  return [
    { pragma: 'foreign_keys', value: 'ON', answers: [1] },
    // Under NORMAL a power loss can take back a committed version: https://www.sqlite.org/pragma.html#pragma_synchronous
    { pragma: 'synchronous', value: 'FULL', answers: [2] },
    { pragma: 'busy_timeout', value: `${busyTimeoutMilliseconds}`, answers: [busyTimeoutMilliseconds] },
  ]
}

function apply(database: Database.Database, path: string, { pragma, value, answers }: Setting) {
  database.pragma(`${pragma} = ${value}`)
  const answer = database.pragma(pragma, { simple: true })
  if (answers.some((accepted) => accepted === answer)) return
  throw new DatabaseOpenError('setting-refused', {
    where: path,
    expected: `PRAGMA ${pragma} = ${value}`,
    actual: `${answer}`,
    fix: 'close other connections to the file and open it again',
  })
}
