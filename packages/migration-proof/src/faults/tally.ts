import type { DiskFiles } from './disk.ts'
import { BufferPool } from './disk.ts'
import type { DiskVerdict } from './oracle.ts'
import { hashFiles, type Oracle, requireVersion } from './oracle.ts'

/** A state of the disk that a failure may leave. */
export interface DiskImage {
  /** The last version that was committed before the failure. */
  readonly acknowledgedVersion: number
  /** @param pool holds the files, which are valid until it is reset */
  makeFiles(pool?: BufferPool): DiskFiles
}

/** Opens and judges each distinct disk once. */
export interface Tally {
  /** The same disk may come up again after a later version was committed, and be bad only then. */
  judge(image: DiskImage): Judged
  /** The hash of each distinct disk, in the order in which they were opened. */
  readonly images: readonly string[]
  /** How many disks are of each version. */
  readonly versions: ReadonlyMap<number, number>
}

export interface Judged {
  readonly hash: string
  readonly verdict: DiskVerdict
  readonly isNew: boolean
}

export function makeTally(oracle: Oracle): Tally {
  const verdicts = new Map<string, DiskVerdict>()
  const versions = new Map<number, number>()
  const images: string[] = []
  const pool = new BufferPool()

  const open = (hash: string, files: DiskFiles): DiskVerdict => {
    const verdict = oracle.judge(files)
    verdicts.set(hash, verdict)
    images.push(hash)
    if (verdict.outcome === 'whole') versions.set(verdict.version, (versions.get(verdict.version) ?? 0) + 1)
    return verdict
  }

  return {
    images,
    versions,
    judge: (image) => {
      pool.reset()
      const files = image.makeFiles(pool)
      const hash = hashFiles(files)
      const known = verdicts.get(hash)
      const verdict = known ?? open(hash, files)
      return {
        hash,
        verdict: requireVersion(verdict, image.acknowledgedVersion),
        isNew: known === undefined,
      }
    },
  }
}
