import { DiagnosedError } from '../errors.ts'
import type { CrashImage } from './crash-points.ts'
import { formatImageId, type ImageId } from './crash-points.ts'
import type { DiskFiles } from './disk.ts'
import type { Fault } from './fault-list.ts'
import { describeLog } from './io-call.ts'
import type { IoFaultOptions } from './judge-fault.ts'
import { judgeFault, startFaultSession } from './judge-fault.ts'
import { type NestedOptions, runAgain, secondImages } from './nested.ts'
import type { DiskVerdict } from './oracle.ts'
import { requireVersion } from './oracle.ts'
import { startSession } from './session.ts'
import type { Simulator } from './simulator.ts'

/** One image, recreated. */
export interface Replay {
  readonly files: DiskFiles
  readonly verdict: DiskVerdict
  /** The disk operations before the power failed, one per line, without any contents of rows. */
  readonly log: readonly string[]
}

/**
 * Recreates one image of a sweep and judges it. Seed, unit and upgrade must be those of the sweep; there may be more
 * rounds.
 *
 * @throws {DiagnosedError} when the sweep has no such image
 */
export function replayImage(simulator: Simulator, options: NestedOptions, id: ImageId): Replay {
  const session = startSession(simulator, options)
  const judge = ({ makeFiles, acknowledgedVersion }: CrashImage) =>
    requireVersion(session.oracle.judge(makeFiles()), acknowledgedVersion)
  const first = findImage(session.imagesAt(id.point), id, id)
  const firstVerdict = judge(first)
  const log = describeLog(session.log.slice(0, id.point), [...options.files.keys()])
  if (id.again === undefined) return { files: first.makeFiles(), verdict: firstVerdict, log }
  const version = firstVerdict.outcome === 'whole' ? firstVerdict.version : 0
  const second = findImage(secondImages(simulator, options, first, version), id.again, id)
  const secondRun = runAgain(simulator, options, first)
  const secondLog = describeLog(secondRun.log.slice(0, id.again.point), [...first.makeFiles().keys()])
  return {
    files: second.makeFiles(),
    verdict: judge(second),
    log: [...log, 'the power fails', ...secondLog],
  }
}

function findImage(
  images: Iterable<CrashImage>,
  { point, choice }: Pick<ImageId, 'point' | 'choice'>,
  id: ImageId,
): CrashImage {
  for (const image of images) if (image.point === point && image.choice === choice) return image
  throw new DiagnosedError({
    where: `Image ${formatImageId(id)}`,
    expected: 'an image of this upgrade',
    actual: 'no such point or choice',
    fix: 'replay it with the seed and options of the sweep that named it',
  })
}

/**
 * Repeats the upgrade with one fault of a sweep, and judges what it left.
 *
 * @throws what the upgrade throws without a fault
 */
export function replayFault(simulator: Simulator, options: IoFaultOptions, fault: Fault): Replay {
  const session = startFaultSession(simulator, options)
  const { run, verdict } = judgeFault(session, fault)
  const lines = describeLog(run.log, [...options.files.keys()])
  const { call, point } = run.fault ?? { call: null, point: run.log.length }
  const failed = call === null ? 'no call failed' : `${call.kind} ${call.name} fails`
  return {
    files: run.disk.readFiles(),
    verdict,
    log: [...lines.slice(0, point), failed, ...lines.slice(point)],
  }
}
