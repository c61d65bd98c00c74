// Goal: whatever valid rows a file of an old version holds, and whatever hazards among them, they are all there
// after the upgrade. The old files are made of golden schemas, not by the migrations.

import { startCampaign } from 'migration-proof/behaviour'
import { afterAll, describe, expect, it } from 'vitest'
import suite from '../../src/suite/index.ts'
import { leastRows } from '../support/property-budget.ts'

const RUNS = 12
const campaign = startCampaign(suite, 'old data', 'npx vitest run tests/property')
afterAll(() => campaign.end())

describe('any old rows', () => {
  it.for(campaign.names)('%s: all of them are there after the upgrade', (name) => {
    campaign.expectToHold(name, RUNS)
  })

  it('are enough', () => {
    const { rows, least } = campaign.count(leastRows['old data'])
    expect(rows).toBeGreaterThanOrEqual(least)
  })
})
