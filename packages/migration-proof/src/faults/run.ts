import type { MigrationPlan } from '../migrator/plan.ts'
import { readVersion } from '../migrator/versions.ts'
import type { Connection } from '../sql/connection.ts'
import type { BufferPool } from './disk.ts'
import { type DiskFiles, type DiskOperation, SimulatedDisk } from './disk.ts'
import { type DiskCall, type FaultPlan, neverFail } from './io-call.ts'
import { seededRandom, withFixedClock } from './random.ts'
import type { SavedState, Simulator } from './simulator.ts'
import type { UpgradeFunction } from './upgrade.ts'
import type { WasmConnection } from './wasm-connection.ts'

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
  const run = new Run(simulator, options)
  for (let attempts = options.attempts ?? 1; attempts > 0; attempts--) if (run.attempt()) break
  return run.end()
}

/** A run as it was between two calls of SQLite, to be continued any number of times. Immutable. */
export interface SavedRun {
  readonly state: SavedState
  readonly connection: WasmConnection | null
  readonly log: readonly DiskOperation[]
  readonly milestones: Milestones
  readonly fault: InjectedFault | null
  readonly errors: readonly unknown[]
  readonly hasDeviated: boolean
  /** How many statements have succeeded. */
  readonly statements: number
  /** How many calls the disk has had. */
  readonly calls: number
}

/** A run of an upgrade on a simulated disk. The simulator is used by nothing else until its end. */
export class Run {
  readonly #simulator: Simulator
  readonly #options: RunOptions
  readonly #log: DiskOperation[] = []
  #disk: SimulatedDisk
  #connection: WasmConnection | null = null
  #acknowledgements = new Map<number, number>()
  #fault: InjectedFault | null = null
  #errors: unknown[] = []
  // After a disk fault the statements are not those of the clean run: a ROLLBACK, or the pragma after it, stands where the
  // COMMIT was.
  #hasDeviated = false
  #statements = 0
  #calls = 0
  #hasSucceeded = false

  /** @param saved where the run goes on; by default it begins */
  constructor(simulator: Simulator, options: Omit<RunOptions, 'attempts'>, saved: SavedRun | null = null) {
    this.#simulator = simulator
    this.#options = options
    const { files, pool = null } = options
    if (saved === null) {
      this.#disk = new SimulatedDisk(files, this.#log, pool)
      simulator.mount({ disk: this.#disk, failure: this.#failure, random: seededRandom('run') })
      return
    }
    this.#log.push(...saved.log)
    this.#connection = saved.connection
    this.#acknowledgements = new Map(saved.milestones)
    this.#fault = saved.fault
    this.#errors = [...saved.errors]
    this.#hasDeviated = saved.hasDeviated
    this.#statements = saved.statements
    this.#calls = saved.calls
    this.#disk = simulator.restore(saved.state, { log: this.#log, pool, failure: this.#failure })
  }

  /** @param ended a run that is no longer needed, whose memory is taken */
  save(ended: SavedRun | null = null): SavedRun {
    return {
      state: this.#simulator.save(ended?.state),
      connection: this.#connection,
      log: [...this.#log],
      milestones: new Map(this.#acknowledgements),
      fault: this.#fault,
      errors: [...this.#errors],
      hasDeviated: this.#hasDeviated,
      statements: this.#statements,
      calls: this.#calls,
    }
  }

  /** Tries the upgrade, on the connection that is open, if one is, and returns whether it succeeded. */
  attempt(): boolean {
    const { upgrade } = this.#options
    this.#hasSucceeded = this.#try(() => {
      this.#connection ??= this.#simulator.connect(databaseName)
      // A later attempt starts from another state, so that the milestones do not apply.
      upgrade(this.#errors.length > 0 ? this.#connection : this.#counted(this.#connection))
    })
    return this.#hasSucceeded
  }

  /** Closes the database. */
  end(): RunResult {
    withFixedClock(() => this.#connection?.close())
    return {
      disk: this.#disk,
      log: this.#log,
      milestones: this.#acknowledgements,
      fault: this.#fault,
      errors: this.#errors,
      hasSucceeded: this.#hasSucceeded,
    }
  }

  #try(work: () => void): boolean {
    try {
      withFixedClock(work)
      return true
    } catch (error) {
      this.#errors.push(error)
      return false
    }
  }

  get disk(): SimulatedDisk {
    return this.#disk
  }

  get log(): readonly DiskOperation[] {
    return this.#log
  }

  readonly #failure: FaultPlan = (call, mounted) => {
    this.#calls++
    const found = (this.#options.failure ?? neverFail)(call, mounted)
    if (found !== null) this.#fault ??= { call, point: this.#log.length }
    return found
  }

  #counted(connection: Connection): Connection {
    const afterFailure = () => {
      this.#hasDeviated ||= this.#fault !== null
    }
    return countStatements(connection, () => this.#acknowledge(connection, this.#statements++), afterFailure)
  }

  #acknowledge(connection: Connection, index: number) {
    if (connection.inTransaction || this.#hasDeviated) return
    const { plan, milestones } = this.#options
    const version = milestones === undefined ? readCommitted(connection, plan) : milestones.get(index)
    if (version === undefined || version === [...this.#acknowledgements.values()].at(-1)) return
    this.#acknowledgements.set(index, version)
    this.#disk.acknowledge(version)
  }
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
