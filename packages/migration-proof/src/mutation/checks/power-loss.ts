import { databaseName } from '../../faults/run.ts'
import { sweepPowerLoss } from '../../faults/session.ts'
import { makeProblem, type Problem } from '../../problem.ts'
import type { Mutant } from '../model.ts'
import type { MutantCheck, MutantContext } from './mutant-check.ts'

/** The number of disk operations between two crash points. */
const every = 16

/** Cuts the power at some points of the upgrade of the nearest snapshot, on a simulated disk. */
export const powerLoss: MutantCheck = {
  name: 'power loss',
  keptBecause: 'it alone checks what the disk holds after a power loss',
  sites: ['migrator'],
  run: losePower,
}

function losePower(mutant: Mutant, { starts, simulator }: MutantContext): readonly Problem[] {
  const { plan, migrate } = mutant
  const nearest = starts.all.findLast(
    ({ version, extras }) => version < mutant.version && extras.length === 0,
  )
  if (nearest === undefined) return []
  const { bad } = sweepPowerLoss(simulator, {
    plan,
    // The disk writes to the given bytes, and slicing a Buffer does not copy them.
    files: new Map([[databaseName, new Uint8Array(nearest.bytes)]]),
    upgrade: (connection) => {
      connection.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON')
      migrate(connection, plan)
    },
    every,
    rounds: 1,
  })
  return bad.map(({ defect, detail }) =>
    makeProblem('power loss', {
      subject: { type: 'database', name: 'a power loss' },
      expected: 'a whole version',
      actual: `${defect}: ${detail}`,
    }),
  )
}
