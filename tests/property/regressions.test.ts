// Goal: what was once a counterexample, and was kept under fixtures/regressions, holds from then on, whatever
// becomes of the generators that found it.

import { readCounterexamples, renderFailure } from 'migration-proof/behaviour'
import { afterAll, describe, expect, it } from 'vitest'
import { findProperty, regressions } from '../support/property-campaign.ts'
import { families } from '../support/property-families.ts'

const opened = Object.values(families).map((open) => open())
const properties = opened.flatMap((family) => family.properties)
const counterexamples = readCounterexamples(regressions)
afterAll(() => {
  for (const family of opened) family.close()
})

describe('the kept counterexamples', () => {
  it('are there', () => {
    expect(counterexamples).not.toEqual([])
  })

  it.for(counterexamples.map(({ file, kept }) => [file, kept] as const))('%s holds', ([, kept]) => {
    const failures = findProperty(properties, kept.property).replay(kept.value)
    expect(failures.map(renderFailure), kept.reason).toEqual([])
  })
})
