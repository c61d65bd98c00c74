import type { CrashImage } from './crash-points.ts'
import { formatImageId } from './image-id.ts'
import { type BadImage, type PowerLossOptions, type PowerLossResult, startSession } from './session.ts'
import type { Simulator } from './simulator.ts'
import { makeTally } from './tally.ts'

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
