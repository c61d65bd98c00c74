// Goal: whatever rows come, each table takes the valid ones and gives them back as they were, fills in its
// defaults, meets each invalid one with the error code of its fault, and is then as it was before. Known hazards
// of the schema, such as NULL keys and text among numbers, are shown to be taken.

import { factsAt } from 'migration-proof'
import { describeUpgrades } from 'migration-proof/vitest'
import { expect, it } from 'vitest'
import { latestVersion } from '../../src/migrations/index.ts'
import suite from '../../src/suite/index.ts'
import { leastRows, PROMISED_ROWS, propertyTests } from '../support/property-budget.ts'

const tables = factsAt(suite.facts, latestVersion).tables.length
/** Each table gets 450 runs, and more where there are fewer than the 17 tables of v6, so that the rows stay as many. */
const runs = Math.max(450, Math.ceil((450 * 17) / tables))

describeUpgrades(suite, propertyTests({ constraints: runs }))

it('all rows of this folder are as many as was promised', () => {
  const rows = Object.values(leastRows).reduce((sum, least) => sum + least, 0)
  expect(rows).toBeGreaterThanOrEqual(PROMISED_ROWS)
})
