// Goal: whatever rows come, each table takes the valid ones and gives them back as they were, fills in its
// defaults, meets each invalid one with the error code of its fault, and is then as it was before. Known hazards
// of the schema, such as NULL keys and text among numbers, are shown to be taken.
import { afterAll, describe, expect, it } from 'vitest'
import { leastRows } from '../support/property-budget.ts'
import { startCampaign } from '../support/property-campaign.ts'
import { constraintsFamily } from '../support/property-families.ts'

const RUNS = 450
const campaign = startCampaign('constraints', constraintsFamily())
afterAll(() => campaign.end())

describe('any rows', () => {
  it.for(campaign.names)('%s: valid rows come back, invalid rows meet their code', (name) => {
    campaign.expectToHold(name, RUNS)
  })

  it('are enough', () => {
    const { rows, least } = campaign.count(leastRows.constraints)
    expect(rows).toBeGreaterThanOrEqual(least)
  })
})
