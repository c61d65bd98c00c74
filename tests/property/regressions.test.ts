// Goal: what was once a counterexample, and was kept under fixtures/regressions, holds from then on, whatever
// becomes of the generators that found it.
import { join } from 'node:path'
import { readCounterexamples } from 'migration-proof/behaviour'
import { describeUpgrades } from 'migration-proof/vitest'
import { expect, it } from 'vitest'
import suite from '../../src/suite/index.ts'

describeUpgrades(suite, { parts: ['regressions'] })

it('the kept counterexamples are there', () => {
  expect(readCounterexamples(join(suite.fixtures, 'regressions'))).not.toEqual([])
})
