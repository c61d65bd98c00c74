import { DiagnosedError } from '../errors.ts'
import type { CrashImage } from './crash-points.ts'
import type { DiskFiles, DiskOperation } from './disk.ts'
import { formatImageId, type ImageId } from './image-id.ts'
import { type NestedOptions, secondImages } from './nested.ts'
import { startSession } from './session.ts'
import type { Simulator } from './simulator.ts'
import { requireVersion, type Verdict } from './verdict.ts'

/** One image, made again. */
export interface Replay {
  readonly files: DiskFiles
  readonly verdict: Verdict
  /** What was done to the disk before the first power loss. */
  readonly log: readonly DiskOperation[]
}

/**
 * Makes one image of a sweep again and judges it. The options must be those of the sweep.
 *
 * @throws {DiagnosedError} when the sweep has no such image
 */
export function replayImage(simulator: Simulator, options: NestedOptions, id: ImageId): Replay {
  const session = startSession(simulator, options)
  const first = findImage(session.images(id.point, id.point), id, id)
  const image = id.again === undefined ? first : findSecond(first, id)
  const verdict = requireVersion(session.oracle.judge(image.makeFiles), image.acknowledgedVersion)
  return { files: image.makeFiles(), verdict, log: session.log.slice(0, id.point) }

  function findSecond(image: CrashImage, { again }: ImageId): CrashImage {
    const verdict = session.oracle.judge(image.makeFiles)
    const version = verdict.outcome === 'whole' ? verdict.version : 0
    return findImage(secondImages(simulator, options, image, version), again, id)
  }
}

function findImage(images: Iterable<CrashImage>, wanted: ImageId['again'], id: ImageId): CrashImage {
  for (const image of images) {
    if (image.point === wanted?.point && image.choice === wanted.choice) return image
  }
  throw new DiagnosedError({
    where: `Image ${formatImageId(id)}`,
    expected: 'an image of this upgrade',
    actual: 'no such point or choice',
    remedy: 'replay it with the seed and options of the sweep that named it',
  })
}
