import type { DiskFiles, DiskOperation } from './disk.ts'
import { arrivals, chooseFates } from './fates.ts'
import { afterOperation, materialise, type SafeDisk, safeDisk } from './pending.ts'
import { seededRandom } from './random.ts'
import type { Rooms } from './rooms.ts'
import type { Remains } from './tally.ts'

export interface CrashOptions {
  /** What is safe on the disk before the first operation. */
  readonly files: DiskFiles
  readonly log: readonly DiskOperation[]
  /** The disk writes each such unit as a whole or not at all. */
  readonly unitBytes: number
  readonly seed: number
  /** How many combinations of each kind to draw where there are too many to try all. */
  readonly rounds: number
  /** The version that is there for good before the first operation. */
  readonly startVersion: number
  /** Let the power fail only at every so many-th point, and at the last; at each unless told otherwise. */
  readonly every?: number
  /** The first point of interest; 0 unless told otherwise. */
  readonly fromPoint?: number
  /** The last point of interest; the end of the log unless told otherwise. */
  readonly toPoint?: number
}

/** One disk that a power loss may leave behind. */
export interface CrashImage extends Remains {
  /** How many operations of the log were done before the power failed. */
  readonly point: number
  /** Which combination of fates it is, of those of its point. */
  readonly choice: number
}

/** Every disk that a power loss may leave behind, at every point of the log. The same seed gives the same disks. */
export function* crashImages(options: CrashOptions): Generator<CrashImage> {
  const { files, log, unitBytes, startVersion, every = 1, fromPoint = 0, toPoint = log.length } = options
  let disk = safeDisk(files)
  let acknowledgedVersion = startVersion
  for (let point = 0; point <= toPoint; point++) {
    const operation = log[point - 1]
    if (operation !== undefined) disk = afterOperation(disk, operation, unitBytes)
    if (operation?.kind === 'acknowledge') acknowledgedVersion = operation.version
    const isWanted = point >= fromPoint && (point % every === 0 || point === toPoint)
    if (isWanted) yield* imagesAt(options, disk, point, acknowledgedVersion)
  }
}

function* imagesAt(
  { seed, rounds }: CrashOptions,
  disk: SafeDisk,
  point: number,
  acknowledgedVersion: number,
): Generator<CrashImage> {
  const { pending } = disk
  // The combinations of a point do not depend on those of another, so that one image can be made by itself.
  const fatesOfPoint = chooseFates(pending.length, seededRandom(seed, point), rounds)
  for (const [choice, fates] of fatesOfPoint.entries()) {
    const makeFiles = (rooms?: Rooms) =>
      materialise(disk, arrivals(pending, fates, seededRandom(seed, point, choice)), rooms)
    yield { point, choice, acknowledgedVersion, makeFiles }
  }
}
