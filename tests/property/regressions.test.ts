// Goal: what was once a counterexample, and was kept under fixtures/regressions, holds from then on, whatever
// becomes of the generators that found it.
import { join } from 'node:path'
import {
  describeProblem,
  familyNames,
  findProperty,
  openFamily,
  readCounterexamples,
} from 'migration-proof/behaviour'
import { afterAll, describe, expect, it } from 'vitest'
import suite from '../../src/suite/index.ts'

const opened = familyNames.map((name) => openFamily(suite, name))
const properties = opened.flatMap((family) => family.properties)
const counterexamples = readCounterexamples(join(suite.fixtures, 'regressions'))
afterAll(() => {
  for (const family of opened) family.close()
})

describe('the kept counterexamples', () => {
  it('are there', () => {
    expect(counterexamples).not.toEqual([])
  })

  it.for(counterexamples.map(({ file, kept }) => [file, kept] as const))('%s holds', ([, kept]) => {
    const failures = findProperty(properties, kept.property).replay(kept.value)
    expect(failures.map(describeProblem), kept.reason).toEqual([])
  })
})
