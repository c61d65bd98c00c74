// Goal: a database that is switched to WAL keeps its committed versions, however often the power fails. The switch is
// a transaction with a rollback journal; while the removal of that journal is not synced, it can come back with a power
// loss and undo the switch, and with it all that the write-ahead log holds. Most often SQLite syncs the folder when it
// creates the log, which hides it; where an earlier loss left a log behind, nothing does.

import { definePlan } from 'migration-proof'
import {
  loadSimulator,
  type Simulator,
  safeUpgrade,
  sweepNestedPowerLoss,
  type UpgradeFunction,
} from 'migration-proof/faults'
import { beforeAll, expect, it } from 'vitest'
import { libraryPlan } from '../../packages/migration-proof/tests/support/library.ts'

const plan = definePlan(libraryPlan.migrations.slice(0, 1))

let simulator: Simulator

beforeAll(async () => {
  simulator = await loadSimulator()
})

/** Two power losses in a new install: whatever the first leaves at each operation, the second soon after it. */
function breakTwice(upgrade: UpgradeFunction) {
  return sweepNestedPowerLoss(simulator, {
    plan,
    files: new Map(),
    upgrade,
    firstLosses: 20,
    disksAtPoint: 20,
    secondPoints: 24,
  })
}

it('survives two power losses', () => {
  const { images, bad } = breakTwice(safeUpgrade({ plan, journalMode: 'wal' }))
  expect(images.length).toBeGreaterThan(100)
  expect(bad).toEqual([])
})

it('loses a committed version where the removal of the journal is not synced', () => {
  const safe = safeUpgrade({ plan, journalMode: 'wal' })
  const { bad } = breakTwice((connection) => {
    connection.exec('PRAGMA synchronous = FULL; PRAGMA journal_mode = WAL')
    safe(connection)
  })
  expect(bad.map(({ defect }) => defect)).toContain('acknowledged-lost')
})
