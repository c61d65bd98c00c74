import { lstatSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { DiagnosedError, type Diagnosis } from '../errors.ts'
import { holdsCommittedLog } from '../migrator/journal-structure.ts'
import { describeSubject, type Problem } from '../problem.ts'
import { type FileIdentity, findNameOf, readIdentity } from './file-identity.ts'
import type { Observer } from './model.ts'

/** Why a file is not upgraded or restored, although it may be a sound database. */
export type UpgradeRefusal =
  | 'symbolic-link'
  | 'empty'
  | 'newer-version'
  | 'held'
  | 'no-space'
  | 'damaged'
  | 'journal'
  | 'log'
  | 'read-only'
  | 'trigger-on-versions'
  | 'folder'
  | 'not-a-file'
  | 'same-file'
  | 'foreign'
  | 'unreadable-schema'
  | 'old-format'
  | 'too-large'

/** Thrown before anything is changed. */
export class UpgradeRefusedError extends DiagnosedError {
  override readonly name = 'UpgradeRefusedError'
  readonly reason: UpgradeRefusal

  constructor(reason: UpgradeRefusal, diagnosis: Diagnosis, options?: ErrorOptions) {
    super(diagnosis, options)
    this.reason = reason
  }
}

/** The error of a file that was looked at and does not have its name any more. Nothing of it was changed. */
export function fileGone(path: string, options?: ErrorOptions): UpgradeRefusedError {
  const found = lstatSync(path, { throwIfNoEntry: false })
  const actual = found === undefined ? 'no file' : found.isFile() ? 'another file' : 'something else'
  const fix = 'nothing was changed: find out what moves files there, and run again'
  return new UpgradeRefusedError(
    'not-a-file',
    { where: path, expected: 'the file that was looked at', actual: `${actual} of that name`, fix },
    options,
  )
}

/** Thrown inside the transaction of the upgrade, and so undoes it. */
export class UpgradeNotProvenError extends DiagnosedError {
  override readonly name = 'UpgradeNotProvenError'
  readonly problems: readonly [Problem, ...Problem[]]

  constructor(path: string, problems: readonly [Problem, ...Problem[]]) {
    const [{ code, subject, expected, actual }] = problems
    const others =
      problems.length === 1
        ? ''
        : ` (and ${problems.length - 1} more ${problems.length === 2 ? 'problem' : 'problems'})`
    super({
      where: `${path}, check ${code}, ${describeSubject(subject)}`,
      expected,
      actual: `${actual}${others}`,
      fix: 'the upgrade was undone before COMMIT and the file holds what it held: report the problems to those who write the migrations',
    })
    this.problems = problems
  }
}

/** Thrown when the backup that a run made is gone, or has been replaced. */
export class BackupLostError extends DiagnosedError {
  override readonly name = 'BackupLostError'

  constructor(
    backup: string,
    origin: string,
    state: 'unchanged' | 'upgraded',
    actual: string,
    options?: ErrorOptions,
  ) {
    const fix = `${origin} ${state === 'unchanged' ? 'was not changed' : 'is upgraded and proven, and without a backup'}: find out what moves files there, and do not restore it from what has that name`
    super({ where: backup, expected: 'the backup that this run made', actual, fix }, options)
  }
}

/** Thrown when a backup that was just made does not hold what its file holds. Nothing was changed. */
export class BackupDiffersError extends DiagnosedError {
  override readonly name = 'BackupDiffersError'

  constructor(folder: string, origin: string, actual: string, options?: ErrorOptions) {
    const fix = `${origin} was not changed, and the backup is removed: check the disk of that folder, or name another one, and run again`
    super({ where: folder, expected: `a backup with each page of ${origin}`, actual, fix }, options)
  }
}

/** A run whose file was renamed, removed or replaced while it was locked. */
export interface ReplacedFile {
  readonly path: string
  /** Which file was locked. */
  readonly identity: FileIdentity
  readonly backup: string | null
  readonly isCommitted: boolean
}

/**
 * Thrown when the file that a run has locked does not have its name any more: it was renamed or removed, and another may
 * have been put there, which the run has not touched.
 */
export class FileReplacedError extends DiagnosedError {
  override readonly name = 'FileReplacedError'

  constructor({ path, identity, backup, isCommitted }: ReplacedFile, options?: ErrorOptions) {
    const now = findNameOf(identity, path)
    const isGone = lstatSync(path, { throwIfNoEntry: false }) === undefined
    super(
      {
        where: path,
        expected: 'the file that was locked to keep its name until the end',
        actual: `${isGone ? 'no file' : 'another file'} of that name: ${now === null ? 'the file was moved or removed meanwhile' : `the file is ${now} now`}`,
        fix: describeReplaced(path, now, isCommitted) + describeBackup(backup, now),
      },
      options,
    )
  }
}

/** A folder that is renamed takes the backup with it. */
function describeBackup(backup: string | null, now: string | null): string {
  if (backup === null) return ''
  const moved = now === null ? backup : join(dirname(now), basename(backup))
  const found = [backup, moved].find((path) => readIdentity(path) !== null)
  return found === undefined
    ? `; the backup ${backup} was moved or removed as well`
    : `; the backup ${found} holds what it held before`
}

function describeReplaced(path: string, now: string | null, isCommitted: boolean) {
  return isCommitted
    ? `the upgrade was committed in ${now ?? 'the file that was locked'}, and what is called ${path} by now is not upgraded: put the right file there before the server starts`
    : `nothing of the upgrade was kept${now === null ? '' : `, and ${now} holds what it held`}: find out what moves files there, and run again`
}

/** Thrown when the user stopped the work. The transaction was rolled back. */
export class UpgradeCancelledError extends DiagnosedError {
  override readonly name = 'UpgradeCancelledError'

  constructor(path: string, work: 'upgrade' | 'restore' = 'upgrade') {
    super({
      where: path,
      expected: `the ${work} to its end`,
      actual: 'a request to stop',
      fix: 'nothing of it was kept: run it again to finish',
    })
  }
}

/**
 * Refuses another application's database.
 *
 * @param found what it has, from `recogniseDatabase`
 * @param fix how to go on, in words of the command
 */
export function foreignDatabase(path: string, found: readonly string[], fix: string): UpgradeRefusedError {
  const [first = 'nothing', ...others] = found
  const log = holdsCommittedLog(path) ? `, read together with the log ${basename(path)}-wal beside it` : ''
  return new UpgradeRefusedError('foreign', {
    where: path,
    expected: 'a database of this application',
    actual: `one of another application, with ${first}${others.length === 0 ? '' : ` and ${others.length} more`}${log}`,
    fix: log === '' ? fix : `find out whether the log belongs to the file, and ${fix}`,
  })
}

/** Thrown when a disk or the system failed in the middle of the work. The message says what the file holds now. */
export class UpgradeFailedError extends DiagnosedError {
  override readonly name = 'UpgradeFailedError'

  constructor(where: string, failure: string, outcome: string, options?: ErrorOptions) {
    super({ where, expected: 'a disk that works and has room', actual: failure, fix: outcome }, options)
  }
}

/** An upgrade that was committed, and what failed afterwards. */
export interface CommittedUpgrade {
  readonly path: string
  /** The version that was read from the file afterwards; in words, why it cannot be read. */
  readonly now: number | string
  /** Whether every proof has passed. */
  readonly isProven: boolean
  readonly backup: string | null
  readonly failure: string
}

/** Thrown when something fails at or after COMMIT, and the file, read again, holds the upgrade. */
export class UpgradeCommittedError extends DiagnosedError {
  override readonly name = 'UpgradeCommittedError'

  constructor(upgrade: CommittedUpgrade, options?: ErrorOptions) {
    const { path, isProven, failure } = upgrade
    const expected = isProven
      ? 'no error at or after COMMIT'
      : 'nothing of the upgrade to stay before every proof has passed'
    super({ where: path, expected, actual: failure, fix: describeCommitted(upgrade) }, options)
  }
}

function describeCommitted({ path, now, isProven, backup }: CommittedUpgrade): string {
  const again = typeof now === 'number' ? ', read again,' : ''
  const state = typeof now === 'number' ? `is at version ${now}` : `could not be read (${now})`
  if (isProven) {
    const kept = backup === null ? '' : `, and keep the backup ${backup}`
    return `the upgrade was committed with every proof passed, and the file${again} ${state}: check the disk before the server starts${kept}`
  }
  const back = backup === null ? `restore ${path} from a backup of your own` : `restore the backup ${backup}`
  return `a part of the upgrade was committed although not every proof had passed, and the file${again} ${state}: ${back} before the server starts`
}

/** @throws {UpgradeCancelledError} when the user has asked the work to stop */
export function refuseCancelled(path: string, observer: Observer): void {
  if (observer.isCancelled()) throw new UpgradeCancelledError(path)
}

/** The migrator reports whatever stops a statement as a failure of its migration; this turns it back into a cancellation. */
export function explainCancellation<Result>(path: string, observer: Observer, work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    const isCancellation = error instanceof Error && error.cause instanceof UpgradeCancelledError
    throw isCancellation && observer.isCancelled() ? new UpgradeCancelledError(path) : error
  }
}
