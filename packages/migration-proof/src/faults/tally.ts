import { errorCode } from '../migrator/errors.ts'
import type { DiskFiles } from './disk.ts'
import { hashFiles, type Oracle } from './oracle.ts'
import { Rooms } from './rooms.ts'

/** What is wrong with the database that a failure left behind. */
export type Defect =
  | 'unreadable'
  | 'damaged'
  | 'half-done'
  | 'acknowledged-lost'
  | 'rerun-failed'
  | 'rerun-wrong'
  | 'false-success'
  | 'unclear-error'

export const defects: readonly Defect[] = [
  'unreadable',
  'damaged',
  'half-done',
  'acknowledged-lost',
  'rerun-failed',
  'rerun-wrong',
  'false-success',
  'unclear-error',
]

/** Why a database is bad. The text names tables, codes and versions, never a value of a row. */
export interface Finding {
  readonly defect: Defect
  readonly detail: string
}

/** The database is exactly one version, whole, and the upgrade can be run again; or what is wrong. */
export type Verdict = { readonly outcome: 'whole'; readonly version: number } | BadVerdict

export interface BadVerdict extends Finding {
  readonly outcome: 'bad'
}

export function bad(defect: Defect, detail: string): BadVerdict {
  return { outcome: 'bad', defect, detail }
}

/** A version that someone was told of must not vanish. */
export function requireVersion(verdict: Verdict, acknowledgedVersion: number): Verdict {
  if (verdict.outcome === 'bad' || verdict.version >= acknowledgedVersion) return verdict
  return bad(
    'acknowledged-lost',
    `version ${verdict.version} after version ${acknowledgedVersion} was there for good`,
  )
}

/** A disk that a failure may leave behind. */
export interface Remains {
  /** The last version that was there for good. */
  readonly acknowledgedVersion: number
  /** @param rooms where to make them; they are good until the rooms are used again */
  makeFiles(rooms?: Rooms): DiskFiles
}

/** Opens and judges each different disk once. */
export interface Tally {
  /** The same disk may come again where a later version was there for good, and be bad only then. */
  judge(remains: Remains): Judged
  /** The hash of each different disk, in the order in which they were opened. */
  readonly images: readonly string[]
  /** How many disks are of each version. */
  readonly versions: ReadonlyMap<number, number>
}

export interface Judged {
  readonly hash: string
  readonly verdict: Verdict
  readonly isNew: boolean
}

export function makeTally(oracle: Oracle): Tally {
  const verdicts = new Map<string, Verdict>()
  const versions = new Map<number, number>()
  const images: string[] = []
  const rooms = new Rooms()

  const open = (hash: string, files: DiskFiles): Verdict => {
    const verdict = oracle.judge(files)
    verdicts.set(hash, verdict)
    images.push(hash)
    if (verdict.outcome === 'whole') versions.set(verdict.version, (versions.get(verdict.version) ?? 0) + 1)
    return verdict
  }

  return {
    images,
    versions,
    judge: (remains) => {
      rooms.reuse()
      const files = remains.makeFiles(rooms)
      const hash = hashFiles(files)
      const known = verdicts.get(hash)
      const verdict = known ?? open(hash, files)
      return {
        hash,
        verdict: requireVersion(verdict, remains.acknowledgedVersion),
        isNew: known === undefined,
      }
    },
  }
}

/**
 * An error by its name, and by the code of the first of its causes that has one. Its message is not told: it
 * may quote a statement with the values in it.
 */
export function describeError(error: unknown): string {
  const name = error instanceof Error ? error.name : 'something that is no error'
  const code = codeInCauses(error)
  return code === null ? name : `${name}, ${code}`
}

/** The code of an error, or of the first of its causes that has one. */
export function codeInCauses(error: unknown): string | null {
  const code = errorCode(error)
  if (code !== null) return code
  return error instanceof Error && error.cause !== undefined ? codeInCauses(error.cause) : null
}
