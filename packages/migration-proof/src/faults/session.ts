import type { MigrationPlan } from '../migrator/plan.ts'
import { type CrashImage, crashImages } from './crash-points.ts'
import type { DiskFiles, DiskOperation } from './disk.ts'
import { formatImageId } from './image-id.ts'
import type { Finding } from './oracle.ts'
import { makeOracle, type Oracle } from './oracle.ts'
import { buildReference, type Reference } from './reference.ts'
import { simulateUpgrade } from './run.ts'
import type { Simulator } from './simulator.ts'
import { makeTally } from './tally.ts'
import type { Upgrade } from './upgrade.ts'

export interface PowerLossOptions {
  readonly plan: MigrationPlan
  /** The disk before the upgrade: `databaseName` and its bytes, or nothing for a new install. */
  readonly files: DiskFiles
  readonly upgrade: Upgrade
  /** The disk writes each such unit as a whole or not at all; 512 unless told otherwise. */
  readonly unitBytes?: number
  /** The same seed gives the same images; 1 unless told otherwise. */
  readonly seed?: number
  /** Let the power fail only at every so many-th point, and at the last; at each unless told otherwise. */
  readonly every?: number
  /** How many combinations of each kind to draw where there are too many to try all; 2 unless told otherwise. */
  readonly rounds?: number
  /** Read every image whole and run the upgrade again on it, not only where SQLite recovered other bytes than before. */
  readonly judgesAll?: boolean
  /** Told after each image that was opened. */
  readonly onImage?: (progress: PowerLossProgress) => void
}

export interface PowerLossProgress {
  readonly images: number
  readonly bad: number
}

/** An image that is not one whole version. */
export interface BadImage extends Finding {
  /** Its name, for `replayImage`. */
  readonly id: string
}

export interface PowerLossResult {
  /** The hash of each distinct image, in the order in which they were opened. */
  readonly images: readonly string[]
  readonly bad: readonly BadImage[]
  /** At how many points the power failed. */
  readonly points: number
  /** How often the upgrade was run again. */
  readonly reruns: number
  /** How many images are of each version. */
  readonly versions: ReadonlyMap<number, number>
}

/** What all images of a sweep share. */
export interface Session {
  readonly reference: Reference
  readonly oracle: Oracle
  /** What the upgrade does to the disk when nothing fails. */
  readonly log: readonly DiskOperation[]
  /** The images of every point, or of those that `every` names. */
  images(): Iterable<CrashImage>
  imagesAt(point: number): Iterable<CrashImage>
}

/**
 * Runs the upgrade where nothing fails, and learns from that what each version holds.
 *
 * @throws {DiagnosedError} when the upgrade loses rows though nothing was broken
 * @throws what the upgrade throws though nothing was broken
 */
export function startSession(simulator: Simulator, options: PowerLossOptions): Session {
  const {
    plan,
    files,
    upgrade,
    unitBytes = 512,
    seed = 1,
    every = 1,
    rounds = 2,
    judgesAll = false,
  } = options
  const reference = buildReference(simulator, plan, files)
  const { log, errors } = simulateUpgrade(simulator, { plan, upgrade, files })
  if (errors.length > 0) throw errors[0]
  const { startVersion } = reference
  const crash = { files, log, unitBytes, seed, rounds, startVersion }
  return {
    reference,
    oracle: makeOracle(simulator, { plan, upgrade, reference, judgesAll }),
    log,
    images: () => crashImages({ ...crash, every }),
    imagesAt: (point) => crashImages({ ...crash, fromPoint: point, toPoint: point }),
  }
}

/**
 * The disks that a power loss may leave behind, for whoever wants to open them with another engine.
 *
 * @throws as `sweepPowerLoss` does
 */
export function listPowerLosses(simulator: Simulator, options: PowerLossOptions): Iterable<CrashImage> {
  return startSession(simulator, options).images()
}

/**
 * Upgrades a database on a simulated disk and lets the power fail after each operation of the disk, with
 * every combination of what was not synced yet, or a seeded choice of them. Opens each disk that results,
 * once for each different one, and judges it.
 *
 * @throws {DiagnosedError} when the upgrade loses rows though nothing was broken
 * @throws what the upgrade throws though nothing was broken
 */
export function sweepPowerLoss(simulator: Simulator, options: PowerLossOptions): PowerLossResult {
  const { onImage = () => {} } = options
  const { oracle, log, images } = startSession(simulator, options)
  const tally = makeTally(oracle)
  const bad = new Map<string, BadImage>()
  for (const image of images()) {
    const { hash, verdict, isNew } = tally.judge(image)
    if (verdict.outcome === 'bad' && !bad.has(hash)) {
      bad.set(hash, { id: formatImageId(image), defect: verdict.defect, detail: verdict.detail })
    }
    if (isNew) onImage({ images: tally.images.length, bad: bad.size })
  }
  return {
    images: tally.images,
    bad: [...bad.values()],
    points: log.length + 1,
    reruns: oracle.reruns,
    versions: tally.versions,
  }
}
