// Goal: the same statements meet the same fate on a database that was made at the latest version and on every
// snapshot that was upgraded to it, and leave the same rows.

import { startCampaign } from 'migration-proof/behaviour'
import { afterAll, describe, expect, it } from 'vitest'
import suite from '../../src/suite/index.ts'
import { leastRows } from '../support/property-budget.ts'

const RUNS = 60
const campaign = startCampaign(suite, 'differential', 'npx vitest run tests/property')
afterAll(() => campaign.end())

describe('any statements', () => {
  it.for(campaign.names)('%s: they meet the same fate', (name) => {
    campaign.expectToHold(name, RUNS)
  })

  it('try enough rows', () => {
    const { rows, least } = campaign.count(leastRows.differential)
    expect(rows).toBeGreaterThanOrEqual(least)
  })
})
