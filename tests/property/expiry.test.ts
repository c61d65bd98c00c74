// Goal: over any graph of clients and rows in the tables that are purged, a purge at any second removes exactly
// what a plain filter would, boundaries, NULL and text included, with the index of the expiry and without it.
// That the purge uses this index is part of behaviour.test.ts and contracts.test.ts.

import { startCampaign } from 'migration-proof/behaviour'
import { afterAll, describe, expect, it } from 'vitest'
import suite from '../../src/suite/index.ts'
import { leastRows } from '../support/property-budget.ts'

const RUNS = 450
const campaign = startCampaign(suite, 'expiry', 'npx vitest run tests/property')
afterAll(() => campaign.end())

describe('any graph of rows', () => {
  it.for(campaign.names)('%s: a purge removes what a plain filter would', (name) => {
    campaign.expectToHold(name, RUNS)
  })

  it('is tried with enough rows', () => {
    const { rows, least } = campaign.count(leastRows.expiry)
    expect(rows).toBeGreaterThanOrEqual(least)
  })
})
