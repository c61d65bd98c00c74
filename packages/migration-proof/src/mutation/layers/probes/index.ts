import type { Mutant, Symptom } from '../../model.ts'
import type { LayerContext } from '../layer.ts'
import { probeCommits } from './commits.ts'
import { probeInterruptions } from './interruptions.ts'
import { probeNewerDatabase } from './newer-database.ts'
import { probePowerLoss } from './power-loss.ts'
import { probeSingleRun } from './single-run.ts'
import { probeStarters } from './starters.ts'

/** What may happen to an upgrade that does not run to its end by itself. */
export const probes: readonly ((mutant: Mutant, context: LayerContext) => readonly Symptom[])[] = [
  probeInterruptions,
  probeCommits,
  probeNewerDatabase,
  probeStarters,
  probeSingleRun,
  probePowerLoss,
]
