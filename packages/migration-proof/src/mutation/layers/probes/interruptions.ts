import { latestVersionOf } from '../../../migrator/plan.ts'
import { interruptUpgrade } from '../../../proof/checks/interruption.ts'
import { openSubject } from '../../../proof/subject.ts'
import type { Mutant, Symptom } from '../../model.ts'
import type { LayerContext } from '../layer.ts'

/** At how many statements an upgrade is stopped, spread from its first to its last. */
const stops = { data: 2, migrator: 8, schema: 2 } as const

/** Stops the upgrade of the nearest snapshot at some of its statements, and lets the next start finish. */
export function probeInterruptions(mutant: Mutant, { subject: { suite } }: LayerContext): readonly Symptom[] {
  const version = Math.min(mutant.version, latestVersionOf(suite.plan))
  const nearest = suite.snapshots.findLast((snapshot) => snapshot.version < version)
  if (nearest === undefined) return []
  const mutated = { ...suite, plan: mutant.plan }
  using subject = openSubject(mutated, nearest.name, latestVersionOf(mutant.plan), mutant.migrate)
  return interruptUpgrade(subject, stops[mutant.ground])
}
