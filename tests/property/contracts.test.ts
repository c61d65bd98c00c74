// Goal: each statement that the server runs finds its rows by the index that its contract declares, or by a full
// scan that the contract declares and gives a reason for; on a fresh database of each version and on each upgraded
// snapshot.

import { factsAt } from 'migration-proof'
import { describeUpgrades } from 'migration-proof/vitest'
import { describe, expect, it } from 'vitest'
import { latestVersion } from '../../src/migrations/index.ts'
import suite from '../../src/suite/index.ts'

describeUpgrades(suite, { parts: ['contracts'] })

describe('each statement of the server', () => {
  it('is one of some for every table but that of the versions', () => {
    for (let version = 1; version <= latestVersion; version++) {
      const tables = factsAt(suite.facts, version).tables.map(({ name }) => name)
      const used = suite.facts.contracts.filter(({ since }) => since <= version).map(({ table }) => table)
      expect(tables.filter((name) => !used.includes(name))).toEqual(suite.plan.versions.tables)
    }
  })

  it('has a name of its own', () => {
    const names = suite.facts.contracts.map(({ name }) => name)
    expect(names.filter((name, place) => names.indexOf(name) !== place)).toEqual([])
  })

  it('runs on every version that it is declared for', () => {
    const used = Array.from(
      { length: latestVersion },
      (_, place) => factsAt(suite.facts, place + 1).contracts,
    )
    expect(new Set(used.flat()).size).toBe(suite.facts.contracts.length)
  })
})
