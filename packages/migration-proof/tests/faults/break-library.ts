import {
  type FoundDefect,
  type Simulator,
  sweepIoFaults,
  sweepNestedPowerLoss,
  sweepPowerLoss,
} from '../../src/faults/index.ts'
import { libraryFiles, libraryPlan as plan } from '../support/library.ts'
import type { FaultyMigrator } from './faulty-migrators.ts'

/** How often a migrator was broken, and what was wrong after that. */
export interface Catch {
  readonly tried: number
  readonly bad: readonly FoundDefect[]
}

/**
 * Breaks a migrator of the library: by power loss at every point, by a second one after four of them, or by a
 * fault at every fifth call.
 */
export function breakLibrary(
  simulator: Simulator,
  { sweep, upgrade }: Pick<FaultyMigrator, 'sweep' | 'upgrade'>,
): Catch {
  const options = { plan, files: libraryFiles(), upgrade: upgrade(plan) }
  if (sweep !== 'disk faults') {
    const { images, bad } =
      sweep === 'power loss'
        ? sweepPowerLoss(simulator, options)
        : sweepNestedPowerLoss(simulator, { ...options, firstLosses: 4 })
    return { tried: images.length, bad }
  }
  const { runs, bad } = sweepIoFaults(simulator, { ...options, every: 5 })
  return { tried: runs, bad }
}
