import {
  type Finding,
  type Simulator,
  sweepIoFaults,
  sweepPowerLoss,
} from '../../../src/harness/faults/index.ts'
import { libraryFiles, libraryPlan as plan } from './library.ts'
import type { PlantedMigrator } from './planted.ts'

/** How often a migrator was broken, and what was wrong after that. */
export interface Catch {
  readonly tried: number
  readonly bad: readonly Finding[]
}

/** Breaks a migrator of the library: by power loss at every point, or by a fault at every fifth call. */
export function breakLibrary(
  simulator: Simulator,
  { layer, upgrade }: Pick<PlantedMigrator, 'layer' | 'upgrade'>,
): Catch {
  const options = { plan, files: libraryFiles(), upgrade: upgrade(plan) }
  if (layer === 'power loss') {
    const { images, bad } = sweepPowerLoss(simulator, options)
    return { tried: images.length, bad }
  }
  const { runs, bad } = sweepIoFaults(simulator, { ...options, every: 5 })
  return { tried: runs, bad }
}
