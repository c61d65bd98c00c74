// Goal: what the docs say of SQLite itself is so. Its code for Unix ignores that a folder could not be synced;
// a power loss after that can cost the journal, and with it the database. A sync that fails aloud costs nothing.
import { beforeAll, describe, expect, it } from 'vitest'
import { crashImages } from '../../src/faults/crash-points.ts'
import type { DiskCall, FaultPlan } from '../../src/faults/io-call.ts'
import { ioError } from '../../src/faults/io-call.ts'
import { makeOracle } from '../../src/faults/oracle.ts'
import { buildReference } from '../../src/faults/reference.ts'
import { simulateUpgrade } from '../../src/faults/run.ts'
import { loadSimulator, type Simulator } from '../../src/faults/simulator.ts'
import { makeTally } from '../../src/faults/tally.ts'
import { safeUpgrade } from '../../src/faults/upgrade.ts'
import { definePlan } from '../../src/migrator/plan.ts'

const plan = definePlan([
  { version: 1, name: 'one', up: (connection) => connection.exec('CREATE TABLE one (c)') },
  {
    version: 2,
    name: 'two',
    up: (connection) => connection.exec('CREATE TABLE two (c); CREATE INDEX i ON one (c)'),
  },
])
const upgrade = safeUpgrade({ plan, journalMode: 'delete' })

let simulator: Simulator

beforeAll(async () => {
  simulator = await loadSimulator()
})

/** Upgrades a new database while such syncs fail, lets the power fail anywhere, and returns what is left. */
function outcomesWhere(failsAt: (call: DiskCall) => boolean): Set<string> {
  const failure: FaultPlan = (call) => (failsAt(call) ? ioError(call) : null)
  const files = new Map<string, Uint8Array>()
  const reference = buildReference(simulator, plan, files)
  const { log } = simulateUpgrade(simulator, { plan, files, upgrade, failure })
  const tally = makeTally(makeOracle(simulator, { plan, upgrade, reference, judgesAll: false }))
  const images = crashImages({ files, log, unitBytes: 512, seed: 1, rounds: 2, startVersion: 0 })
  return new Set([...images].map((image) => tally.judge(image).verdict.outcome))
}

describe('a sync of the folder that fails', () => {
  it('unheard can leave a damaged database after a power loss', () => {
    const outcomes = outcomesWhere(({ kind, isReported }) => kind === 'sync-directory' && !isReported)
    expect(outcomes).toContain('bad')
  })

  it('and is reported leaves none', () => {
    const outcomes = outcomesWhere(({ kind, isReported }) => kind === 'sync-directory' && isReported)
    expect([...outcomes]).toEqual(['whole'])
  })
})
