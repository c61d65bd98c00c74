// Goal: what a project's own version store writes beside the version, such as the time or a random name of the run,
// is not the same twice, and no sign of a lost or half-done upgrade. What it says of versions still is.
import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  journalModes,
  loadSimulator,
  type Simulator,
  safeUpgrade,
  sweepIoFaults,
  sweepNestedPowerLoss,
  sweepPowerLoss,
} from '../../src/faults/index.ts'
import { definePlan, type MigrationPlan } from '../../src/migrator/plan.ts'
import { type VersionStore, versionTable } from '../../src/migrator/version-store.ts'
import type { Connection } from '../../src/sql/connection.ts'
import { libraryPlan } from '../support/library.ts'

const builtIn = versionTable('versions')

/** The built-in table of versions, with more columns, which a function fills. */
function withColumns(columns: string, record: VersionStore['record']): VersionStore {
  return {
    ...builtIn,
    create: (connection) =>
      connection.exec(`CREATE TABLE IF NOT EXISTS versions (version INTEGER PRIMARY KEY, ${columns})`),
    record,
  }
}

const stores: Readonly<Record<string, VersionStore>> = {
  'the time by default': builtIn,
  'the milliseconds of the process': withColumns('applied_at INTEGER', (connection, version) => {
    connection.all('INSERT INTO versions VALUES (?, ?)', [BigInt(version), BigInt(Date.now())])
  }),
  'a date as text, and how long it took': withColumns('applied_at TEXT, took', (connection, version) => {
    const values = [BigInt(version), new Date().toISOString(), performance.now()]
    connection.all('INSERT INTO versions VALUES (?, ?, ?)', values)
  }),
  'a random name of the run': withColumns('run TEXT UNIQUE', (connection, version) => {
    connection.all('INSERT INTO versions VALUES (?, ?)', [BigInt(version), randomUUID()])
  }),
}

let simulator: Simulator

beforeAll(async () => {
  simulator = await loadSimulator()
})

function planWith(versions: VersionStore): MigrationPlan {
  return definePlan(libraryPlan.migrations, versions)
}

describe.for(Object.keys(stores))('a version store that writes %s', (name) => {
  const plan = planWith(stores[name] ?? builtIn)

  it.for(journalModes)('leaves whole versions in journal mode %s', (journalMode) => {
    const options = { plan, files: new Map(), upgrade: safeUpgrade({ plan, journalMode }), every: 5 }
    const { images, bad } = sweepPowerLoss(simulator, options)
    expect(images.length).toBeGreaterThan(50)
    expect(bad).toEqual([])
    expect(sweepNestedPowerLoss(simulator, { ...options, firstLosses: 3 }).bad).toEqual([])
    expect(sweepIoFaults(simulator, { ...options, every: 9 }).bad).toEqual([])
  })
})

/** Notes each version in a transaction of its own, after that of the migration. */
function noteLater(connection: Connection, plan: MigrationPlan): void {
  for (const migration of plan.migrations.slice(plan.versions.read(connection).current)) {
    connection.exec('BEGIN IMMEDIATE')
    plan.versions.create(connection)
    migration.up(connection)
    connection.exec('COMMIT')
    plan.versions.record(connection, migration.version)
  }
}

describe('what a version store says of versions', () => {
  it('is compared, whatever it writes beside them', () => {
    const plan = planWith(stores['the milliseconds of the process'] ?? builtIn)
    const upgrade = (connection: Connection) => noteLater(connection, plan)
    const { bad } = sweepPowerLoss(simulator, { plan, files: new Map(), upgrade, every: 3 })
    expect(bad.map(({ defect }) => defect)).toContain('half-done')
  })
})

describe('the images of a store that writes the time', () => {
  it('are the same for the same seed', () => {
    const store = withColumns('applied_at TEXT', (connection, version) => {
      connection.all('INSERT INTO versions VALUES (?, ?)', [
        BigInt(version),
        `${new Date().toISOString()} ${Date()}`,
      ])
    })
    const plan = planWith(store)
    const sweep = () =>
      sweepPowerLoss(simulator, {
        plan,
        files: new Map(),
        upgrade: safeUpgrade({ plan, journalMode: 'wal' }),
        every: 9,
      }).images
    const before = sweep()
    const start = Date.now()
    while (Date.now() === start);
    expect(sweep()).toEqual(before)
  })
})
