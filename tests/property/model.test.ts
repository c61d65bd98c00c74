// Goal: whatever the server does (insert, replace, revoke, update, delete a client, purge, commit, roll back, close
// and open the file again), the whole database holds after each step what an independent model in memory holds.

import { modelsOf, surveySteps } from 'migration-proof/behaviour'
import { describeUpgrades } from 'migration-proof/vitest'
import { describe, expect, it } from 'vitest'
import { latestVersion } from '../../src/migrations/index.ts'
import suite from '../../src/suite/index.ts'
import { propertyTests } from '../support/property-budget.ts'

// What must happen often in random lives, and not only be tried.
const events = [
  'insert: rows changed',
  'insert: more rows gone than it names',
  'insert: SQLITE_CONSTRAINT_FOREIGNKEY',
  'insert: SQLITE_CONSTRAINT_PRIMARYKEY',
  'insert: SQLITE_CONSTRAINT_NOTNULL',
  'insert: SQLITE_CONSTRAINT_CHECK',
  'insert: SQLITE_MISMATCH',
  'update: rows changed',
  'update: SQLITE_CONSTRAINT_PRIMARYKEY',
  'delete: rows changed',
  'delete: more rows gone than it names',
  'purge: rows changed',
  'roll back: rows come and gone',
  'reopen: rows come and gone',
]

describeUpgrades(suite, propertyTests({ model: 250 }))

const survey = surveySteps(modelsOf(suite.facts.tables).at(latestVersion), { lists: 1_000, seed: 1 })

describe('any life of a database', () => {
  it.for(events)('is no idle one: %s', (event) => {
    expect(survey.get(event) ?? 0).toBeGreaterThanOrEqual(5)
  })
})
