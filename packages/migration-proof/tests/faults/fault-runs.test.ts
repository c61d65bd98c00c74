// Goal: a run with a fault that goes on from where another one was does to the disk, operation by operation, what it does
// when it runs whole, and a sweep of such runs finds the same. What depends on more than that runs whole.
import { beforeAll, describe, expect, it } from 'vitest'
import { BufferPool } from '../../src/faults/disk.ts'
import { faultPlanOf, listFaults, observeClean } from '../../src/faults/fault-list.ts'
import { startFaultRuns } from '../../src/faults/fault-runs.ts'
import {
  type Fault,
  journalModes,
  loadSimulator,
  type RunResult,
  type Simulator,
  safeUpgrade,
  simulateUpgrade,
  sweepIoFaults,
  type UpgradeFunction,
} from '../../src/faults/index.ts'
import { describeError, hashFiles } from '../../src/faults/oracle.ts'
import { definePlan, type MigrationPlan } from '../../src/migrator/plan.ts'
import type { Connection } from '../../src/sql/connection.ts'
import { libraryFiles, libraryPlan } from '../support/library.ts'
import { faultyMigrators } from './faulty-migrators.ts'

let simulator: Simulator

beforeAll(async () => {
  simulator = await loadSimulator()
})

const ways = journalModes.flatMap((journalMode) => [
  { journalMode, transaction: 'each' as const, start: 'an old file' },
  { journalMode, transaction: 'each' as const, start: 'nothing' },
  { journalMode, transaction: 'all' as const, start: 'nothing' },
])

describe.for(ways)(
  'an upgrade from $start in journal mode $journalMode, in transactions: $transaction',
  (way) => {
    it('leaves after each fault what it leaves when it runs whole', () => {
      const { journalMode, transaction, start } = way
      const plan = libraryPlan
      const options = {
        plan,
        files: start === 'nothing' ? new Map<string, Uint8Array>() : libraryFiles(),
        upgrade: safeUpgrade({ plan, journalMode, transaction, autocheckpointPages: 4 }),
      }
      const { runs, clean } = startRuns(options)
      const { milestones } = clean
      const whole = ({ attempts, ...fault }: Fault) =>
        simulateUpgrade(simulator, {
          ...options,
          milestones,
          failure: faultPlanOf({ ...fault, attempts }),
          attempts,
        })
      for (const fault of listFaults(clean, 1)) {
        const first = describeRun(runs.run(fault))
        expect(first, JSON.stringify(fault)).toEqual(describeRun(whole(fault)))
        const second = { ...fault, attempts: 2 }
        if (!first.hasSucceeded)
          expect(leftBy(runs.run(second)), JSON.stringify(second)).toEqual(leftBy(whole(second)))
      }
    })
  },
)

function startRuns(options: {
  plan: MigrationPlan
  files: ReadonlyMap<string, Uint8Array>
  upgrade: UpgradeFunction
}) {
  // Reads what is read once for each plan.
  simulateUpgrade(simulator, options)
  const clean = observeClean(simulator, options)
  return {
    clean,
    runs: startFaultRuns(simulator, { ...options, clean, pool: new BufferPool(), runsAll: false }),
  }
}

function describeRun(run: RunResult) {
  return { ...leftBy(run), log: run.log, fault: run.fault, milestones: [...run.milestones] }
}

function leftBy({ disk, errors, hasSucceeded }: RunResult) {
  return { files: hashFiles(disk.readFiles()), errors: errors.map(describeError), hasSucceeded }
}

/** After some failures it leaves what only shows versions later. */
const leavesTrigger =
  (plan: MigrationPlan): UpgradeFunction =>
  (connection) => {
    connection.exec('PRAGMA journal_mode = delete; PRAGMA synchronous = EXTRA')
    try {
      for (const { version, up } of plan.migrations.slice(plan.versions.read(connection).current)) {
        connection.exec('BEGIN IMMEDIATE')
        plan.versions.create(connection)
        up(connection)
        plan.versions.record(connection, version)
        connection.exec('COMMIT')
      }
    } catch (error) {
      if (connection.inTransaction) {
        connection.exec('ROLLBACK')
        connection.exec(
          'CREATE TEMP TRIGGER IF NOT EXISTS left BEFORE UPDATE ON author BEGIN SELECT RAISE(IGNORE); END',
        )
      }
      throw error
    }
  }

const namesLater = definePlan([
  ...libraryPlan.migrations,
  {
    version: 4,
    name: 'names',
    up: (connection) => connection.exec("UPDATE author SET name = name || '.'"),
    dataChanges: [{ table: 'author', columns: ['name'], reason: 'a dot more' }],
  },
])

/** Mistakes that leave errors without a clear name, half versions, damage, and whole versions that cannot go on. */
const varied = ['unguarded ROLLBACK', 'swallowed error', 'no transaction', 'no rerun: a mark that says dirty']

const mistaken = [
  ...faultyMigrators
    .filter(({ mistake }) => varied.includes(mistake))
    .map(({ mistake, journalMode, upgrade }) => ({ mistake, journalMode, plan: libraryPlan, upgrade })),
  { mistake: 'a trigger left behind', journalMode: 'delete', plan: namesLater, upgrade: leavesTrigger },
]

describe.for(mistaken)(
  'a sweep of the mistake "$mistake" in journal mode $journalMode',
  ({ plan, upgrade }) => {
    it('finds the same where each run does all of its upgrade', () => {
      const options = { plan, files: libraryFiles(), upgrade: upgrade(plan), every: 3 }
      const together = sweepIoFaults(simulator, options)
      expect(sweepIoFaults(simulator, { ...options, judgesAll: true })).toEqual(together)
    })
  },
)

describe('a trigger left behind after a failure', () => {
  it('is found versions later', () => {
    const options = { plan: namesLater, files: libraryFiles(), upgrade: leavesTrigger(namesLater) }
    expect(sweepIoFaults(simulator, options).bad.map(({ defect }) => defect)).toContain('half-done')
  })
})

describe('an upgrade that asks something else in each run', () => {
  it('runs whole, and leaves what it asked for', () => {
    let count = 0
    const upgrade = (connection: Connection) => {
      count++
      connection.exec('CREATE TABLE before (c)')
      connection.exec(`CREATE TABLE run_${count} (c)`)
      connection.exec('CREATE TABLE after (c)')
    }
    const { runs, clean } = startRuns({ plan: libraryPlan, files: new Map(), upgrade })
    const at = clean.calls.length - 2
    for (const mode of ['eio-once', 'eio-for-good', 'eio-once'] as const) {
      const { disk, fault } = runs.run({ mode, at, attempts: 1 })
      expect(fault).not.toBeNull()
      const text = Buffer.from(disk.readFiles().get('database.db') ?? []).toString('latin1')
      expect([...new Set(text.match(/run_\d+/g))]).toEqual([`run_${count}`])
    }
  })
})

describe('a sweep', () => {
  it('asks no more for each fault of a longer history', () => {
    const countOf = (versions: number) => {
      const plan = definePlan(
        Array.from({ length: versions }, (_, index) => ({
          version: index + 1,
          name: `table ${index + 1}`,
          up: (connection: Pick<Connection, 'exec'>) =>
            connection.exec(`CREATE TABLE t${index + 1} (id INTEGER PRIMARY KEY)`),
        })),
      )
      let asked = 0
      const counting: Simulator = {
        ...simulator,
        connect: (file) => {
          const connection = simulator.connect(file)
          const exec = (sql: string) => {
            asked++
            connection.exec(sql)
          }
          return Object.defineProperty({ ...connection, exec }, 'inTransaction', {
            get: () => connection.inTransaction,
          })
        },
      }
      const upgrade = safeUpgrade({ plan, journalMode: 'delete' })
      const { runs } = sweepIoFaults(counting, { plan, files: new Map(), upgrade, every: 3 })
      return asked / runs
    }
    expect(countOf(16) / countOf(8)).toBeLessThan(1.5)
  })
})
