import { databaseName } from '../../../faults/run.ts'
import { sweepPowerLoss } from '../../../faults/sweep.ts'
import type { Mutant, Symptom } from '../../model.ts'
import type { LayerContext } from '../layer.ts'

/** How many operations of the disk lie between two power losses. */
const every = 16

/** Lets the power fail now and then in the upgrade of the nearest snapshot, on a simulated disk. */
export function probePowerLoss(mutant: Mutant, { starts, simulator }: LayerContext): readonly Symptom[] {
  if (mutant.ground !== 'migrator') return []
  const { plan, migrate } = mutant
  const nearest = starts.all.findLast(
    ({ version, ownTriggers }) => version < mutant.version && ownTriggers.length === 0,
  )
  if (nearest === undefined) return []
  const { bad } = sweepPowerLoss(simulator, {
    plan,
    // The disk writes into what it gets, and a Buffer's slice is no copy.
    files: new Map([[databaseName, new Uint8Array(nearest.bytes)]]),
    upgrade: (connection) => {
      connection.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON')
      migrate(connection, plan)
    },
    every,
    rounds: 1,
  })
  return bad.map(({ defect, detail }) => ({
    object: 'a power loss',
    expected: 'a whole version',
    actual: `${defect}: ${detail}`,
  }))
}
