import { statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { MigrationPlan } from '../migrator/plan.ts'
import type { FixtureSuite } from '../snapshots/declaration.ts'
import { betterSqliteConnection } from '../sql/better-sqlite.ts'
import type { Connection } from '../sql/connection.ts'
import { copyWithSidecars } from './copy-database.ts'
import { estimateUpgrade } from './estimate.ts'
import { openExclusively } from './exclusive.ts'
import { refuseUnusableFolder } from './folders.ts'
import { findHolders } from './holders.ts'
import type { Estimate, Preview, Survey } from './model.ts'
import { readInPlace } from './read-in-place.ts'
import { recoverSafely } from './recover-safely.ts'
import { makeRunFolder, removeDeadRuns } from './run-folder.ts'
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
  /** Takes another application's database for version 0. */
  readonly adopt?: boolean
  /** With these, forms without a version in them are recognised too. */
  readonly forms?: Pick<FixtureSuite, 'fixtures' | 'snapshots'>
}

/**
 * Looks at a file and at this machine before anything is done. It changes nothing, unless a process that was
 * killed left a change unfinished, which SQLite takes back before anybody can read the file.
 *
 * @param path from `findSourceFile`
 * @throws {DatabaseOpenError} when the file is no usable database
 * @throws {UpgradeRefusedError} when it is held by another process and unfinished, newer, or has a trigger on its versions
 * @throws {SchemaDriftError} when the schema is not what its version says
 * @throws {VersionTableError} when the version cannot be read
 */
export function previewUpgrade(path: string, options: PreviewOptions): Preview {
  const mustBeWritable = options.rehearsalFolder === null
  const seen = withoutNewSidecars(path, () =>
    readInPlace(path, { mustExist: true, mustBeWritable }, (connection) => {
      // Only now: of a disk that cannot be written, the file itself is to be told, not the folder of its backup.
      refuseUnusableFolders(options)
      return look(connection, path, options)
    }),
  )
  const { survey, estimate, form } = seen ?? lookAfterRecovery(path, options)
  return {
    path,
    sizeBytes: statSync(path).size,
    survey,
    form,
    estimate,
    space:
      estimate === null
        ? []
        : addUpSpace(loadsOf(path, survey, estimate, options), options.freeSpace ?? freeBytesOf),
    holders: findHolders(path),
  }
}

function refuseUnusableFolders({ backupFolder, rehearsalFolder }: PreviewOptions) {
  // A rehearsal makes its backup beside its copy.
  const folder = rehearsalFolder ?? backupFolder
  if (folder !== null) refuseUnusableFolder(folder)
}

function look(connection: Connection, path: string, { plan, formOf, adopt = false, forms }: PreviewOptions) {
  const survey = surveyDatabase(connection, plan, path, { adopt, ...forms })
  const form = formOf?.(connection, survey.version) ?? null
  const estimate = survey.pending.length === 0 ? null : estimateUpgrade(connection, plan, survey)
  return { survey, form, estimate }
}

/** Whoever opens the file first takes back what was left unfinished; a rehearsal does so in a copy. */
function lookAfterRecovery(path: string, options: PreviewOptions) {
  refuseUnusableFolders(options)
  if (options.rehearsalFolder === null) {
    return lookAtRecovered(path, path, options.backupFolder ?? dirname(path), options)
  }
  removeDeadRuns(options.rehearsalFolder, path)
  const folder = makeRunFolder(options.rehearsalFolder, path)
  const lookAtCopy = () => {
    const copy = join(folder.path, basename(path))
    copyWithSidecars(path, copy)
    return lookAtRecovered(copy, path, folder.path, options)
  }
  return withCleanUp(lookAtCopy, folder.remove)
}

/**
 * @param file the file, or a copy of it
 * @param folder where the journal beside it is tried first
 */
function lookAtRecovered(file: string, path: string, folder: string, options: PreviewOptions) {
  const lookAtCopy = (connection: Connection) => look(connection, path, options)
  const recovery = { origin: path, folder, freeSpace: options.freeSpace }
  return recoverSafely(file, recovery, lookAtCopy) ?? lookExclusively(file, path, options)
}

function lookExclusively(file: string, path: string, options: PreviewOptions) {
  const database = openExclusively(file)
  try {
    return look(betterSqliteConnection(database), path, options)
  } finally {
    database.close()
  }
}

function loadsOf(path: string, survey: Survey, estimate: Estimate, options: PreviewOptions): Load[] {
  const { backupFolder, rehearsalFolder } = options
  const sizeBytes = survey.pageCount * survey.pageSizeBytes
  const folder = rehearsalFolder ?? dirname(path)
  return [
    ...(rehearsalFolder === null ? [] : [{ folder, purpose: 'the copy', bytes: sizeBytes }]),
    ...(backupFolder === null
      ? []
      : [{ folder: rehearsalFolder ?? backupFolder, purpose: 'the backup', bytes: sizeBytes }]),
    { folder, purpose: 'the growth of the file', bytes: estimate.growthBytes },
    { folder, purpose: 'the rollback journal', bytes: estimate.journalBytes },
    { folder: temporaryFolder(path), purpose: 'temporary files of sorting', bytes: estimate.sorterBytes },
  ]
}
