import { type Migrate, openSubject, type Subject } from '../checks/subject.ts'
import { describeFailure, inUpgrade } from '../checks/verify.ts'
import { betterSqliteConnection, openImage } from '../engines/better-sqlite3.ts'
import type { EngineFile } from '../engines/engine.ts'
import { DiagnosedError, errorMessage } from '../errors.ts'
import { locateProblem } from '../history/location.ts'
import { howToRun } from '../how-to-run.ts'
import { MigrationFailedError } from '../migrator/errors.ts'
import { migrateOf } from '../migrator/migrate-as-tool.ts'
import { definePlan, latestVersionOf, type MigrationPlan } from '../migrator/plan.ts'
import { makeProblem, type Problem } from '../problem.ts'
import type { DeviationDeclaration } from '../proof/deviation.ts'
import type { Suite } from '../proof/suite.ts'
import { withStillClock, withStillJavaScript } from '../snapshots/clock.ts'
import { readContent } from '../snapshots/content-hash.ts'
import { loadSnapshot, openInMemory, type SnapshotImage, withoutWal } from '../snapshots/open.ts'
import { BatchLosses, type SafeRebuild } from './batch-losses.ts'
import { type Batch, recordBatches } from './batches.ts'
import { judgeDeviations } from './deviations.ts'
import {
  type ExamineOptions,
  examineBehaviour,
  examineFile,
  examineReceived,
  examineUpgrade,
} from './examine.ts'
import type { ComparedEngine } from './open-engine.ts'
import { upgradeInBatches } from './upgrade-in-batches.ts'

/** What was compared on an engine, in the order in which it is reported. */
export const comparisons = ['upgrade', 'read back', 'received', 'behaviour'] as const

export type Comparison = (typeof comparisons)[number]

/** What one engine made of one snapshot. */
export interface EngineSnapshot {
  readonly snapshot: string
  readonly from: number
  readonly to: number
  readonly outcome: 'passed' | 'failed'
  /** What was compared. A behaviour is that of a schema, and compared once for each. */
  readonly compared: readonly Comparison[]
  readonly durationMilliseconds: number
}

/** What one engine made of the snapshots of a suite. */
export interface EngineProof {
  readonly engine: string
  /** Of the package or program that it comes in; null where that is not known. */
  readonly version: string | null
  /** The version of SQLite that it is, or says that it is. */
  readonly sqlite: string
  /** Whether foreign keys were on in the connection that upgraded: by default of the engine, or as the config says. */
  readonly foreignKeys: boolean | null
  readonly outcome: 'passed' | 'failed'
  readonly snapshots: readonly EngineSnapshot[]
  readonly problems: readonly Problem[]
  /** Of migrations that lose rows there, statements that do not. */
  readonly rebuilds: readonly SafeRebuild[]
}

export interface EngineProofOptions {
  /** The names of the snapshots; defaults to all. Only with all of them an unused declaration is a problem. */
  readonly snapshots?: readonly string[]
  /** Called before each snapshot. */
  readonly onSnapshot?: (snapshot: string) => void
}

/**
 * Upgrades a private copy of each snapshot on an engine, and compares what it makes of it with what better-sqlite3 makes:
 * contents, schema, constraints, error codes, cascades and query plans. better-sqlite3 must read what the engine has written,
 * and the engine what better-sqlite3 has written.
 *
 * @throws {FixtureError} when a snapshot is missing or changed
 * @throws {MigrationFailedError} when an upgrade fails on better-sqlite3 already: there is nothing to compare with; on an engine
 * that takes batches, it is a problem of that engine
 *
 * @example
 * ```js
 * import { openEngine, proveOnEngine } from 'migration-proof/compatibility'
 * import config from './migration-proof.config.mjs'
 *
 * const engine = openEngine('better-sqlite3')
 * const { outcome, problems } = proveOnEngine(config, engine)
 * console.log(outcome, problems) // passed []
 * engine[Symbol.dispose]()
 * ```
 */
export function proveOnEngine(
  suite: Suite,
  engine: ComparedEngine,
  { snapshots: wanted, onSnapshot = () => {} }: EngineProofOptions = {},
): EngineProof {
  const run = new EngineRun(suite, engine)
  const every = suite.snapshots.map(({ name }) => name)
  const names = every.filter((name) => wanted === undefined || wanted.includes(name))
  // The newest files have rows in most tables, and the behaviour of a schema is compared on the first of them.
  const found = names.toReversed().map((name) => {
    onSnapshot(name)
    return proveSnapshot(run, engine, name)
  })
  const { problems, unused } = judgeDeviations(
    suite.deviations,
    engine,
    run.explain(found.flatMap((each) => each.problems)),
  )
  const all = [...problems, ...(names.length === every.length ? unused.map(describeUnused) : [])]
  const failed = all.filter(({ status }) => status === 'new')
  return {
    engine: engine.id,
    version: engine.version,
    sqlite: engine.sqlite,
    foreignKeys: run.foreignKeys,
    outcome: failed.length === 0 ? 'passed' : 'failed',
    snapshots: found.toReversed().map(({ report }) => ({
      ...report,
      outcome: failed.some(({ seenIn }) => seenIn.includes(seenAs(report.snapshot, engine)))
        ? 'failed'
        : 'passed',
    })),
    problems: all,
    rebuilds: run.rebuilds,
  }
}

function proveSnapshot(run: EngineRun, { takesBatches = false }: ComparedEngine, name: string) {
  try {
    return run.prove(name)
  } catch (error) {
    if (takesBatches && error instanceof MigrationFailedError) return run.proveRefused(name, error)
    throw error
  }
}

function seenAs(snapshot: string, { name }: ComparedEngine): string {
  return `${snapshot} on ${name}`
}

/** What upgrades while the clock and chance of JavaScript stand still: those of SQL do so in this process alone. */
function stillOf(plan: MigrationPlan): Migrate {
  const upgrade = migrateOf(plan)
  return (...given) => withStillJavaScript(() => upgrade(...given))
}

class EngineRun {
  readonly #suite: Suite
  readonly #engine: ComparedEngine
  /** A plan of its own, so that the expected schemas are built by this engine too. */
  readonly #plan: MigrationPlan
  /** The schemas whose behaviour was compared. */
  readonly #known = new Set<string>()
  readonly #losses = new BatchLosses()
  foreignKeys: boolean | null = null

  constructor(suite: Suite, engine: ComparedEngine) {
    const { migrations, versions, runner } = suite.plan
    this.#suite = suite
    this.#engine = engine
    this.#plan = definePlan(migrations, versions, runner)
  }

  prove(snapshot: string) {
    const start = performance.now()
    const compared: Comparison[] = []
    const target = latestVersionOf(this.#suite.plan)
    // What fails here, `verify` itself reports: there is nothing to compare with.
    using subject = withStillClock(() =>
      openSubject(this.#suite, snapshot, target, stillOf(this.#suite.plan)),
    )
    const problems = this.#compare(subject, compared).map((problem) => this.#inSnapshot(problem, snapshot))
    const report = {
      snapshot,
      from: subject.from,
      to: target,
      compared,
      durationMilliseconds: performance.now() - start,
    }
    return { report, problems }
  }

  /** What was found in all snapshots: by which statement rows were lost, and by which statements they are not. */
  explain(problems: readonly Problem[]): Problem[] {
    return problems.map((problem) => this.#losses.explain(problem, this.#plan, this.#engine.id))
  }

  get rebuilds(): SafeRebuild[] {
    return this.#losses.rebuilds(this.#plan)
  }

  #inSnapshot(problem: Problem, snapshot: string): Problem {
    const option = ['--engine', this.#engine.id, '--snapshot', snapshot]
    const seen = inUpgrade(problem, snapshot, option)
    const why =
      problem.why === ''
        ? 'better-sqlite3 does it otherwise, so that what it proves says nothing here.'
        : seen.why
    const located = locateProblem(this.#suite.plan, { ...seen, why })
    return { ...located, seenIn: [seenAs(snapshot, this.#engine)] }
  }

  #compare(subject: Subject, compared: Comparison[]): Problem[] {
    const file = this.#open(subject.image.bytes)
    if ('problems' in file) return file.problems
    using opened = file
    const refused =
      opened.runBatch === undefined
        ? this.#upgrade(opened, subject, compared)
        : this.#upgradeInBatches(opened, subject, compared)
    if (refused !== null) return [refused]
    // What ran the batches keeps tables of its own, as D1 does, until the file is closed.
    using reopened = opened.runBatch === undefined ? null : this.#engine.open(opened.save())
    const upgraded = reopened ?? opened
    const attempts: [Comparison, () => Problem[]][] = [
      ['upgrade', () => examineUpgrade(upgraded.connection, subject, optionsFor(upgraded))],
      ['behaviour', () => this.#compareBehaviour(upgraded, subject, compared)],
      ['received', () => this.#compareReceived(subject)],
      ['read back', () => this.#readBack(upgraded, subject)],
    ]
    const problems: Problem[] = []
    for (const [comparison, work] of attempts) {
      try {
        problems.push(...withStillClock(work))
        if (comparison !== 'behaviour') compared.push(comparison)
      } catch (error) {
        // A crash of its process, or a file that can no longer be read.
        problems.push(this.#describeError(comparison, error))
      }
    }
    return problems
  }

  #open(bytes: Uint8Array): EngineFile | { readonly problems: Problem[] } {
    try {
      return this.#engine.open(bytes)
    } catch (error) {
      return { problems: [this.#describeError('open', error)] }
    }
  }

  #upgrade(file: EngineFile, subject: Subject, compared: Comparison[]): Problem | null {
    const { connection } = file
    const { connection: promise } = this.#suite
    try {
      if (promise.foreignKeys !== undefined)
        connection.exec(`PRAGMA foreign_keys = ${promise.foreignKeys ? 'ON' : 'OFF'}`)
      this.foreignKeys = connection.all('PRAGMA foreign_keys')[0]?.foreign_keys === 1n
      stillOf(this.#plan)(connection, this.#plan, { target: subject.target })
      connection.exec('PRAGMA foreign_keys = ON')
      return null
    } catch (error) {
      compared.push('upgrade')
      return error instanceof MigrationFailedError
        ? this.#describeRefusal(subject.snapshot.name, error)
        : this.#describeError('upgrade', error)
    }
  }

  #upgradeInBatches(file: EngineFile, subject: Subject, compared: Comparison[]): Problem | null {
    using copy = openInMemory(subject.image)
    const batches = recordBatches(copy.connection, this.#plan, subject.target, stillOf(this.#plan))
    const refusal = this.#runBatches(file, batches, subject.image)
    if (refusal !== null) compared.push('upgrade')
    return refusal
  }

  #runBatches(file: EngineFile, batches: readonly Batch[], image: SnapshotImage): Problem | null {
    const { foreignKeys } = this.#suite.connection
    if (foreignKeys !== undefined)
      file.runBatch?.([`PRAGMA foreign_keys = ${foreignKeys ? 'ON' : 'OFF'}`], false)
    this.foreignKeys = file.runBatch?.(['PRAGMA foreign_keys'], false)[0]?.[0]?.foreign_keys === 1n
    const done = upgradeInBatches(file, batches, {
      plan: this.#plan,
      bytes: withoutWal(image.bytes),
      open: (bytes) => this.#engine.open(bytes),
    })
    this.#losses.add(image.entry.name, done)
    if (done.refused === null) return null
    const { statement, error } = done.refused
    const migration = this.#plan.migrations.find(({ version }) => version === statement?.version)
    if (migration === undefined || statement === null) return this.#describeError('upgrade', error)
    const failed = { migration, statement: { sql: statement.sql, mayHoldValues: false }, cause: error }
    return this.#describeRefusal(image.entry.name, new MigrationFailedError(failed))
  }

  /**
   * What foreign keys refuse, by the rules of a tool, on better-sqlite3 already: there is nothing to compare with, but the engine
   * itself says what it refuses, and runs a form that it may not refuse.
   */
  proveRefused(snapshot: string, error: MigrationFailedError) {
    const start = performance.now()
    const image = loadSnapshot(this.#suite.fixtures, snapshot)
    const to = latestVersionOf(this.#suite.plan)
    const problem = this.#refusalOf(image, to) ?? this.#describeRefusal(snapshot, error)
    const report = {
      snapshot,
      from: image.entry.version,
      to,
      compared: ['upgrade'] as const,
      durationMilliseconds: performance.now() - start,
    }
    return { report, problems: [this.#inSnapshot(problem, snapshot)] }
  }

  /** Null where it is not by foreign keys that better-sqlite3 refuses it, or where the engine does not. */
  #refusalOf(image: SnapshotImage, target: number): Problem | null {
    using copy = openInMemory(image)
    try {
      const upgrade = stillOf(this.#plan)
      const batches = recordBatches(copy.connection, this.#plan, target, upgrade, true)
      using file = this.#engine.open(image.bytes)
      return this.#runBatches(file, batches, image)
    } catch (error) {
      if (error instanceof MigrationFailedError) return null
      throw error
    }
  }

  #describeRefusal(snapshot: string, error: MigrationFailedError): Problem {
    const { statement } = error
    return {
      ...describeFailure(this.#suite, snapshot, error),
      why: `The history does not run on ${this.#engine.name}.`,
      evidence: statement === null ? [] : [{ ran: statement, happened: errorMessage(error.cause) }],
    }
  }

  #compareBehaviour({ connection }: EngineFile, subject: Subject, compared: Comparison[]): Problem[] {
    const { schemaHash } = readContent(subject.upgraded)
    if (this.#known.has(schemaHash)) return []
    this.#known.add(schemaHash)
    compared.push('behaviour')
    return examineBehaviour(connection, subject)
  }

  #compareReceived(subject: Subject): Problem[] {
    using received = this.#engine.open(subject.read().bytes)
    return examineReceived(received.connection, subject, optionsFor(received))
  }

  #readBack(file: EngineFile, subject: Subject): Problem[] {
    const connection = betterSqliteConnection(openImage(withoutWal(file.save())))
    try {
      const why = `It is in the file that ${this.#engine.name} leaves.`
      return examineFile(connection, subject).map((problem) => ({ ...problem, why }))
    } finally {
      connection.close()
    }
  }

  #describeError(comparison: string, error: unknown): Problem {
    const diagnosis = error instanceof DiagnosedError ? error.diagnosis : null
    return makeProblem(comparison, {
      subject: { type: 'check', name: comparison },
      expected: diagnosis?.expected ?? 'a result',
      actual: diagnosis === null ? errorMessage(error) : `${diagnosis.where}: ${diagnosis.actual}`,
      fix: diagnosis?.fix ?? '',
      why: `Nothing more can be said of ${this.#engine.name}.`,
    })
  }
}

/** workerd, which takes a transaction only as a whole, also refuses most pragmas. */
function optionsFor({ runBatch }: EngineFile): ExamineOptions {
  return { refusesIntegrityCheck: runBatch !== undefined }
}

function describeUnused({ check, object, engine, before }: DeviationDeclaration): Problem {
  const whose = engine ?? `SQLite before ${before}`
  return makeProblem('deviations', {
    subject: { type: 'config', name: `deviations: ${check}, ${object}` },
    expected: `that ${whose} deviates`,
    actual: 'that it does not',
    why: 'A declaration that nothing needs would hide a deviation that comes later.',
    fix: `remove it, and run \`${howToRun('verify', '--engine', 'all')}\``,
  })
}
