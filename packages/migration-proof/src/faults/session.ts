import type { MigrationPlan } from '../migrator/plan.ts'
import { type CrashImage, crashImages, formatImageId } from './crash-points.ts'
import type { DiskFiles, DiskOperation } from './disk.ts'
import type { FoundDefect } from './oracle.ts'
import { makeOracle, type Oracle } from './oracle.ts'
import { buildReference, type Reference } from './reference.ts'
import { simulateUpgrade } from './run.ts'
import type { Simulator } from './simulator.ts'
import { makeTally } from './tally.ts'
import type { UpgradeFunction } from './upgrade.ts'

export interface PowerLossOptions {
  readonly plan: MigrationPlan
  /** The disk before the upgrade: `databaseName` and its bytes, or empty for a new install. */
  readonly files: DiskFiles
  readonly upgrade: UpgradeFunction
  /** The unit that the disk writes atomically; defaults to 512. */
  readonly unitBytes?: number
  /** The same seed gives the same images; defaults to 1. */
  readonly seed?: number
  /** The power fails at every nth point, and at the last one; defaults to every point. */
  readonly every?: number
  /** How many combinations of each kind to draw where there are too many to try all; defaults to 2. */
  readonly rounds?: number
  /** Reads every image whole and runs the upgrade again on it, not only if SQLite recovers it to new bytes. */
  readonly judgesAll?: boolean
  /** Called after each opened image. */
  readonly onImage?: (progress: PowerLossProgress) => void
}

export interface PowerLossProgress {
  readonly images: number
  readonly bad: number
}

/** An image that is not one whole version. */
export interface BadImage extends FoundDefect {
  /** Its id, for `replayImage`. */
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
  /** The images of every point, or of every nth one, as `every` says. */
  images(): Iterable<CrashImage>
  imagesAt(point: number): Iterable<CrashImage>
}

/**
 * Runs the upgrade without a fault, and records what each version holds.
 *
 * @throws {DiagnosedError} when the upgrade loses rows without a fault
 * @throws what the upgrade throws without a fault
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
 * The disks that a power loss may leave, to be opened with another engine.
 *
 * @throws as `sweepPowerLoss` does
 */
export function listPowerLosses(simulator: Simulator, options: PowerLossOptions): Iterable<CrashImage> {
  return startSession(simulator, options).images()
}

/**
 * Upgrades a database on a simulated disk and cuts the power after each disk operation, with every combination of what
 * was not synced yet, or a seeded choice of them. Opens and judges each distinct disk that results.
 *
 * @throws {DiagnosedError} when the upgrade loses rows without a fault
 * @throws what the upgrade throws without a fault
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
