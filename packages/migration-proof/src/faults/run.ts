import type { MigrationPlan } from '../migrator/plan.ts'
import { readVersion } from '../migrator/versions.ts'
import type { Connection } from '../sql/connection.ts'
import { type DiskFiles, type DiskOperation, SimulatedDisk } from './disk.ts'
import { type DiskCall, type FaultPlan, neverFail } from './io-call.ts'
import { seededRandom, withFixedClock } from './random.ts'
import type { Rooms } from './rooms.ts'
import type { Simulator } from './simulator.ts'
import type { Upgrade } from './upgrade.ts'

/** The name of the database on a simulated disk. */
export const databaseName = 'database.db'

/** By the number of statements that succeeded before: the version that the next one has committed. */
export type Milestones = ReadonlyMap<number, number>

export interface RunOptions {
  readonly plan: MigrationPlan
  /** What is on the disk before, by name; not changed. */
  readonly files: DiskFiles
  readonly upgrade: Upgrade
  readonly failure?: FaultPlan
  /** How often the upgrade is tried on the same connection; once unless told otherwise. */
  readonly attempts?: number
  /**
   * Those of a run on the same files without faults. Without them the version is read after each statement,
   * which asks more of the disk than the upgrade does.
   */
  readonly milestones?: Milestones
  /** Where the disk keeps what it writes; it is good until they are used again. */
  readonly rooms?: Rooms
}

/** What a run did to the disk, and how it ended. */
export interface RunResult {
  readonly disk: SimulatedDisk
  readonly log: readonly DiskOperation[]
  readonly milestones: Milestones
  /** The first call that failed; null when none did. */
  readonly fault: InjectedFault | null
  /** What each attempt that failed threw. */
  readonly errors: readonly unknown[]
  readonly hasSucceeded: boolean
}

export interface InjectedFault {
  readonly call: DiskCall
  /** How many operations of the log were done before it. */
  readonly point: number
}

/**
 * Opens the database on a simulated disk, upgrades it, closes it, and logs what the disk was asked to do, and
 * between that, which versions whoever ran it could rely on: what can be read outside of a transaction.
 */
export function simulateUpgrade(simulator: Simulator, options: RunOptions): RunResult {
  const { plan, files, upgrade, failure = neverFail, attempts = 1, milestones, rooms } = options
  const log: DiskOperation[] = []
  const disk = new SimulatedDisk(files, log, rooms)
  let fault: InjectedFault | null = null
  const failAndNote: FaultPlan = (call, mounted) => {
    const found = failure(call, mounted)
    if (found !== null) fault ??= { call, point: log.length }
    return found
  }
  simulator.mount({ disk, failure: failAndNote, random: seededRandom('run') })
  const acknowledgements = new Map<number, number>()
  // Once a statement has failed because of the disk, what succeeds next is not what succeeded in the clean run: the
  // ROLLBACK, or the pragma after it, in the position of the COMMIT.
  let hasDeviated = false
  const look = (connection: Connection, index: number) => {
    if (connection.inTransaction || hasDeviated) return
    const version = milestones === undefined ? readCommitted(connection, plan) : milestones.get(index)
    if (version === undefined || version === [...acknowledgements.values()].at(-1)) return
    acknowledgements.set(index, version)
    disk.acknowledge(version)
  }
  const afterFailure = () => {
    hasDeviated ||= fault !== null
  }
  const work = (connection: Connection, attempt: number) => {
    // A later attempt begins elsewhere, so that the milestones do not fit it.
    if (attempt > 0) upgrade(connection)
    else upgrade(countStatements(connection, (index) => look(connection, index), afterFailure))
  }
  const outcome = withFixedClock(() => connectAndTry(simulator, attempts, work))
  return { disk, log, milestones: acknowledgements, fault, ...outcome }
}

/** Opens the database and tries the work on that connection until it succeeds. */
function connectAndTry(
  simulator: Simulator,
  attempts: number,
  work: (connection: Connection, attempt: number) => void,
) {
  const errors: unknown[] = []
  let connection: Connection | null = null
  for (let attempt = 0; attempt < attempts; attempt++) {
    try {
      connection ??= simulator.connect(databaseName)
      work(connection, attempt)
      break
    } catch (error) {
      errors.push(error)
    }
  }
  connection?.close()
  return { errors, hasSucceeded: errors.length < attempts }
}

/** Undefined where a half-done upgrade left versions that cannot be read. */
function readCommitted(connection: Connection, plan: MigrationPlan): number | undefined {
  try {
    return readVersion(connection, plan)
  } catch {
    return undefined
  }
}

/**
 * A connection that tells of each statement after it succeeded. Queries are left out: they make no version, and
 * how many there are depends on what the migrator knows already.
 *
 * @param afterStatement called with the number of statements that succeeded before this one
 * @param afterFailure called when a statement or a query has failed
 */
export function countStatements(
  connection: Connection,
  afterStatement: (index: number) => void,
  afterFailure: () => void = () => {},
): Connection {
  let count = 0
  const attempt = <Result>(isCounted: boolean, work: () => Result): Result => {
    let result: Result
    try {
      result = work()
    } catch (error) {
      afterFailure()
      throw error
    }
    if (isCounted) afterStatement(count++)
    return result
  }
  return {
    exec: (sql) => attempt(true, () => connection.exec(sql)),
    all: (sql, parameters) => attempt(!isQuery(sql), () => connection.all(sql, parameters)),
    get inTransaction() {
      return connection.inTransaction
    },
    openMemory: () => connection.openMemory(),
    close: () => connection.close(),
  }
}

function isQuery(sql: string): boolean {
  return /^\s*SELECT\b/i.test(sql)
}
