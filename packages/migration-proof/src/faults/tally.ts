import type { DiskFiles } from './disk.ts'
import type { Verdict } from './oracle.ts'
import { hashFiles, type Oracle, requireVersion } from './oracle.ts'
import { Rooms } from './rooms.ts'

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
