import { type Replay, replayImage } from '../../faults/replay.ts'
import { replayFault } from '../../faults/replay-fault.ts'
import type { Simulator } from '../../faults/simulator.ts'
import type { Suite } from '../../proof/suite.ts'
import { UsageError } from '../errors.ts'
import type { CrashCase } from './case-id.ts'
import { listPaths } from './jobs.ts'
import { sweepOptions } from './run-job.ts'

/**
 * Makes one case of a sweep again.
 *
 * @throws {UsageError} when the suite has no such path
 */
export function replayCase(simulator: Simulator, suite: Suite, crashCase: CrashCase): Replay {
  const { path } = crashCase
  if (!listPaths(suite).includes(path)) {
    throw new UsageError({
      where: '--replay',
      expected: `one of the paths ${listPaths(suite).join(', ')}`,
      actual: `'${path}'`,
      remedy: 'copy the id of the failure, and name the config that it was found with',
    })
  }
  // The images of a sweep with less effort are among those of one with more, under the same names.
  const unitBytes = crashCase.kind === 'image' ? crashCase.unitBytes : 512
  const options = sweepOptions(suite, { ...crashCase, unitBytes, effort: 'exhaustive' })
  return crashCase.kind === 'image'
    ? replayImage(simulator, options, crashCase.image)
    : replayFault(simulator, options, crashCase.fault)
}
