import { statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { betterSqliteConnection } from '../engines/better-sqlite3.ts'
import { refuseLongName } from '../engines/database-path.ts'
import { holdsCommittedLog } from '../migrator/journal-structure.ts'
import type { MigrationPlan } from '../migrator/plan.ts'
import type { FixtureSuite } from '../snapshots/declaration.ts'
import type { Connection } from '../sql/connection.ts'
import { copyWithSidecars, readInPlace } from './copy-database.ts'
import { fileGone, refuseCancelled, UpgradeCancelledError } from './errors.ts'
import { estimateUpgrade } from './estimate.ts'
import { openExclusively } from './exclusive.ts'
import { longestTime } from './exclusive-name.ts'
import { isSameFile, readIdentity } from './file-identity.ts'
import { refuseUnusableFolder } from './folders.ts'
import { findHolders } from './holders.ts'
import { clearAllLeftovers } from './leftovers.ts'
import {
  type Estimate,
  type Observer,
  type Preview,
  type ProofLevel,
  type RecoveredFrom,
  rowsMethodOf,
  type Survey,
} from './model.ts'
import { recoverSafely } from './recover-safely.ts'
import { withOwnLog } from './refuse-foreign-log.ts'
import { findRefusedRows, type RefusedRows } from './refused-rows.ts'
import { runFiles, runPathOf } from './run-files.ts'
import { type Leftover, makeRunFolder } from './run-folder.ts'
import { findSourceFile } from './source-file.ts'
import { addUpSpace, type FreeSpace, freeBytesOf, type Load, temporaryFolder } from './space.ts'
import { surveyDatabase } from './survey.ts'
import { withoutNewSidecars } from './tidy-sidecars.ts'
import { withCleanUp } from './with-clean-up.ts'

export interface PreviewOptions {
  readonly plan: MigrationPlan
  /** The folder of the backup; null for none. */
  readonly backupFolder: string | null
  /** The folder in which the upgrade is only tried; null for the real one. */
  readonly rehearsalFolder: string | null
  /** Names the form of a file of this version. */
  readonly formOf?: (connection: Connection, version: number) => string
  readonly freeSpace?: FreeSpace
  /** How much is proven, for the estimate; defaults to `default`. */
  readonly level?: ProofLevel
  /** Takes another application's database for version 0. */
  readonly adopt?: boolean
  /** With these, forms without a version in them are recognised too. */
  readonly forms?: Pick<FixtureSuite, 'fixtures' | 'snapshots'>
  /** Receives each folder that is made, and says between the steps whether to continue. */
  readonly observer?: Observer
}

/**
 * Examines a file and this machine before anything is done. It changes nothing, unless a process that was
 * killed left a change unfinished, which SQLite takes back before the file can be read. What dead runs on this file left
 * is removed.
 *
 * @throws {DatabaseOpenError} when the file is no usable database, or has too long a name
 * @throws {UpgradeRefusedError} when it is a link or empty, loses its name meanwhile, is held by another process and unfinished, newer, has a trigger
 *   on its versions, or a write-ahead log beside it is not of this file
 * @throws {SchemaDriftError} when the schema is not what its version says
 * @throws {VersionTableError} when the version cannot be read
 * @throws {UpgradeCancelledError}
 *
 * @example
 * ```js
 * import { previewUpgrade } from 'migration-proof'
 * import config from './migration-proof.config.mjs'
 *
 * const preview = previewUpgrade('notes.db', { plan: config.plan, backupFolder: '.', rehearsalFolder: null })
 * console.log(preview.survey.pending.map(({ name }) => name)) // [ 'tags', 'tags by note' ]
 * ```
 */
export function previewUpgrade(file: string, options: PreviewOptions): Preview {
  const path = findSourceFile(file)
  const identity = readIdentity(path)
  const isGone = () => identity !== null && !isSameFile(path, identity)
  try {
    const preview = lookAtFile(path, options)
    if (!isGone()) return preview
  } catch (error) {
    if (error instanceof UpgradeCancelledError || !isGone()) throw error
    throw fileGone(path, { cause: error })
  }
  throw fileGone(path)
}

function lookAtFile(path: string, options: PreviewOptions): Preview {
  refuseLongNames(path, options)
  const mustBeWritable = options.rehearsalFolder === null
  const lookInPlace = () =>
    readInPlace(path, { mustExist: true, mustBeWritable }, (connection) => {
      // Only now: of a disk that cannot be written, the file itself is to be named, not the folder of its backup.
      refuseUnusableFolders(options)
      return look(connection, path, options)
    })
  const lookAnyhow = () => withoutNewSidecars(path, lookInPlace) ?? lookAfterRecovery(path, options)
  const holders = findHolders(path)
  const hasOwnLog = holders.length === 0 && holdsCommittedLog(path)
  const seen = withOwnLog(path, lookAnyhow)
  const { survey, form, refused, estimate, noEstimate, leftovers } = seen
  const loads = survey.pending.length === 0 ? [] : loadsOf(path, survey, estimate, options)
  return {
    path,
    sizeBytes: statSync(path).size,
    level: options.level ?? 'default',
    survey,
    form,
    refused,
    estimate,
    noEstimate,
    space: addUpSpace(loads, options.freeSpace ?? freeBytesOf),
    holders: findHolders(path),
    recoveredFrom: seen.recoveredFrom ?? (hasOwnLog ? 'log' : null),
    leftovers,
  }
}

/** A backup must have a name with which it can be inspected, too, which may need a copy. */
function refuseLongNames(path: string, { backupFolder, rehearsalFolder }: PreviewOptions) {
  const [name, ending] = [basename(path), `.v999${longestTime}.backup`]
  const backup = join(
    rehearsalFolder === null ? (backupFolder ?? dirname(path)) : dirname(path),
    name + ending,
  )
  refuseLongName(path, backup, runPathOf(backup, runFiles.inspected[0]))
  if (rehearsalFolder === null) return
  const copy = runPathOf(join(rehearsalFolder, name), name)
  refuseLongName(path, copy + ending, runPathOf(copy, runFiles.backup))
}

/** The backup of a rehearsal is beside its copy. */
function refuseUnusableFolders({ backupFolder, rehearsalFolder }: PreviewOptions) {
  const folder = rehearsalFolder ?? backupFolder
  if (folder !== null) refuseUnusableFolder(folder)
}

/** Where this run keeps what it makes. */
function runFolderOf(path: string, { backupFolder, rehearsalFolder }: PreviewOptions): string {
  return rehearsalFolder ?? backupFolder ?? dirname(path)
}

interface Look {
  readonly survey: Survey
  readonly form: string | null
  readonly refused: readonly RefusedRows[]
  readonly leftovers: readonly Leftover[]
  readonly estimate: Estimate | null
  readonly noEstimate: string | null
  readonly recoveredFrom: RecoveredFrom | null
}

function look(connection: Connection, path: string, options: PreviewOptions): Look {
  const { plan, formOf, freeSpace = freeBytesOf, adopt = false, forms, observer = unobserved } = options
  const beforeTable = () => refuseCancelled(path, observer)
  const survey = surveyDatabase(connection, plan, path, { adopt, ...forms, beforeTable })
  const form = formOf?.(connection, survey.version) ?? null
  const folder = runFolderOf(path, options)
  // Before there is a folder of this run's own.
  const leftovers = clearAllLeftovers(folder, path)
  const seen = { survey, form, refused: [], leftovers, recoveredFrom: null }
  if (survey.pending.length === 0) return { ...seen, estimate: null, noEstimate: null }
  const refused = findRefusedRows(connection, plan, survey.version, beforeTable)
  refuseCancelled(path, observer)
  const { level = 'default', backupFolder } = options
  const proofs = { level, hasBackup: backupFolder !== null, rowsMethod: rowsMethodOf(level, backupFolder) }
  const estimated = estimateUpgrade(connection, {
    plan,
    path,
    survey,
    ...proofs,
    folder,
    freeSpace,
    observer,
  })
  return { ...seen, refused, ...estimated }
}

const unobserved: Observer = { report: () => {}, isCancelled: () => false }

/** The first process that opens the file takes back what was left unfinished; a rehearsal does so in a copy. */
function lookAfterRecovery(path: string, options: PreviewOptions): Look {
  refuseUnusableFolders(options)
  const { rehearsalFolder, observer = unobserved } = options
  const parent = runFolderOf(path, options)
  const leftovers = clearAllLeftovers(parent, path)
  if (rehearsalFolder === null) return { ...lookAtRecovered(path, path, parent, options), leftovers }
  const folder = makeRunFolder(rehearsalFolder, path)
  const lookAtCopy = () => {
    observer.report({ step: 'preview', folder: folder.path })
    const copy = join(folder.path, basename(path))
    copyWithSidecars(path, copy)
    return { ...lookAtRecovered(copy, path, folder.path, options), leftovers }
  }
  return withCleanUp(lookAtCopy, folder.remove)
}

/**
 * @param file the file, or a copy of it
 * @param folder where the journal beside it is tried first
 */
function lookAtRecovered(file: string, path: string, folder: string, options: PreviewOptions): Look {
  const lookAtCopy = (connection: Connection) => look(connection, path, options)
  const onFolder = (made: string) => options.observer?.report({ step: 'preview', folder: made })
  const recovery = { origin: path, folder, freeSpace: options.freeSpace, onFolder }
  const recovered = recoverSafely(file, recovery, lookAtCopy)
  if (recovered !== null) return { ...recovered, recoveredFrom: 'journal' }
  return lookExclusively(file, path, options)
}

function lookExclusively(file: string, path: string, options: PreviewOptions): Look {
  const database = openExclusively(file)
  try {
    return look(betterSqliteConnection(database), path, options)
  } finally {
    database.close()
  }
}

function loadsOf(path: string, survey: Survey, estimate: Estimate | null, options: PreviewOptions): Load[] {
  const { backupFolder, rehearsalFolder } = options
  const sizeBytes = survey.pageCount * survey.pageSizeBytes
  const folder = rehearsalFolder ?? dirname(path)
  return [
    ...(rehearsalFolder === null ? [] : [{ folder, purpose: 'the copy', bytes: sizeBytes }]),
    ...(backupFolder === null
      ? []
      : [{ folder: rehearsalFolder ?? backupFolder, purpose: 'the backup', bytes: sizeBytes }]),
    ...(estimate === null ? [] : loadsOfWork(folder, sizeBytes, estimate, backupFolder !== null)),
  ]
}

function loadsOfWork(folder: string, sizeBytes: number, estimate: Estimate, hasBackup: boolean): Load[] {
  const { growthBytes, journalBytes, sorterBytes, touchesOldRows } = estimate
  const sorting = temporaryFolder()
  return [
    { folder, purpose: 'the growth of the file', bytes: growthBytes },
    { folder, purpose: 'the rollback journal', bytes: journalBytes },
    ...(hasBackup || !touchesOldRows
      ? []
      : [{ folder, purpose: 'a copy for the proof of the rows', bytes: sizeBytes + growthBytes }]),
    ...(sorting === null
      ? []
      : [{ folder: sorting, purpose: 'temporary files of sorting', bytes: sorterBytes }]),
  ]
}
