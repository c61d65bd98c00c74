import { compareWithFacts } from '../../proof/checks/facts.ts'
import { type Layer, versionsFrom } from './layer.ts'

export const factsLayer: Layer = {
  name: 'facts',
  looksAt: 'compares what SQLite’s pragmas tell with the facts that were written by hand',
  keptBecause:
    'it shares no code with the comparison of schemas: a fault of that comparison would blind the others',
  run: (mutant, { subject: { suite }, databases }) =>
    versionsFrom(mutant).flatMap((version) =>
      databases.withFresh(mutant, version, (connection) =>
        compareWithFacts(connection, suite.facts, version, suite.plan.versions.tables),
      ),
    ),
}
