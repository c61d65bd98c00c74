// Goal: a version counts as acknowledged once its COMMIT succeeded, and by nothing that comes after a COMMIT that
// failed: a rebuild with foreign keys off switches them on again whatever happened.
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
import { definePlan } from '../../src/migrator/plan.ts'

/** Rebuilds a table that another one refers to, and adds one more version after it. */
const plan = definePlan([
  {
    version: 1,
    name: 'parents and children',
    up: (connection) =>
      connection.exec(`
        CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT);
        CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parent(id) ON DELETE CASCADE);
        INSERT INTO parent VALUES (1, 'one'), (2, 'two');
        INSERT INTO child VALUES (1, 1), (2, 2);
      `),
  },
  {
    version: 2,
    name: 'names are required',
    foreignKeys: 'off',
    up: (connection) =>
      connection.exec(`
        CREATE TABLE parent_new (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
        INSERT INTO parent_new SELECT id, name FROM parent;
        DROP TABLE parent;
        ALTER TABLE parent_new RENAME TO parent;
      `),
  },
])

let simulator: Simulator

beforeAll(async () => {
  simulator = await loadSimulator()
})

describe.for(journalModes)('a rebuild with foreign keys off in journal mode %s', (journalMode) => {
  const options = { plan, files: new Map(), upgrade: safeUpgrade({ plan, journalMode }) }

  it('survives every fault of the disk', () => {
    const { runs, bad } = sweepIoFaults(simulator, options)
    expect(runs).toBeGreaterThan(100)
    expect(bad).toEqual([])
  })

  it('survives every power loss, and a second one', () => {
    expect(sweepPowerLoss(simulator, options).bad).toEqual([])
    expect(sweepNestedPowerLoss(simulator, options).bad).toEqual([])
  })
})
