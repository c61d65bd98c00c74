import { checkContracts } from '../../behaviour/checks/contracts.ts'
import { latestVersionOf } from '../../migrator/plan.ts'
import { factsAt } from '../../proof/facts-at.ts'
import type { Layer } from './layer.ts'

export const contractsLayer: Layer = {
  name: 'contracts',
  looksAt: 'asks how SQLite runs each statement of the application',
  keptBecause:
    'it tells in the application’s own statements what a lost index costs; behaviour holds the same checks',
  run: (mutant, { subject: { suite }, databases }) =>
    [...new Set([mutant.version, latestVersionOf(mutant.plan)])].flatMap((version) =>
      databases.withFresh(mutant, version, (connection) =>
        checkContracts(connection, factsAt(suite.facts, version).contracts),
      ),
    ),
}
