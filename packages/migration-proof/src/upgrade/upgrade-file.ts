import { betterSqliteConnection, type Database } from '../engines/better-sqlite3.ts'
import { sizeOf } from '../migrator/explain-open-error.ts'
import { applyPlan } from './apply-plan.ts'
import { type Backup, confirmBackup, makeBackup, refuseDamagedFile, removeBackup } from './backup.ts'
import { FileReplacedError, UpgradeCancelledError } from './errors.ts'
import { isSameFile } from './file-identity.ts'
import type { Observer, UpgradeReport, UpgradeRequest } from './model.ts'
import { surveyVersion } from './survey.ts'
import { tryToCleanUp, withCleanUp } from './with-clean-up.ts'

/**
 * Upgrades a file that no other process can use meanwhile: one backup, every pending migration in one transaction,
 * and every proof before its COMMIT. Whatever stops it before COMMIT leaves the file's contents as they were.
 *
 * @param database a connection that holds the lock, from `openExclusively`; it stays open
 * @returns null when nothing is left to do because another process was faster
 * @throws {UpgradeNotProvenError} when a proof fails
 * @throws {UpgradeCancelledError}
 * @throws {FileReplacedError} when the file has lost its name
 * @throws {MigrationFailedError} when a migration fails
 * @throws {UpgradeRefusedError} when the database is damaged, or the backup cannot be made
 */
export async function upgradeFile(
  database: Database.Database,
  request: UpgradeRequest,
  observer: Observer,
): Promise<UpgradeReport | null> {
  const { path, suite, adopt = false, identity, level = 'default' } = request
  const lockedAt = performance.now()
  const sizeBeforeBytes = sizeOf(path)
  // Whatever was looked at before the lock may be another by now.
  const options = { adopt, fixtures: suite.fixtures, snapshots: suite.snapshots }
  const connection = betterSqliteConnection(database)
  const survey = { ...request.survey, ...surveyVersion(connection, suite.plan, path, options) }
  if (survey.pending.length === 0) return null
  const current = { ...request, survey }
  const backup = await secure(database, current, observer)
  const backupMilliseconds = performance.now() - lockedAt
  const isInPlace = () => isSameFile(path, identity)
  const confirmFile = (isCommitted: boolean) => {
    if (!isInPlace())
      throw new FileReplacedError({ path, identity, backup: backup?.path ?? null, isCommitted })
  }
  const applied = removeIfCancelled(backup, () => {
    // Before the change of the mode, which removes the log by its name.
    confirmFile(false)
    return withRollbackJournal(database, isInPlace, () =>
      applyPlan(database, current, backup, { observer, beforeCommit: () => confirmFile(false) }),
    )
  })
  confirmFile(true)
  if (backup !== null) confirmBackup(backup, 'upgraded')
  return {
    path,
    from: survey.version,
    to: survey.target,
    level,
    applied: applied.versions,
    backup: backup?.path ?? null,
    recoveredFrom: request.recoveredFrom ?? null,
    leftovers: backup?.leftovers ?? [],
    sizeBeforeBytes,
    sizeAfterBytes: sizeOf(path),
    proofs: applied.proofs,
    durations: {
      backupMilliseconds,
      migrationMilliseconds: applied.migrationMilliseconds,
      proofMilliseconds: applied.proofMilliseconds,
      lockedMilliseconds: performance.now() - lockedAt,
    },
  }
}

/** A user who stops and starts it repeatedly would collect backups of a file that never changed. */
function removeIfCancelled<Result>(backup: Backup | null, work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    if (backup !== null && error instanceof UpgradeCancelledError) tryToCleanUp(() => removeBackup(backup))
    throw error
  }
}

/** Makes the backup, or without one at least proves that the file is sound before it is changed. */
async function secure(database: Database.Database, request: UpgradeRequest, observer: Observer) {
  const { path, identity, survey, backupFolder: folder, madeAt, level = 'default' } = request
  const { version } = survey
  if (folder !== null)
    return makeBackup(database, { path, identity, folder, level, version, madeAt }, observer)
  if (level !== 'quick') observer.report({ step: 'backup-check', level })
  refuseDamagedFile(database, path, level)
  return null
}

/**
 * Runs the work with a rollback journal, and gives a file in WAL mode its mode back. An upgrade that adds
 * hundreds of megabytes would write each new page twice through the write-ahead log, while the rollback journal
 * only keeps the content of old pages, and names them.
 *
 * @param database the connection that holds the lock: with others, the mode cannot change
 * @param isInPlace whether the file still has its name. Where it has not, what has the name of its log is another's, which
 *   SQLite would take for this one's: then the mode stays as it is
 */
function withRollbackJournal<Result>(
  database: Database.Database,
  isInPlace: () => boolean,
  work: () => Result,
): Result {
  const before = database.pragma('journal_mode', { simple: true })
  if (before !== 'wal') return work()
  const giveBack = () => {
    if (isInPlace()) database.pragma('journal_mode = WAL')
  }
  return withCleanUp(() => {
    database.pragma('journal_mode = DELETE')
    return work()
  }, giveBack)
}
