// Goal: whatever valid rows a file of an old version holds, and whatever hazards among them, they are all there
// after the upgrade. The old files are made of golden schemas, not by the migrations.
import { afterAll, describe, expect, it } from 'vitest'
import { leastRows } from '../support/property-budget.ts'
import { startCampaign } from '../support/property-campaign.ts'
import { oldDataFamily } from '../support/property-families.ts'

const RUNS = 12
const campaign = startCampaign('old data', oldDataFamily())
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
