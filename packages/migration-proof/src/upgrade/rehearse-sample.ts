import {
  closeSync,
  copyFileSync,
  fsyncSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { checkIntegrity, checkScope, integrityCacheKibibytes } from '../checks/integrity.ts'
import { proveRowsKept } from '../checks/rows/prove-rows-kept.ts'
import { countViolations } from '../checks/violations.ts'
import { betterSqliteConnection, distrustSchema, openFile } from '../engines/better-sqlite3.ts'
import { errorCode } from '../migrator/errors.ts'
import { migrate } from '../migrator/migrate.ts'
import type { MigrationPlan } from '../migrator/plan.ts'
import type { Connection } from '../sql/connection.ts'
import { foldName } from '../sql/names.ts'
import { explainCancellation, refuseCancelled } from './errors.ts'
import type { Observer, ProofLevel, RowsMethod, Survey } from './model.ts'
import { openOriginal } from './original.ts'
import { runFiles } from './run-files.ts'
import { copySample } from './sample.ts'
import type { SampleRoom } from './sample-rows.ts'
import { readPragma } from './survey.ts'
import { readEntries } from './touched-tables.ts'
import { withCleanUp } from './with-clean-up.ts'
import { childrenOf, readWritten, scopeOf, type Written } from './written.ts'

export interface SampleTrial {
  readonly plan: MigrationPlan
  /** The file that is sampled. */
  readonly path: string
  readonly survey: Survey
  /** The folder of this run. */
  readonly folder: string
  readonly room: SampleRoom
  readonly level: ProofLevel
  readonly hasBackup: boolean
  /** How long the process that compares the backup takes to start. */
  readonly startMilliseconds: number
  readonly rowsMethod: RowsMethod
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

/** How often the sample is tried. */
const runsOfSample = 3

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
    const runs = Array.from({ length: trial.room.limit.rows === 0 ? 1 : runsOfSample }, (_, run) => {
      // While no connection is open: closing another descriptor of the file would drop its locks.
      if (run > 0) copyFileSync(before, file)
      rmSync(before, { force: true })
      const copyMilliseconds = measure(() => copyPages(file, before, trial.survey))
      const compareMilliseconds = trial.startMilliseconds + measure(() => comparePages(file, before))
      return openFor(file, trial, (connection) => {
        connection.exec(`PRAGMA cache_size = -2000; PRAGMA foreign_keys = ${foreignKeys}`)
        return rehearse(connection, { file, before, copyMilliseconds, compareMilliseconds }, trial)
      })
    })
    return { rows, ...medianOf(runs) }
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

/** The middle of each duration: while others use the machine, a single run may take twice as long as the next one. */
function medianOf<Run extends Omit<Rehearsal, 'rows'>>(runs: readonly Run[]): Omit<Rehearsal, 'rows'> {
  const [first] = runs
  if (first === undefined) throw new Error('The sample was not tried.')
  const median = (duration: 'backupMilliseconds' | 'migrationMilliseconds' | 'proofMilliseconds') =>
    runs.map((run) => run[duration]).toSorted((left, right) => left - right)[Math.floor(runs.length / 2)] ?? 0
  return {
    ...first,
    backupMilliseconds: median('backupMilliseconds'),
    migrationMilliseconds: median('migrationMilliseconds'),
    proofMilliseconds: median('proofMilliseconds'),
  }
}

/** To the disk, as SQLite copies a database; it takes one page at a time, but less time for each than JavaScript. */
function copyPages(file: string, copy: string, { pageSizeBytes }: Survey) {
  const [from, to] = [openSync(file, 'r'), openSync(copy, 'wx', 0o600)]
  const pages = Buffer.alloc(4 * pageSizeBytes)
  for (let read = readSync(from, pages); read > 0; read = readSync(from, pages)) writeSync(to, pages, 0, read)
  fsyncSync(to)
  closeSync(from)
  closeSync(to)
}

/** What the other process does, without its start: that varies by more than a sample takes, and would be scaled with it. */
function comparePages(file: string, copy: string) {
  const [old, made] = [readFileSync(file), readFileSync(copy)]
  crc32(made)
  return old.equals(made)
}

/** The files of a sample, and how long its copy took. */
interface SampleFiles {
  readonly file: string
  readonly before: string
  readonly copyMilliseconds: number
  readonly compareMilliseconds: number
}

/**
 * Does what the upgrade does, inside the transaction as well. The cache of the checks is as much smaller as the sample is, so
 * that as many pages are read again and again.
 */
function rehearse(
  connection: Connection,
  { file, before, copyMilliseconds, compareMilliseconds }: SampleFiles,
  { plan, survey, path, observer, level, hasBackup, rowsMethod }: SampleTrial,
): Omit<Rehearsal, 'rows'> {
  const sizeBefore = {
    pageSizeBytes: survey.pageSizeBytes,
    pageCount: Number(readPragma(connection, 'page_count')),
  }
  const factor = factorOf(survey.pageCount, sizeBefore.pageCount)
  const cacheKibibytes = Math.max(leastCacheKibibytes, Math.round(integrityCacheKibibytes / factor))
  const goOn = () => refuseCancelled(path, observer)
  const checkMilliseconds = measure(() => {
    goOn()
    if (level === 'quick') return
    checkIntegrity(connection, level === 'thorough' ? 'integrity_check' : 'quick_check', cacheKibibytes)
  })
  const entriesBefore = readEntries(connection)
  const original = openOriginal(connection, file, hasBackup ? before : null, sizeBefore)
  const reading = { connection, plan, path: file, original, sizeBefore, entriesBefore }
  let journalBytes = 0
  let written: Written | null = null
  let proofMilliseconds = 0
  const prove = () => {
    journalBytes = statSync(`${file}-journal`, { throwIfNoEntry: false })?.size ?? 0
    proofMilliseconds = measure(() => {
      written = readWritten(reading)
      const tables = rowsMethod === 'journal' ? written?.touched : null
      if (tables?.hasRows !== false) {
        proveRowsKept(connection, {
          original: { schema: original.attach() },
          exclude: plan.versions.tables,
          onTable: goOn,
          ...(tables ? { mayHaveChanged: (table) => tables.tables.has(foldName(table)) } : {}),
        })
      }
      goOn()
      countViolations(
        connection,
        childrenOf(reading, () => written, level),
      )
      checkScope(
        connection,
        scopeOf(reading, () => written, level),
        cacheKibibytes,
      )
    })
  }
  const totalMilliseconds = measure(() =>
    withCleanUp(
      () =>
        explainCancellation(path, observer, () =>
          migrate(connection, plan, { transaction: 'all', beforeStatement: goOn, beforeCommit: prove }),
        ),
      () => original[Symbol.dispose](),
    ),
  )
  return {
    pagesBefore: sizeBefore.pageCount,
    pagesAfter: Number(readPragma(connection, 'page_count')),
    newTrees: readEntries(connection).length - entriesBefore.length,
    journalBytes,
    touchesOldRows: hasRows(written),
    // The two are compared beside the check.
    backupMilliseconds: hasBackup
      ? copyMilliseconds + Math.max(compareMilliseconds, checkMilliseconds)
      : checkMilliseconds,
    migrationMilliseconds: totalMilliseconds - proofMilliseconds,
    proofMilliseconds,
  }
}

/** Whether a proof by the journal would have to look into the database from before. */
function hasRows(written: Written | null): boolean {
  return written === null || written.touched.hasRows
}

/** How many times as large the file is. */
export function factorOf(pageCount: number, sampledPages: number): number {
  return Math.max(1, pageCount / Math.max(1, sampledPages))
}

/** How long a piece of work takes, in milliseconds. */
export function measure(work: () => void): number {
  const start = performance.now()
  work()
  return performance.now() - start
}
