import { DiagnosedError, errorMessage } from '../errors.ts'
import { locateInMigration, locateProblem } from '../history/location.ts'
import { howToRun } from '../how-to-run.ts'
import { adviseOnRows, MigrationFailedError } from '../migrator/errors.ts'
import { migrateOf } from '../migrator/migrate-as-tool.ts'
import { latestVersionOf } from '../migrator/plan.ts'
import { makeProblem, type Problem } from '../problem.ts'
import type { Suite } from '../proof/suite.ts'
import { withStillClock, withStillJavaScript } from '../snapshots/clock.ts'
import { FixtureError, LedgerError } from '../snapshots/errors.ts'
import { loadSnapshot, type SnapshotImage } from '../snapshots/open.ts'
import { PrivateFolderError } from '../snapshots/private-folder.ts'
import type { Connection } from '../sql/connection.ts'
import { type Check, type CheckOutcome, runDeclared } from './check.ts'
import { checks as allChecks } from './index.ts'
import { compareWithProgram } from './program.ts'
import {
  findSnapshot,
  type Migrate,
  openSubject,
  type RealFile,
  type RerunSubject,
  type Subject,
} from './subject.ts'

/** What one check found. */
export interface CheckResult {
  readonly check: string
  readonly outcome: 'passed' | 'failed' | 'not-applicable'
  /** Why there was nothing to compare, or what could not be; null where all was. */
  readonly notCompared: string | null
  /** What was left out because a migration declares that it changes it: a table, or columns of one. */
  readonly exceptions: readonly string[]
  readonly problems: readonly Problem[]
  readonly durationMilliseconds: number
}

/** What the upgrade of one snapshot proved. */
export interface UpgradeProof {
  readonly snapshot: string
  readonly from: number
  readonly to: number
  readonly outcome: 'passed' | 'failed'
  readonly checks: readonly CheckResult[]
  /** The version up to which an earlier run proved it; left out where all was proven now. */
  readonly knownUpTo?: number
}

export interface VerifyOptions {
  /** The version to upgrade to; defaults to the latest. */
  readonly target?: number
  /** What upgrades; defaults to what the suite says, and otherwise to the migrator of this package. */
  readonly migrate?: Migrate
  /** The checks to run; defaults to all. */
  readonly checks?: readonly Check[]
  /** The version to which those checks upgrade that are about one step, or two in a row; defaults to the target. */
  readonly stepsTo?: Readonly<Record<'one' | 'two', number>>
  /** Files to take for snapshots: of those that are not frozen yet, and those that were upgraded a part of the way. */
  readonly images?: ReadonlyMap<string, SnapshotImage>
  /** The snapshot as it was upgraded a part of the way: the upgrade goes on from there, and is compared with the snapshot. */
  readonly start?: SnapshotImage
  /** The file of a user that stands for the snapshot: a check whose fixture is not there has nothing to compare then. */
  readonly file?: RealFile
  /** Called while a check runs that takes long, with how much of it is done, from 0 to 1. */
  readonly onShare?: (snapshot: string, check: string, share: number) => void
  /** Called after the upgrade, before any check. */
  readonly onUpgraded?: (subject: Subject) => void
  /** Called after each check, with what it compared. */
  readonly onCheck?: (snapshot: string, result: CheckResult, outcome: CheckOutcome) => void
}

/**
 * Upgrades a private copy of a snapshot and runs every check on it. An upgrade or a check that throws is a
 * problem like any other.
 *
 * @throws {FixtureError} when the snapshot is missing or changed
 * @throws {DiagnosedError} when the suite declares no such snapshot
 */
export function verifyUpgrade(suite: Suite, snapshot: string, options: VerifyOptions = {}): UpgradeProof {
  // Upgrades are compared: the clock and chance of SQL and of the migrations are the same in all of them.
  return withStillClock(() =>
    verifyStill(
      suite,
      snapshot,
      { ...options, migrate: stillOf(options.migrate ?? migrateOf(suite.plan)) },
      options.migrate === undefined,
    ),
  )
}

const stills = new WeakMap<Migrate, Migrate>()

/** What upgrades while the clock of JavaScript stands still; one for each, so that what it made is known again. */
function stillOf(upgrade: Migrate): Migrate {
  const still = stills.get(upgrade) ?? ((...given) => withStillJavaScript(() => upgrade(...given)))
  stills.set(upgrade, still)
  return still
}

function verifyStill(
  suite: Suite,
  snapshot: string,
  options: VerifyOptions,
  isByRules: boolean,
): UpgradeProof {
  const { target = latestVersionOf(suite.plan), checks = allChecks, onCheck = () => {}, file } = options
  const repeat = file === undefined ? ['--snapshot', snapshot] : ['--against', file.shown]
  const from = findSnapshot(suite, snapshot).version
  const results: CheckResult[] = []
  const add = (check: string, outcome: CheckOutcome, start: number) => {
    const result = located(suite, resultOf(check, outcome, start), snapshot, repeat)
    results.push(result)
    onCheck(snapshot, result, outcome)
  }
  const start = performance.now()
  const { subject, problems } = tryUpgrade(suite, snapshot, target, options, isByRules)
  add('upgrade', { problems }, start)
  if (subject !== null) {
    using opened = subject
    options.onUpgraded?.(opened)
    // Checks that upgrade less far follow one another, and share the copy.
    using shorter = new ShorterUpgrade((end) => openUpgrade(suite, snapshot, end, options))
    for (const check of checks) {
      const end = check.steps === undefined ? target : (options.stepsTo?.[check.steps] ?? target)
      const near = end < target ? shorter.to(end) : opened
      const onStop = (done: number, total: number) => options.onShare?.(snapshot, check.name, done / total)
      const checkStart = performance.now()
      add(check.name, attemptCheck(check, { ...near, onStop }), checkStart)
    }
  }
  const outcome = results.some((result) => result.outcome === 'failed') ? 'failed' : 'passed'
  return { snapshot, from, to: target, outcome, checks: results }
}

/** The last copy that was upgraded to an earlier version than the others. */
class ShorterUpgrade {
  readonly #open: (end: number) => Subject
  #last: Subject | null = null

  constructor(open: (end: number) => Subject) {
    this.#open = open
  }

  to(end: number): Subject {
    if (this.#last?.target === end) return this.#last
    this[Symbol.dispose]()
    this.#last = this.#open(end)
    return this.#last
  }

  [Symbol.dispose](): void {
    this.#last?.[Symbol.dispose]()
    this.#last = null
  }
}

/** The upgrade of one snapshot, whose checks run one by one, as a test runner asks for them. */
export interface OpenProof {
  /** The upgrade itself. */
  readonly upgrade: CheckResult
  /** Runs a check; where the upgrade failed, its result is that of the upgrade. */
  run(check: Check): CheckResult
  /** Runs some work on the upgraded copy with the clock and chance of all upgrades; null where the upgrade failed. */
  look<Result>(work: (subject: Subject) => Result): Result | null
  [Symbol.dispose](): void
}

/**
 * Upgrades a private copy of a snapshot as `verifyUpgrade` does, and runs the checks that it is asked for.
 *
 * @param target defaults to the latest version
 * @throws {FixtureError} when the snapshot is missing or changed
 */
export function openProof(suite: Suite, snapshot: string, target = latestVersionOf(suite.plan)): OpenProof {
  const finish = (check: string, outcome: CheckOutcome, start: number) =>
    located(suite, resultOf(check, outcome, start), snapshot)
  const start = performance.now()
  const migrate = stillOf(migrateOf(suite.plan))
  const { subject, problems } = withStillClock(() => tryUpgrade(suite, snapshot, target, { migrate }, true))
  const upgrade = finish('upgrade', { problems }, start)
  return {
    upgrade,
    run: (check) => {
      if (subject === null) return upgrade
      const checkStart = performance.now()
      return finish(
        check.name,
        withStillClock(() => attemptCheck(check, subject)),
        checkStart,
      )
    },
    look: (work) => (subject === null ? null : withStillClock(() => work(subject))),
    [Symbol.dispose]: () => subject?.[Symbol.dispose](),
  }
}

/** The result with the location of each problem, the snapshot in which it was seen, and how to repeat it. */
function located(
  { plan }: Suite,
  result: CheckResult,
  snapshot: string,
  repeat?: readonly string[],
): CheckResult {
  const problems = result.problems.map((problem) => locateProblem(plan, inUpgrade(problem, snapshot, repeat)))
  return { ...result, problems }
}

/** A problem of one upgrade: where it was seen, and how to repeat it. */
export function inUpgrade(
  problem: Problem,
  snapshot: string,
  option: readonly string[] = ['--snapshot', snapshot],
): Problem {
  const repeat = `repeat it with \`${howToRun('verify', ...option)}\``
  return {
    ...problem,
    seenIn: [snapshot],
    why: problem.why === '' ? 'Users hold such files, and their upgrade is not proven.' : problem.why,
    fix: problem.fix === '' ? repeat : `${problem.fix}; ${repeat}`,
  }
}

/**
 * Verifies every snapshot of a suite.
 *
 * @throws {FixtureError} when a snapshot is missing or changed
 *
 * @example
 * ```js
 * import { verifySuite } from 'migration-proof'
 * import config from './migration-proof.config.mjs'
 *
 * for (const { snapshot, outcome } of verifySuite(config)) console.log(`${snapshot} ${outcome}`) // v0-empty passed, v1 passed, v2 passed
 * ```
 */
export function verifySuite(suite: Suite, options: VerifyOptions = {}): UpgradeProof[] {
  return suite.snapshots.map(({ name }) => verifyUpgrade(suite, name, options))
}

/**
 * Runs one check; what it throws is a problem.
 *
 * @throws {PrivateFolderError} when there is nowhere to run it
 *
 * @example
 * ```js
 * import { checks, openSubject, runCheck } from 'migration-proof'
 * import config from './migration-proof.config.mjs'
 *
 * const subject = openSubject(config, 'v1', 3)
 * const [golden] = checks.filter(({ name }) => name === 'golden')
 * console.log(runCheck(golden, subject).outcome) // passed
 * subject[Symbol.dispose]()
 * ```
 */
export function runCheck(check: Check, subject: RerunSubject): CheckResult {
  const start = performance.now()
  return resultOf(check.name, attemptCheck(check, subject), start)
}

function openUpgrade(
  suite: Suite,
  snapshot: string,
  target: number,
  { migrate, images, file }: VerifyOptions,
) {
  return openSubject(suite, snapshot, target, migrate, images?.get(snapshot), undefined, file)
}

/** The upgrade itself comes first: when it fails, there is nothing for the other checks to check. */
function tryUpgrade(
  suite: Suite,
  snapshot: string,
  target: number,
  options: VerifyOptions,
  isByRules: boolean,
): { readonly subject: Subject | null; readonly problems: readonly Problem[] } {
  const { migrate, images, start, file } = options
  /** What the program of the tool leaves of the same bytes. */
  const compare = (image: SnapshotImage, upgraded: Connection | null) =>
    isByRules ? compareWithProgram({ suite, image, target, upgraded, hidesValues: file !== undefined }) : []
  try {
    const subject = openSubject(suite, snapshot, target, migrate, images?.get(snapshot), start, file)
    return { subject, problems: compare(subject.image, subject.upgraded) }
  } catch (error) {
    if (error instanceof FixtureError || error instanceof LedgerError || error instanceof PrivateFolderError)
      throw error
    const image = images?.get(snapshot) ?? loadSnapshot(suite.fixtures, snapshot)
    return { subject: null, problems: [describeFailure(suite, snapshot, error), ...compare(image, null)] }
  }
}

/** An upgrade that failed, as a problem: with the migration and the location of the statement, where they are known. */
export function describeFailure({ plan }: Suite, snapshot: string, error: unknown): Problem {
  const expected = 'an upgrade'
  if (!(error instanceof MigrationFailedError)) {
    const subject = { type: 'snapshot', name: snapshot } as const
    return makeProblem('upgrade', { subject, expected, actual: errorMessage(error), version: null })
  }
  const { version, statement, diagnosis } = error
  const migration = plan.migrations.find((each) => each.version === version)
  return makeProblem('upgrade', {
    subject: { type: 'migration', name: `v${version}` },
    expected,
    actual: `${diagnosis.where}: ${diagnosis.actual}`,
    fix: adviseOnRows(error),
    version,
    location: migration === undefined ? null : locateInMigration(migration, statement ?? ''),
  })
}

/**
 * What a check found. What it throws is a problem: a database may be so wrong that it cannot be read.
 *
 * @param isOutcome whether an error says something of the database; any other is thrown
 */
export function attemptCheck(
  check: Check,
  subject: RerunSubject,
  isOutcome = (error: unknown) => !(error instanceof PrivateFolderError),
): CheckOutcome {
  try {
    return runDeclared(check, subject, subject.hidesValues)
  } catch (error) {
    if (!isOutcome(error)) throw error
    return { problems: [makeProblem(check.name, describeThrown(check, error))] }
  }
}

function describeThrown({ name }: Check, error: unknown): Parameters<typeof makeProblem>[1] {
  const subject = { type: 'check', name } as const
  if (!(error instanceof DiagnosedError))
    return { subject, expected: 'a result', actual: errorMessage(error) }
  const { where, expected, actual, fix } = error.diagnosis
  const isOfFixture = error instanceof FixtureError
  return {
    subject: isOfFixture ? { type: 'fixture', name: where } : subject,
    expected,
    actual: isOfFixture ? actual : `${where}: ${actual}`,
    fix,
  }
}

function resultOf(
  check: string,
  { problems, isNotApplicable, detail = '', lacking, notCompared = [] }: CheckOutcome,
  startMilliseconds: number,
): CheckResult {
  const isSkipped = isNotApplicable === true && problems.length === 0
  return {
    check,
    outcome: isSkipped ? 'not-applicable' : problems.length === 0 ? 'passed' : 'failed',
    notCompared: isSkipped ? detail : (lacking ?? null),
    exceptions: notCompared.map(({ table, what, columns }) =>
      what === 'columns' ? columns.map((column) => `${table}.${column}`).join(', ') : `${what} of ${table}`,
    ),
    problems,
    durationMilliseconds: performance.now() - startMilliseconds,
  }
}
