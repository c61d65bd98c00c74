import { type CrashImage, crashImages, formatImageId } from './crash-points.ts'
import type { DiskOperation } from './disk.ts'
import { seededRandom } from './random.ts'
import { type RunResult, simulateUpgrade } from './run.ts'
import {
  type BadImage,
  type PowerLossOptions,
  type PowerLossResult,
  type Session,
  startSession,
} from './session.ts'
import type { Simulator } from './simulator.ts'
import { makeTally } from './tally.ts'

export interface NestedOptions extends PowerLossOptions {
  /** At how many points the power fails first; defaults to 8. */
  readonly firstLosses?: number
  /** From how many of the disks that the first loss may leave at a point the upgrade continues; defaults to 1. */
  readonly disksAtPoint?: number
  /** At how many points, from the start of the second run, the power fails again; defaults to 40. */
  readonly secondPoints?: number
}

/**
 * Cuts the power at points spread over the upgrade, restarts the upgrade on what is left, and cuts the power again while
 * SQLite recovers and the upgrade continues. The version found after the first loss must not be lost in the second.
 *
 * @throws as `sweepPowerLoss` does
 */
export function sweepNestedPowerLoss(simulator: Simulator, options: NestedOptions): PowerLossResult {
  const { firstLosses = 8, disksAtPoint = 1, seed = 1, onImage = () => {} } = options
  const session = startSession(simulator, options)
  const tally = makeTally(session.oracle)
  const bad = new Map<string, BadImage>()
  const continued = new Set<string>()
  let points = 0
  for (const first of spreadImages(session, { firstLosses, disksAtPoint, seed })) {
    const { hash: firstHash, verdict } = tally.judge(first)
    if (verdict.outcome === 'bad') {
      bad.set(formatImageId(first), {
        id: formatImageId(first),
        defect: verdict.defect,
        detail: verdict.detail,
      })
      continue
    }
    // The same disk would only repeat the same second losses.
    if (continued.has(firstHash)) continue
    continued.add(firstHash)
    for (const second of secondImages(simulator, options, first, verdict.version)) {
      if (second.choice === 0) points++
      const { hash, verdict: again, isNew } = tally.judge(second)
      const id = formatImageId({ ...first, again: second })
      if (again.outcome === 'bad' && !bad.has(hash))
        bad.set(hash, { id, defect: again.defect, detail: again.detail })
      if (isNew) onImage({ images: tally.images.length, bad: bad.size })
    }
  }
  const { reruns } = session.oracle
  return { images: tally.images, bad: [...bad.values()], points, reruns, versions: tally.versions }
}

/** The disks that a second power loss may leave, while the upgrade runs again on what the first one left. */
export function secondImages(
  simulator: Simulator,
  options: NestedOptions,
  first: CrashImage,
  startVersion: number,
): Iterable<CrashImage> {
  const { unitBytes = 512, seed = 1, secondPoints = 40 } = options
  const { log } = runAgain(simulator, options, first)
  const toPoint = Math.min(log.length, secondPoints)
  return crashImages({ files: first.makeFiles(), log, unitBytes, seed, rounds: 1, startVersion, toPoint })
}

/** Runs the upgrade on what a power loss left. */
export function runAgain(
  simulator: Simulator,
  { plan, upgrade }: NestedOptions,
  first: CrashImage,
): RunResult {
  return simulateUpgrade(simulator, { plan, upgrade, files: first.makeFiles() })
}

/** Some images of each of a number of points, spread evenly over the operations that change the disk. */
function spreadImages(
  { log, imagesAt }: Session,
  { firstLosses, disksAtPoint, seed }: Required<Pick<NestedOptions, 'firstLosses' | 'disksAtPoint' | 'seed'>>,
): CrashImage[] {
  const points = [...log.entries()].filter(([, { kind }]) => isChange(kind)).map(([index]) => index + 1)
  const step = Math.max(1, points.length / firstLosses)
  const chosen = new Set(Array.from({ length: firstLosses }, (_, index) => points[Math.floor(index * step)]))
  return [...chosen].flatMap((point) => {
    const ofPoint = point === undefined ? [] : [...imagesAt(point)]
    const start = seededRandom('first', seed, point ?? 0).below(ofPoint.length)
    return [...ofPoint.slice(start), ...ofPoint.slice(0, start)].slice(0, disksAtPoint)
  })
}

function isChange(kind: DiskOperation['kind']): boolean {
  return kind !== 'acknowledge'
}
