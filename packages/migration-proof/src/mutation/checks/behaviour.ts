import { checkBehaviour } from '../../behaviour/checks/index.ts'
import { latestVersionOf } from '../../migrator/plan.ts'
import type { MutantCheck } from './mutant-check.ts'
import { checkSurvival } from './survival.ts'

/** Runs statements, and looks at their rows, error codes and query plans alone. */
export const behaviour: MutantCheck = {
  name: 'behaviour',
  keptBecause: 'it reads no schema, so that it needs none to be right',
  run: (mutant, { subject: { suite, models }, databases }) => [
    ...[...new Set([mutant.version, latestVersionOf(mutant.plan)])].flatMap((version) =>
      databases.withFresh(mutant, version, (connection) =>
        checkBehaviour({ connection, facts: suite.facts, version, models }),
      ),
    ),
    ...checkSurvival(mutant, models, databases),
  ],
}
