import { existsSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { prepareInserts } from '../checks/inserts.ts'
import { betterSqliteConnection, type Database, openMemory } from '../engines/better-sqlite3.ts'
import { holdsCommittedLog } from '../migrator/journal-structure.ts'
import { copyDatabaseFile } from './copy-database.ts'
import {
  FileReplacedError,
  fileGone,
  refuseCancelled,
  UpgradeCancelledError,
  UpgradeNotProvenError,
} from './errors.ts'
import { openExclusively, refuseHeld } from './exclusive.ts'
import { explainFailure } from './explain-failure.ts'
import {
  type FileIdentity,
  findNameOf,
  isSameFile,
  isStill,
  listOpenFiles,
  readIdentity,
} from './file-identity.ts'
import { findHolders } from './holders.ts'
import { clearLeftovers } from './leftovers.ts'
import type { Observer, Preview, UpgradeEvent, UpgradeReport, UpgradeRequest } from './model.ts'
import { recoverSafely } from './recover-safely.ts'
import { refuseForeignLog } from './refuse-foreign-log.ts'
import { makeRunFolder } from './run-folder.ts'
import { refuseTooLittleSpace } from './space.ts'
import { surveyVersion } from './survey.ts'
import { closeAsWriter } from './tidy-sidecars.ts'
import { upgradeFile } from './upgrade-file.ts'
import { tryToCleanUp, withAsyncCleanUp, withCleanUp } from './with-clean-up.ts'

/** An observer that remembers how far the work has come. */
export interface StepFollower extends Observer {
  /** What the work did last, in words; null before it began. */
  readonly step: string | null
  /** The backup that was made; null while there is none. */
  readonly backup: string | null
  /** Whether the file may have been changed. */
  readonly hasBegunToChange: boolean
  /** Whether every proof has passed, so that COMMIT was begun. */
  readonly isProven: boolean
  /** Whether COMMIT has returned without an error. */
  readonly isCommitted: boolean
}

const harmlessSteps = ['copy', 'backup', 'backup-check']

/** Passes all on to an observer, and remembers it for the case that something fails. */
function followSteps(observer: Observer): StepFollower {
  let last: UpgradeEvent | null = null
  let backup: string | null = null
  let hasBegunToChange = false
  let isProven = false
  let isCommitted = false
  return {
    report: (event) => {
      last = event
      if (event.step === 'backup-made') backup = event.path
      if (!harmlessSteps.includes(event.step)) hasBegunToChange = true
      if (event.step === 'commit') isProven = true
      if (event.step === 'committed') isCommitted = true
      observer.report(event)
    },
    isCancelled: observer.isCancelled,
    get step() {
      return last === null ? null : describeStep(last)
    },
    get backup() {
      return backup
    },
    get hasBegunToChange() {
      return hasBegunToChange
    },
    get isProven() {
      return isProven
    },
    get isCommitted() {
      return isCommitted
    },
  }
}

function describeStep(event: UpgradeEvent): string {
  if (event.step === 'copy') return 'copying the file'
  if (event.step === 'backup') return 'making the backup'
  if (event.step === 'backup-check')
    return event.level === 'quick' ? 'comparing the backup' : 'checking that the file is sound'
  if (event.step === 'backup-made') return 'preparing the migrations'
  if (event.step === 'migration') return `running v${event.version} (${event.name})`
  if (event.step === 'proof') return `proving: ${event.proof}`
  return event.step === 'commit' ? 'committing' : 'after COMMIT'
}

/** An upgrade as it was asked for, of a file that a preview names. */
type AskedUpgrade = Omit<UpgradeRequest, 'path' | 'survey' | 'identity' | 'recoveredFrom'>

/**
 * Upgrades a file that was looked at before: takes the lock, makes the backup, migrates, proves, commits.
 *
 * @returns null when there is nothing to do any more: another process was faster
 * @throws {UpgradeRefusedError} when another process has the file open, a disk is too full, or a journal or a log
 *   beside the file is not of this file
 * @throws {FileReplacedError} when the file does not have its name any more
 * @throws {UpgradeCommittedError} when something failed after the upgrade was committed
 * @throws {UpgradeFailedError} when a disk fails; it says what the file holds
 * @throws whatever {@link upgradeFile} throws; the contents of the file are as they were
 *
 * @example
 * ```js
 * import { previewUpgrade, runUpgrade } from 'migration-proof'
 * import config from './migration-proof.config.mjs'
 *
 * const preview = previewUpgrade('notes.db', { plan: config.plan, backupFolder: '.', rehearsalFolder: null })
 * const request = { suite: config, backupFolder: '.', madeAt: new Date() }
 * const report = await runUpgrade(preview, request, { report: () => {}, isCancelled: () => false })
 * console.log(`version ${report.to}, ${report.proofs.filter(({ outcome }) => outcome === 'failed').length} failed`) // version 3, 0 failed
 * ```
 */
export async function runUpgrade(
  preview: Preview,
  request: AskedUpgrade,
  observer: Observer,
): Promise<UpgradeReport | null> {
  const steps = followSteps(observer)
  const identity = readIdentity(preview.path)
  try {
    if (identity === null) throw fileGone(preview.path)
    return await run(preview, request, identity, steps)
  } catch (error) {
    const { step, backup, hasBegunToChange, isProven, isCommitted } = steps
    const { path, survey } = preview
    const { plan } = request.suite
    throw explainFailure(error, {
      path,
      identity,
      plan,
      from: survey.version,
      step,
      backup,
      hasBegunToChange,
      isProven,
      isCommitted,
    })
  }
}

async function run(
  { path, survey, space, holders, recoveredFrom }: Preview,
  request: AskedUpgrade,
  identity: FileIdentity,
  steps: StepFollower,
): Promise<UpgradeReport | null> {
  const { suite, adopt = false, busyTimeoutMilliseconds } = request
  refuseHeld(path, holders)
  refuseHeld(path, findHolders(path))
  refuseTooLittleSpace(path, space)
  prepareInserts({ suite, target: survey.target }, betterSqliteConnection(openMemory()))
  refuseCancelled(path, steps)
  const folder = request.backupFolder ?? dirname(path)
  const recovered = recoverSafely(path, { folder, busyTimeoutMilliseconds }, (connection) =>
    surveyVersion(connection, suite.plan, path, {
      adopt,
      fixtures: suite.fixtures,
      snapshots: suite.snapshots,
    }),
  )
  refuseForeignLog(path)
  const hadJournal = recovered !== null || recoveredFrom === 'journal'
  const left = hadJournal ? 'journal' : holdsCommittedLog(path) ? 'log' : null
  const database = openExclusively(path, busyTimeoutMilliseconds)
  let report: UpgradeReport | null
  try {
    // It was read before the file was opened: where it is the same now, this is the file that is locked.
    if (!isSameFile(path, identity))
      throw new FileReplacedError({ path, identity, backup: null, isCommitted: false })
    report = await upgradeFile(database, { ...request, path, identity, survey, recoveredFrom: left }, steps)
  } catch (error) {
    tryToCleanUp(() => release(database, path, identity))
    throw error
  }
  release(database, path, identity)
  return report
}

/** Gives the lock back, and closes the connection whatever fails before. */
function release(database: Database.Database, path: string, identity: FileIdentity) {
  if (!isSameFile(path, identity)) return releaseMoved(database, path, identity)
  const goBackToNormal = () => {
    // In the normal mode SQLite removes its sidecars when the last connection closes.
    database.pragma('locking_mode = NORMAL')
    database.exec('SELECT count(*) FROM sqlite_schema')
  }
  withCleanUp(goBackToNormal, () => database.close())
  // Under a lock that was taken before the first read, SQLite does without the `-shm`, and leaves one that exists.
  if (existsSync(`${path}-shm`) && !existsSync(`${path}-wal`)) closeAsWriter(path)
}

/**
 * Closes a file that does not have its name any more. What has the names of its log and its journal by now may be in use
 * by another process: SQLite, which goes by these names, must neither read nor remove them.
 */
function releaseMoved(database: Database.Database, path: string, identity: FileIdentity) {
  const names = [path, findNameOf(identity, path)].map((name) => `${name}-journal`)
  const journals = listOpenFiles().filter((open) => names.includes(open.path))
  const keepJournal = () => {
    if (database.pragma('journal_mode', { simple: true }) === 'wal') return
    // It is emptied through its descriptor, and not removed by its name.
    database.pragma('journal_mode = PERSIST')
  }
  withCleanUp(keepJournal, () => database.close())
  for (const journal of journals)
    if (isStill(journal.path, { ...journal.identity, sizeBytes: 0n })) rmSync(journal.path)
}

/**
 * Does what `runUpgrade` does, backup included, on a private copy that is removed at the end, or by the next run if this one
 * is killed. The file may be in use meanwhile: the copy is what it holds at one moment.
 *
 * @param folder where the copy is made
 */
export async function rehearseUpgrade(
  preview: Preview,
  folder: string,
  request: AskedUpgrade,
  observer: Observer,
): Promise<UpgradeReport | null> {
  refuseTooLittleSpace(preview.path, preview.space)
  const leftovers = clearLeftovers(folder, preview.path)
  const runFolder = makeRunFolder(folder, preview.path)
  const rehearse = async () => {
    const path = join(runFolder.path, basename(preview.path))
    await copyDatabaseFile(preview.path, path, (copiedPages, totalPages) => {
      refuseCancelled(preview.path, observer)
      observer.report({ step: 'copy', copiedPages, totalPages })
    })
    const backupFolder = request.backupFolder === null ? null : runFolder.path
    const copied = { ...preview, path, holders: [], space: [] }
    const report = await runUpgrade(copied, { ...request, backupFolder }, observer)
    if (report === null) return null
    const recoveredFrom = preview.recoveredFrom ?? report.recoveredFrom
    return { ...report, path: preview.path, backup: null, recoveredFrom, leftovers }
  }
  const nameFile = (error: unknown) => {
    if (error instanceof UpgradeNotProvenError) return new UpgradeNotProvenError(preview.path, error.problems)
    return error instanceof UpgradeCancelledError ? new UpgradeCancelledError(preview.path) : error
  }
  return withAsyncCleanUp(
    () =>
      rehearse().catch((error: unknown) => {
        throw nameFile(error)
      }),
    runFolder.remove,
  )
}
