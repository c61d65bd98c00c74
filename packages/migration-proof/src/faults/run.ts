import type { MigrationPlan } from '../migrator/plan.ts'
import { readVersion } from '../migrator/versions.ts'
import type { Connection } from '../sql/connection.ts'
import type { BufferPool } from './disk.ts'
import { type DiskFiles, type DiskOperation, SimulatedDisk } from './disk.ts'
import { type DiskCall, type FaultPlan, neverFail } from './io-call.ts'
import { seededRandom, withFixedClock } from './random.ts'
import type { Simulator } from './simulator.ts'
import type { UpgradeFunction } from './upgrade.ts'

/** The name of the database on a simulated disk. */
export const databaseName = 'database.db'

/** The version that a statement has committed, by the number of statements that succeeded before it. */
export type Milestones = ReadonlyMap<number, number>

export interface RunOptions {
  readonly plan: MigrationPlan
  /** The files on the disk before the run, by name; not changed. */
  readonly files: DiskFiles
  readonly upgrade: UpgradeFunction
  readonly failure?: FaultPlan
  /** How often the upgrade is tried on the same connection; defaults to once. */
  readonly attempts?: number
  /**
   * The milestones of a run on the same files without faults. Without them the version is read after each statement,
   * which causes more disk calls than the upgrade itself.
   */
  readonly milestones?: Milestones
  /** Holds what the disk writes, which is valid until the pool is reset. */
  readonly pool?: BufferPool
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
 * Opens the database on a simulated disk, upgrades it and closes it. Logs the disk operations and, between them, the
 * versions that the caller can rely on: those that can be read outside of a transaction.
 */
export function simulateUpgrade(simulator: Simulator, options: RunOptions): RunResult {
  const { plan, files, upgrade, failure = neverFail, attempts = 1, milestones, pool } = options
  const log: DiskOperation[] = []
  const disk = new SimulatedDisk(files, log, pool)
  let fault: InjectedFault | null = null
  const failAndRecord: FaultPlan = (call, mounted) => {
    const found = failure(call, mounted)
    if (found !== null) fault ??= { call, point: log.length }
    return found
  }
  simulator.mount({ disk, failure: failAndRecord, random: seededRandom('run') })
  const acknowledgements = new Map<number, number>()
  // After a disk fault the statements are not those of the clean run: a ROLLBACK, or the pragma after it, stands where the
  // COMMIT was.
  let hasDeviated = false
  const acknowledge = (connection: Connection, index: number) => {
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
    // A later attempt starts from another state, so that the milestones do not apply.
    if (attempt > 0) upgrade(connection)
    else upgrade(countStatements(connection, (index) => acknowledge(connection, index), afterFailure))
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

/** Undefined if an incomplete upgrade left versions that cannot be read. */
function readCommitted(connection: Connection, plan: MigrationPlan): number | undefined {
  try {
    return readVersion(connection, plan)
  } catch {
    return undefined
  }
}

/**
 * A connection that reports each statement after it succeeded. Queries are left out: they commit no version, and their
 * number depends on what the migrator already knows.
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
