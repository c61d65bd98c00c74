import { closeSync, copyFileSync, openSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { checkIntegrity, integrityCacheKibibytes } from '../checks/integrity.ts'
import { proveRowsKept } from '../checks/rows/prove-rows-kept.ts'
import { betterSqliteConnection, distrustSchema, openFile } from '../engines/better-sqlite3.ts'
import { errorCode } from '../migrator/errors.ts'
import { migrate } from '../migrator/migrate.ts'
import type { MigrationPlan } from '../migrator/plan.ts'
import type { Connection } from '../sql/connection.ts'
import { foldName } from '../sql/names.ts'
import { explainCancellation, refuseCancelled } from './errors.ts'
import { JournalFormatError, readJournalPages } from './journal-pages.ts'
import type { Observer, Survey } from './model.ts'
import { runFiles } from './run-files.ts'
import { copySample } from './sample.ts'
import type { SampleRoom } from './sample-rows.ts'
import { readPragma } from './survey.ts'
import { findTouchedTables, readEntries, type SchemaEntry } from './touched-tables.ts'

export interface SampleTrial {
  readonly plan: MigrationPlan
  /** The file that is sampled. */
  readonly path: string
  readonly survey: Survey
  /** The folder of this run. */
  readonly folder: string
  readonly room: SampleRoom
  readonly observer: Observer
}

/** What was measured while the sample was upgraded. */
export interface Rehearsal {
  readonly rows: number
  readonly pagesBefore: number
  readonly pagesAfter: number
  /** The pages that only a new table or index needs, whatever the number of rows. */
  readonly newTrees: number
  readonly journalBytes: number
  /** Whether the migrations wrote to pages that hold old rows, so that a proof by the journal compares some. */
  readonly touchesOldRows: boolean
  readonly backupMilliseconds: number
  readonly migrationMilliseconds: number
  readonly proofMilliseconds: number
}

/** The inner pages of the trees stay in any cache. */
const leastCacheKibibytes = 400

/**
 * Makes a sample of the database and upgrades it. A sample has children without their parents; where a migration
 * cannot go on because of that, it is tried without foreign keys.
 *
 * @throws {UpgradeCancelledError}
 */
export function rehearseSample(source: Connection, trial: SampleTrial): Rehearsal {
  try {
    return rehearseOnce(source, trial, 'ON')
  } catch (error) {
    if (!isForeignKeyFailure(error)) throw error
    return rehearseOnce(source, trial, 'OFF')
  }
}

function isForeignKeyFailure(error: unknown): boolean {
  if (errorCode(error) === 'SQLITE_CONSTRAINT_FOREIGNKEY') return true
  return error instanceof Error && error.cause !== undefined && isForeignKeyFailure(error.cause)
}

function rehearseOnce(source: Connection, trial: SampleTrial, foreignKeys: 'ON' | 'OFF'): Rehearsal {
  const { folder, path, observer } = trial
  const file = join(folder, runFiles.sample)
  const before = join(folder, runFiles.before)
  try {
    // SQLite gives a journal the mode of its database.
    closeSync(openSync(file, 'wx', 0o600))
    const rows = openFor(file, trial, (connection) => {
      const beforeStep = () => refuseCancelled(path, observer)
      return copySample(source, connection, { ...trial, limit: trial.room.limit, beforeStep }).rows
    })
    // While no connection is open: closing another descriptor of the file would drop its locks.
    const copyMilliseconds = measure(() => copyFileSync(file, before))
    return openFor(file, trial, (connection) => {
      connection.exec(`PRAGMA cache_size = -2000; PRAGMA foreign_keys = ${foreignKeys}`)
      return { rows, ...rehearse(connection, { file, before, copyMilliseconds }, trial) }
    })
  } finally {
    for (const made of [file, before]) {
      for (const ending of ['', '-journal']) rmSync(made + ending, { force: true })
    }
  }
}

/** SQLite sorts in memory: the sample is small, and its rows must be in no other folder than that of this run. */
function openFor<Result>(
  file: string,
  { room }: SampleTrial,
  work: (connection: Connection) => Result,
): Result {
  const database = openFile(file)
  try {
    const connection = betterSqliteConnection(database)
    connection.exec('PRAGMA temp_store = MEMORY')
    distrustSchema(connection)
    connection.exec(`PRAGMA max_page_count = ${room.pagesLimit}`)
    return work(connection)
  } finally {
    database.close()
  }
}

/** The files of a sample, and how long its copy took. */
interface SampleFiles {
  readonly file: string
  readonly before: string
  readonly copyMilliseconds: number
}

/** The cache of the check is as much smaller as the sample is, so that as many pages are read again and again. */
function rehearse(
  connection: Connection,
  { file, before, copyMilliseconds }: SampleFiles,
  { plan, survey, path, observer }: SampleTrial,
): Omit<Rehearsal, 'rows'> {
  const pagesBefore = Number(readPragma(connection, 'page_count'))
  const factor = factorOf(survey.pageCount, pagesBefore)
  const cacheKibibytes = Math.max(leastCacheKibibytes, Math.round(integrityCacheKibibytes / factor))
  const goOn = () => refuseCancelled(path, observer)
  const check = () => {
    goOn()
    checkIntegrity(connection, cacheKibibytes)
  }
  const entriesBefore = readEntries(connection)
  let journalBytes = 0
  let touchesOldRows = false
  const backupMilliseconds = copyMilliseconds + measure(check)
  const migrationMilliseconds = measure(() =>
    explainCancellation(path, observer, () =>
      migrate(connection, plan, {
        transaction: 'all',
        beforeStatement: goOn,
        beforeCommit: () => {
          journalBytes = statSync(`${file}-journal`, { throwIfNoEntry: false })?.size ?? 0
          const size = { pageSizeBytes: survey.pageSizeBytes, pageCount: pagesBefore }
          touchesOldRows = findsOldRows(connection, `${file}-journal`, size, entriesBefore, plan)
        },
      }),
    ),
  )
  const proofMilliseconds = measure(() => {
    proveRowsKept(connection, { original: { path: before }, exclude: plan.versions.tables, onTable: goOn })
    check()
  })
  return {
    pagesBefore,
    pagesAfter: Number(readPragma(connection, 'page_count')),
    newTrees: readEntries(connection).length - entriesBefore.length,
    journalBytes,
    touchesOldRows,
    backupMilliseconds,
    migrationMilliseconds,
    proofMilliseconds,
  }
}

/** Whether a proof by the journal would have to look into the database from before. */
function findsOldRows(
  connection: Connection,
  journal: string,
  size: { readonly pageSizeBytes: number; readonly pageCount: number },
  entriesBefore: readonly SchemaEntry[],
  { versions }: MigrationPlan,
): boolean {
  try {
    const pages = readJournalPages(journal, size)
    const { names, unknownPages } = findTouchedTables(entriesBefore, readEntries(connection), pages)
    const versionTables = new Set(versions.tables.map(foldName))
    return unknownPages.length > 0 || [...names].some((name) => !versionTables.has(name))
  } catch (error) {
    if (error instanceof JournalFormatError) return true
    throw error
  }
}

/** How many times as large the file is. */
export function factorOf(pageCount: number, sampledPages: number): number {
  return Math.max(1, pageCount / Math.max(1, sampledPages))
}

function measure(work: () => void): number {
  const start = performance.now()
  work()
  return performance.now() - start
}
