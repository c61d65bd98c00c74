// Goal: each statement that the server runs finds its rows by the index that its contract declares, or by a full
// scan that the contract declares and gives a reason for; on a fresh database of each version and on each upgraded
// snapshot.

import { factsAt } from 'migration-proof'
import { checkContracts, openFresh, openUpgraded } from 'migration-proof/behaviour'
import { describe, expect, it } from 'vitest'
import { latestVersion } from '../../src/migrations/index.ts'
import suite from '../../src/suite/index.ts'

const databases = [
  ...Array.from({ length: latestVersion }, (_, place) => ({
    name: `a fresh v${place + 1}`,
    version: place + 1,
    open: () => openFresh(suite, place + 1),
  })),
  ...suite.snapshots.map(({ name }) => ({
    name: `an upgraded ${name}`,
    version: latestVersion,
    open: () => openUpgraded(suite, name),
  })),
]

describe('each statement of the server', () => {
  it.for(databases.map((database) => [database.name, database] as const))(
    'finds its rows as declared on %s',
    ([, { version, open }]) => {
      const connection = open()
      expect(checkContracts(connection, factsAt(suite.facts, version).contracts)).toEqual([])
      connection.close()
    },
  )

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
