// Goal: the checks and properties of this folder can fail. Each canary is a schema or an upgrade with one injected
// fault, and must be seen, with the broken object named.

import { type Connection, factsAt } from 'migration-proof'
import {
  checkBehaviour,
  checkContracts,
  constraintsProperty,
  createRowCounter,
  describeProblem,
  differentialProperty,
  expiryProperty,
  lendInSavepoint,
  modelProperty,
  modelsOf,
  openFresh,
  type Property,
  survivalProperty,
} from 'migration-proof/behaviour'
import { describe, expect, it } from 'vitest'
import { latestVersion } from '../../src/migrations/index.ts'
import suite from '../../src/suite/index.ts'
import { type BrokenDatabase, openBroken, schemaCanaries } from '../support/property-canaries.ts'

const { facts } = suite
const { contracts } = factsAt(facts, latestVersion)
const history = modelsOf(facts.tables)
type Models = ReturnType<typeof history.at>
const RUNS = 2_000
/** The tables that came last, and the version before they came. */
const present = factsAt(facts, latestVersion).tables
const lastSince = Math.max(...present.map(({ since }) => since))
const lastTables = present.filter(({ since }) => since === lastSince)

describe('the behaviour checks see', () => {
  it.for(schemaCanaries.map((canary) => [canary.broken, canary.named, canary] as const))(
    '%s (%s)',
    ([, named, canary]) => {
      const { connection, version } = openBroken(canary, createRowCounter())
      const failures = checkBehaviour({ connection, facts, version })
      connection.close()
      expect(failures.map(({ subject }) => subject.name)).toContain(named)
    },
  )

  it('a database of another version', () => {
    const connection = openFresh(suite, lastSince - 1)
    const failures = checkBehaviour({ connection, facts, version: latestVersion })
    connection.close()
    const missing = lastTables.map(({ name }) => name)
    expect(failures.map(({ subject }) => subject.name)).toEqual(expect.arrayContaining(missing))
  })

  it('a table of a later version', () => {
    const connection = openFresh(suite)
    const failures = checkBehaviour({ connection, facts, version: lastSince - 1 })
    connection.close()
    const seen = lastTables.map(
      ({ name }) =>
        `table ${name} (absence): expected reading a table of another version: SQLITE_ERROR, found accepted`,
    )
    expect(failures.map(describeProblem)).toEqual(expect.arrayContaining(seen))
  })

  it('foreign keys that are off', () => {
    const connection = openFresh(suite)
    connection.exec('PRAGMA foreign_keys = OFF')
    const failures = checkBehaviour({ connection, facts, version: latestVersion })
    connection.close()
    expect(failures.map(({ subject }) => subject.name)).toContain('foreign keys')
  })
})

/** Indexes that the server's statements do without. */
const idle = [
  'idx_actor_indexed_at',
  'idx_oauth_access_token_user_id',
  'idx_oauth_atp_session_access_token',
  'idx_oauth_atp_session_did',
  'idx_record_indexed_at',
]
/** Either of them serves where the other is dropped. */
const interchangeable = ['idx_record_did', 'idx_record_did_collection']
const indexes = history.at(latestVersion).flatMap((model) => model.indexes.map(({ name }) => name))

describe('the contracts see', () => {
  it('every index but those that are known to be idle', () => {
    const served = contracts.flatMap(({ access }) => Object.values(access))
    expect(indexes.filter((name) => !served.includes(name)).sort()).toEqual(
      idle.filter((name) => indexes.includes(name)),
    )
  })

  it.for(indexes.filter((name) => !idle.includes(name) && !interchangeable.includes(name)))(
    'that %s is dropped',
    (name) => {
      const { connection } = openBroken({ in: name, from: 'CREATE', to: '-- CREATE' }, createRowCounter())
      const failures = checkContracts(connection, contracts)
      connection.close()
      expect(failures).not.toEqual([])
    },
  )
})

const droppedCascade = { in: 'oauth_access_token', from: 'ON DELETE CASCADE', to: '' } as const

const propertyCanaries: readonly {
  title: string
  make: (connection: Connection, models: Models) => Property
  broken: BrokenDatabase
}[] = [
  ...['NOT NULL removed', 'a default changed', 'STRICT added', 'UNIQUE added', 'a CHECK made wider'].map(
    (title) => {
      const canary = findCanary(title)
      return {
        title: `the constraints property sees ${title}`,
        broken: openBroken(canary, createRowCounter()),
        make: (connection: Connection, models: Models) => constraintsProperty(connection, models, canary.in),
      }
    },
  ),
  {
    title: 'the expiry property sees an expiry that is text',
    broken: openBroken(findCanary('a type changed to TEXT'), createRowCounter()),
    make: expiryProperty,
  },
  {
    title: 'the model sees a dropped cascade',
    broken: openBroken(droppedCascade, createRowCounter()),
    make: (connection, models) => modelProperty(lend(connection, models), models),
  },
  {
    title: 'the differential sees a dropped cascade on one side',
    broken: openBroken(droppedCascade, createRowCounter()),
    make: (connection, models) =>
      differentialProperty(
        'fresh and broken',
        lend(openFresh(suite), models),
        lend(connection, models),
        models,
      ),
  },
  ...[
    ['a lost row', "DELETE FROM actor WHERE did = 'k'"],
    ['a changed value', "UPDATE record SET cid = 'changed' WHERE cid = ''"],
    ['a changed type', "UPDATE record SET json = CAST(json AS BLOB) WHERE json = '{}'"],
    [
      'a doubled row',
      "INSERT INTO config SELECT key || '-copy', value, updated_at FROM config WHERE key = 'K'",
    ],
  ].map(([title, sql = '']) => ({
    title: `the survival of old data sees ${title}`,
    broken: { connection: openFresh(suite), version: latestVersion },
    make: () => {
      const open = () => openFresh(suite, latestVersion - 1)
      const old = history.at(latestVersion - 1).filter(({ name }) => name !== 'schema_version')
      return survivalProperty('broken upgrade', { open, upgrade: (connection) => connection.exec(sql) }, old)
    },
  })),
]

describe('the properties', () => {
  it.for(propertyCanaries.map((canary) => [canary.title, canary] as const))('%s', ([, { make, broken }]) => {
    const { connection, version } = broken
    const { counterexample } = make(connection, history.at(version)).explore({ runs: RUNS, seed: 1 })
    connection.close()
    expect(counterexample?.failures.length).toBeGreaterThan(0)
  })

  it('fail again when the counterexample is replayed', () => {
    const { connection, version } = openBroken(findCanary('NOT NULL removed'), createRowCounter())
    const property = constraintsProperty(connection, history.at(version), 'oauth_client')
    const { counterexample } = property.explore({ runs: RUNS, seed: 1 })
    const again = property.replay(JSON.parse(JSON.stringify(counterexample?.value)))
    expect(again).toEqual(counterexample?.failures)
    connection.close()
  })

  it('find the same counterexample again by its seed and path', () => {
    const { connection, version } = openBroken(findCanary('NOT NULL removed'), createRowCounter())
    const property = constraintsProperty(connection, history.at(version), 'oauth_client')
    const found = property.explore({ runs: RUNS, seed: 1 }).counterexample
    const again = property.explore({ runs: RUNS, seed: 1, path: found?.path ?? '' }).counterexample
    expect(again?.value).toEqual(found?.value)
    connection.close()
  })
})

function findCanary(title: string) {
  const canary = schemaCanaries.find(({ broken }) => broken === title)
  if (canary === undefined) throw new RangeError(`There is no canary '${title}'`)
  return canary
}

function lend(connection: Connection, models: Models) {
  return lendInSavepoint(connection, models)
}
