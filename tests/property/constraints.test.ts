// Goal: whatever rows come, each table takes the valid ones and gives them back as they were, fills in its
// defaults, meets each invalid one with the error code of its fault, and is then as it was before. Known hazards
// of the schema, such as NULL keys and text among numbers, are shown to be taken.

import { startCampaign } from 'migration-proof/behaviour'
import { afterAll, describe, expect, it } from 'vitest'
import suite from '../../src/suite/index.ts'
import { leastRows, PROMISED_ROWS } from '../support/property-budget.ts'

const campaign = startCampaign(suite, 'constraints', 'npx vitest run tests/property')
/** Each table gets 450 runs, and more where there are fewer than the 17 tables of v6, so that the rows stay as many. */
const RUNS = Math.max(450, Math.ceil((450 * 17) / campaign.names.length))
afterAll(() => campaign.end())

describe('any rows', () => {
  it.for(campaign.names)('%s: valid rows come back, invalid rows meet their code', (name) => {
    campaign.expectToHold(name, RUNS)
  })

  it('are enough', () => {
    const { rows, least } = campaign.count(leastRows.constraints)
    expect(rows).toBeGreaterThanOrEqual(least)
  })

  it('are as many in all files of this folder as was promised', () => {
    const rows = Object.values(leastRows).reduce((sum, least) => sum + least, 0)
    expect(rows).toBeGreaterThanOrEqual(PROMISED_ROWS)
  })
})
