import type { Layer } from './layer.ts'
import { checkAttempt } from './probes/attempt.ts'
import { probes } from './probes/index.ts'

export const faultsLayer: Layer = {
  name: 'faults',
  looksAt:
    'stops the upgrade at its statements, lets the power fail, races it with another starter, hands it a newer file',
  keptBecause: 'nothing else looks at an upgrade that does not run to its end by itself',
  grounds: ['data', 'migrator'],
  run: (mutant, context) => probes.flatMap((probe) => checkAttempt(() => probe(mutant, context))),
}
