import { existsSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Database } from '../engines/better-sqlite3.ts'
import { openExclusively, refuseHeld } from './exclusive.ts'
import { explainFailure } from './explain-failure.ts'
import { followSteps, type StepFollower } from './follow-steps.ts'
import { findHolders } from './holders.ts'
import type { Observer, Preview, UpgradeReport } from './model.ts'
import { recoverSafely } from './recover-safely.ts'
import { refuseForeignLog } from './refuse-foreign-log.ts'
import type { UpgradeRequest } from './request.ts'
import { refuseTooLittleSpace } from './space.ts'
import { surveyVersion } from './survey.ts'
import { closeAsWriter } from './tidy-sidecars.ts'
import { upgradeFile } from './upgrade-file.ts'
import { tryToCleanUp, withCleanUp } from './with-clean-up.ts'

/**
 * Upgrades a file that was looked at before: takes the lock, makes the backup, migrates, proves, commits.
 *
 * @returns null when there is nothing to do any more: another process was faster
 * @throws {UpgradeRefusedError} when another process has the file open, a disk is too full, or a journal or a log
 *   beside the file is not of this file
 * @throws {UpgradeCommittedError} when something failed after the upgrade was committed
 * @throws {UpgradeFailedError} when a disk fails; it says what the file holds
 * @throws whatever {@link upgradeFile} throws; the contents of the file are as they were
 */
export async function runUpgrade(
  preview: Preview,
  request: Omit<UpgradeRequest, 'path' | 'survey'>,
  observer: Observer,
): Promise<UpgradeReport | null> {
  const steps = followSteps(observer)
  try {
    return await run(preview, request, steps)
  } catch (error) {
    const { step, backup, hasBegunToChange, isProven, isCommitted } = steps
    const { path, survey } = preview
    const { plan } = request.suite
    throw explainFailure(error, {
      path,
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
  { path, survey, space, holders }: Preview,
  request: Omit<UpgradeRequest, 'path' | 'survey'>,
  steps: StepFollower,
): Promise<UpgradeReport | null> {
  const { suite, adopt = false, busyTimeoutMilliseconds } = request
  refuseHeld(path, holders)
  refuseHeld(path, findHolders(path))
  refuseTooLittleSpace(path, space)
  const folder = request.backupFolder ?? dirname(path)
  recoverSafely(path, { folder, busyTimeoutMilliseconds }, (connection) =>
    surveyVersion(connection, suite.plan, path, {
      adopt,
      fixtures: suite.fixtures,
      snapshots: suite.snapshots,
    }),
  )
  refuseForeignLog(path)
  const database = openExclusively(path, busyTimeoutMilliseconds)
  let report: UpgradeReport | null
  try {
    report = await upgradeFile(database, { ...request, path, survey }, steps)
  } catch (error) {
    tryToCleanUp(() => release(database, path))
    throw error
  }
  release(database, path)
  return report
}

/** Gives the lock back, and closes the connection whatever fails before. */
function release(database: Database.Database, path: string) {
  const goBackToNormal = () => {
    // What a look at the file in WAL mode left, when a killed run had put it into rollback mode.
    if (database.pragma('journal_mode', { simple: true }) !== 'wal') {
      tryToCleanUp(() => rmSync(`${path}-shm`, { force: true }))
    }
    // In the normal mode SQLite removes its sidecars when the last connection closes.
    database.pragma('locking_mode = NORMAL')
    database.exec('SELECT count(*) FROM sqlite_schema')
  }
  withCleanUp(goBackToNormal, () => database.close())
  // Under a lock that was taken before the first read, SQLite does without the `-shm`, and leaves one that lies there.
  if (existsSync(`${path}-shm`) && !existsSync(`${path}-wal`)) closeAsWriter(path)
}
