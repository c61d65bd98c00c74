import { createHash } from 'node:crypto'
import { countOf, spread } from '../count.ts'
import { errorMessage } from '../errors.ts'
import { lacksBase } from '../migrator/base.ts'
import { expectedSchema } from '../migrator/expected-schema.ts'
import type { Migration } from '../migrator/migration.ts'
import { type MigrationPlan, mayStayHalf, rulesOf, shown } from '../migrator/plan.ts'
import { preflight } from '../migrator/preflight.ts'
import type { StatementEvent } from '../migrator/statements.ts'
import { planOf } from '../migrator/tool-change.ts'
import { diffFromExpected, readVersion } from '../migrator/versions.ts'
import { identityOf, makeProblem, type Problem, type ProblemSubject } from '../problem.ts'
import { isExtraObject } from '../schema/difference.ts'
import { listObjects, nameKeyOf } from '../schema/model.ts'
import { readSchema } from '../schema/read.ts'
import type { Content } from '../snapshots/content-hash.ts'
import {
  openInMemory,
  openScratch,
  type Scratch,
  type ScratchCopy,
  type SnapshotImage,
} from '../snapshots/open.ts'
import type { Connection } from '../sql/connection.ts'
import { foldName } from '../sql/names.ts'
import { redactFailure } from '../sql/redact.ts'
import type { Check } from './check.ts'
import { compareContent, notApplicable, readUserContent } from './check.ts'
import { readConnectionState } from './connection-state.ts'
import { subjectOf } from './divergence.ts'
import { proveRowsKept } from './rows/prove-rows-kept.ts'
import type { RerunSubject } from './subject.ts'

/** Whatever stops an upgrade, at whichever statement, the next start must find a whole version. */
export const interruption: Check = {
  name: 'interruption',
  proves: 'is at a whole version, with every row, after a failure at any statement, and a rerun finishes',
  needs: 'reruns',
  steps: 'one',
  run: (subject) => {
    const halves = listHalves(subject)
    const { plan } = subject.suite
    const half = plan.migrations.find(({ version }) => version === halves[0])
    const tool = half === undefined ? '' : rulesOf(plan.runner, half)?.tool
    const advice = '`lint` shows as half-done what a stop leaves'
    if (halves.length === subject.target - subject.from && halves.length > 0)
      return notApplicable(`${tool} applies a migration without a transaction: ${advice}`)
    const { problems, stops, statements } = stopUpgrade(subject, subject.stops)
    const some =
      stops === statements ? `each of ${countOf(stops, 'statement')}` : `${stops} of ${statements} statements`
    const names = halves.map((version) => `v${version}`).join(', ')
    return {
      detail: `whole, with every row, after a stop at ${some}; the next start finishes`,
      ...(halves.length === 0
        ? {}
        : { lacking: `stops in ${names}, which ${tool} applies without a transaction: ${advice}` }),
      problems,
    }
  },
}

/**
 * The migrations of an upgrade of which a stop may leave half. In one transaction for all, none can be distinguished from the others;
 * and where the tool keeps a lock, a stop in any of them leaves that.
 */
function listHalves({ suite: { plan }, from, target }: RerunSubject): readonly number[] {
  const passed = plan.migrations.slice(from, target)
  const halves = new Set(passed.filter((migration) => mayStayHalf(plan.runner, migration)))
  const areAll = (migration: Migration) => {
    const rules = rulesOf(plan.runner, migration)
    return rules?.transaction === 'all' || rules?.keepsLock === true
  }
  const found = passed.filter((migration) => halves.has(migration) || (halves.size > 0 && areAll(migration)))
  return found.map(({ version }) => version)
}

/**
 * Interrupts the upgrade of a subject at its statements. Each is reached from the version that was committed before it, as a
 * start reaches it that goes on from there: what a migration does depends on the bytes of the file alone. `stepwise` proves
 * this premise of every version, and a migrator that runs other statements from there is interrupted from its first one.
 *
 * @param limit how many statements at most, spread evenly from the first to the last; defaults to all
 */
export function interruptUpgrade(subject: RerunSubject, limit?: number): Problem[] {
  return stopUpgrade(subject, limit).problems
}

/** What the interruptions showed, and at how many of how many statements they were. */
interface Stops {
  readonly problems: Problem[]
  readonly stops: number
  readonly statements: number
}

function stopUpgrade(subject: RerunSubject, limit = Number.POSITIVE_INFINITY): Stops {
  using scratch = openScratch()
  const expected = readUserContent(subject.upgraded, subject.suite.plan)
  const versions = new Set<number | null>(listHalves(subject))
  const { events, halves } = followUpgrade(subject, versions)
  const judged = new Map<string, readonly Problem[]>()
  const usual: UsualProblems = new Map()
  const whole = events.flatMap(({ version }, index) => (versions.has(version) ? [] : [index]))
  const indexes = spread(whole.length, limit).map((index) => whole[index] ?? 0)
  const first: Start = { index: 0, image: subject.image, wholeVersions: new Set() }
  let start = first
  using copies = new Copies(scratch)
  const stopped = indexes.flatMap((index, done) => {
    subject.onStop?.(done, indexes.length)
    const event = events[index]
    if (event === undefined) return []
    const boundaries = events.flatMap(({ isOpen }, position) => (isOpen ? [] : [position]))
    for (const boundary of boundaries.filter((position) => position > start.index && position <= index))
      start = advance(subject, scratch, start, boundary, events) ?? start
    const problems =
      interruptAt(subject, copies, start, { events, index, expected, judged, usual }) ??
      interruptAt(subject, copies, first, { events, index, expected, judged, usual }) ??
      []
    const shown = subject.hidesValues === true ? withoutValues(event) : event
    return problems.map((problem) => ({ problem, statement: `${index + 1} '${firstLine(shown)}'` }))
  })
  const problems = [...halves, ...mergeStatements(stopped, indexes.length)]
  return { problems, stops: indexes.length, statements: whole.length }
}

/** A statement of the upgrade, and whether a transaction is open before it. */
interface PassedStatement extends StatementEvent {
  readonly isOpen: boolean
}

/** A whole version on the way of the upgrade, or the file that it begins with. */
interface Start {
  /** How many statements were executed before. */
  readonly index: number
  readonly image: SnapshotImage
  /** The hashes of the whole versions on the way, from each of which `stepwise` goes on. */
  readonly wholeVersions: ReadonlySet<string>
}

/**
 * Goes on to a later statement before which nothing is open.
 *
 * @returns null where the file is then not what an upgrade to a next version leaves, or where other statements are executed
 *   than on the way from the first one
 */
function advance(
  subject: RerunSubject,
  scratch: Scratch,
  { index, image, wholeVersions }: Start,
  until: number,
  events: readonly StatementEvent[],
): Start | null {
  const { plan } = subject.suite
  using copy = scratch.open(image)
  const before = versionOf(copy.connection, plan)
  if (failAt(subject, copy.connection, events.slice(index, until + 1)) !== 'reported') return null
  const version = versionOf(copy.connection, plan)
  if (copy.connection.inTransaction || version <= before) return null
  const bytes = copy.read()
  using whole = scratch.open(image)
  subject.migrate(whole.connection, plan, { target: version })
  if (!whole.read().equals(bytes)) return null
  const reached = { entry: image.entry, bytes }
  using reopened = scratch.open(reached)
  return { index: until, image: reached, wholeVersions: new Set([...wholeVersions, hashLeft(reopened)]) }
}

/** Copies of a start. Most stops leave one as it was, with all that its connection has, and then it serves the next stop. */
class Copies {
  readonly #scratch: Scratch
  #used: { readonly image: SnapshotImage; readonly copy: ScratchCopy; readonly left: string } | null = null

  constructor(scratch: Scratch) {
    this.#scratch = scratch
  }

  take(image: SnapshotImage): ScratchCopy {
    if (this.#used?.image === image) return this.#used.copy
    this[Symbol.dispose]()
    const copy = this.#scratch.open(image)
    this.#used = { image, copy, left: hashLeft(copy) }
    return copy
  }

  /** @param left the hash of the copy as it is now; null where it has none */
  giveBack(left: string | null): void {
    if (left !== this.#used?.left) this[Symbol.dispose]()
  }

  [Symbol.dispose](): void {
    this.#used?.copy.close()
    this.#used = null
  }
}

/** How many statements are named. */
const namedStatements = 3

/** Each problem once, with the statements after whose failure it was seen. */
function mergeStatements(
  stopped: readonly { readonly problem: Problem; readonly statement: string }[],
  total: number,
): Problem[] {
  const merged = new Map<string, { readonly problem: Problem; readonly statements: string[] }>()
  for (const { problem, statement } of stopped) {
    const key = identityOf(problem)
    const known = merged.get(key) ?? { problem, statements: [] }
    known.statements.push(statement)
    merged.set(key, known)
  }
  return [...merged.values()].map(({ problem, statements }) => {
    const named = statements.slice(0, namedStatements).join(', ')
    const more = statements.length > namedStatements ? ', …' : ''
    const ran = `an upgrade that fails at statement ${named}${more}`
    return {
      ...problem,
      evidence: [{ ran, happened: `seen at ${statements.length} of ${countOf(total, 'statement')}` }],
    }
  })
}

function withAspect(subject: ProblemSubject, aspect: string): ProblemSubject {
  return { ...subject, aspect: subject.aspect === undefined ? aspect : `${subject.aspect}, ${aspect}` }
}

function problemOf(name: string, expected: string, actual: string): Problem {
  return makeProblem('interruption', { subject: { type: 'database', name }, expected, actual })
}

class Interruption extends Error {
  override readonly name = 'Interruption'
}

/**
 * Lists the statements of the upgrade, and what it commits that is not one whole version.
 *
 * @param without the versions in the middle of which that is no matter
 */
function followUpgrade({ suite, image, target, migrate }: RerunSubject, without: ReadonlySet<number | null>) {
  const events: PassedStatement[] = []
  const halves: Problem[] = []
  using copy = openInMemory(image)
  const { connection } = copy
  const known = new Set(listObjects(readSchema(connection)).map(nameKeyOf))
  const look = () => {
    // The first of them is enough: most that follow are the same.
    if (connection.inTransaction || halves.length > 0) return
    halves.push(...compareWithVersion(connection, suite.plan, known))
  }
  const beforeStatement = (event: StatementEvent) => {
    events.push({ ...event, isOpen: connection.inTransaction })
    if (!without.has(event.version)) look()
  }
  migrate(connection, suite.plan, { target, beforeStatement })
  look()
  return { events, halves }
}

/**
 * A start that finds less or more than a whole version can often go on from there, since statements that create only
 * what is missing run twice, but one that changes rows must not.
 *
 * @param known what the file held before: a user's own objects, and those that a later version adopts
 */
function compareWithVersion(
  connection: Connection,
  whole: MigrationPlan,
  known: ReadonlySet<string>,
): Problem[] {
  const plan = planOf(connection, whole)
  if (lacksBase(connection, plan)) return []
  const version = readVersion(connection, plan)
  const isKnown = isKnownAt(connection, whole, version, known)
  return diffFromExpected(expectedSchema(connection, plan, version), readSchema(connection), plan)
    .filter((difference) => !(isExtraObject(difference) && isKnown(nameKeyOf(difference.object))))
    .map((difference) =>
      makeProblem('interruption', {
        subject: withAspect(subjectOf(difference), `as version ${shown(plan, version)} was committed`),
        expected: difference.expected,
        actual: difference.actual,
      }),
    )
}

/** A tool may make its own tables before the first migration. */
function isKnownAt(
  connection: Connection,
  { runner, versions }: MigrationPlan,
  version: number,
  known: ReadonlySet<string>,
): (key: string) => boolean {
  const isBeforeTool = version === 0 || version === runner?.change?.before.migrations.length
  if (runner === undefined || !isBeforeTool) return (key) => known.has(key)
  const own = new Set(versions.tables.map(foldName))
  const ofTool = connection
    .all('SELECT type, name, tbl_name FROM main.sqlite_master')
    .filter(({ tbl_name: table }) => own.has(foldName(String(table))))
    .map(({ type, name }) => nameKeyOf({ type: String(type), name: String(name) }))
  return (key) => known.has(key) || ofTool.includes(key)
}

interface Stop {
  readonly events: readonly StatementEvent[]
  readonly index: number
  readonly expected: Content
  /** Most failures of a migration leave the same behind, so that each such state is judged once. */
  readonly judged: Map<string, readonly Problem[]>
  readonly usual: UsualProblems
}

/** @returns null where other statements are executed from there than on the way from the first one */
function interruptAt(
  subject: RerunSubject,
  copies: Copies,
  start: Start,
  { events, index, expected, judged, usual }: Stop,
): readonly Problem[] | null {
  const copy = copies.take(start.image)
  const { connection } = copy
  const end = failAt(subject, connection, events.slice(start.index, index + 1))
  const isElsewhere = end === 'otherwise' && start.index > 0
  const left = isElsewhere || end === 'unnoticed' || connection.inTransaction ? null : hashLeft(copy)
  const known = left === null ? undefined : judged.get(left)
  if (isElsewhere || known !== undefined) {
    copies.giveBack(left)
    return known ?? null
  }
  const problems = [
    ...(end === 'unnoticed' ? [unnoticed] : describeHalfVersion(connection, subject.suite.plan)),
    ...compareRows(subject, connection, usual),
    ...(left !== null && start.wholeVersions.has(left) ? [] : finish(subject, connection, expected)),
  ]
  copies.giveBack(null)
  if (left !== null) judged.set(left, problems)
  return problems
}

const unnoticed = problemOf('the upgrade', 'an error', 'success')

/**
 * Fails the upgrade at the last of some statements.
 *
 * @returns `reported`: it reports an error. `unnoticed`: it reports none. `otherwise`: it executed other statements, or fewer.
 */
function failAt(
  { suite, target, migrate }: RerunSubject,
  connection: Connection,
  events: readonly StatementEvent[],
): 'reported' | 'unnoticed' | 'otherwise' {
  let statements = 0
  let isSame = true
  const beforeStatement = ({ sql }: StatementEvent) => {
    isSame &&= statements >= events.length || sql === events[statements]?.sql
    if (++statements === events.length) throw new Interruption('a failure on purpose')
  }
  try {
    migrate(connection, suite.plan, { target, beforeStatement })
    return isSame && statements >= events.length ? 'unnoticed' : 'otherwise'
  } catch {
    return isSame && statements >= events.length ? 'reported' : 'otherwise'
  }
}

/** A hash of all that a failed upgrade left: the bytes of the database, and the state of its connection. */
function hashLeft({ connection, read }: ScratchCopy): string {
  return createHash('sha256').update(readConnectionState(connection)).update(read()).digest('hex')
}

function describeHalfVersion(connection: Connection, plan: MigrationPlan): Problem[] {
  if (connection.inTransaction) {
    return [problemOf('the connection', 'no open transaction', 'one that is open')]
  }
  try {
    preflight(connection, plan)
    return []
  } catch (error) {
    return [problemOf('the schema', 'that of a whole version', String(error))]
  }
}

/** The problems of the rows at each version of an upgrade that nothing stops, by what they have in common. */
type UsualProblems = Map<number, ReadonlySet<string>>

/**
 * Compares the rows with those before, but for what the migrations declare that the file has had since, and what an upgrade that
 * nothing stops changes, too: the check of the rows reports that.
 */
function compareRows(subject: RerunSubject, connection: Connection, usual: UsualProblems): Problem[] {
  const { suite, originalPath, from, way } = subject
  const version = versionOf(connection, suite.plan)
  const applied = suite.plan.migrations.slice(from, version)
  const compare = (upgraded: Connection) =>
    proveRowsKept(upgraded, {
      original: { path: originalPath },
      dataChanges: applied.flatMap(({ dataChanges = [] }) => dataChanges),
      exclude: suite.plan.versions.tables,
    }).problems
  const problems = compare(connection)
  if (problems.length === 0) return []
  const isWhole = version > from && version <= subject.target
  const known =
    usual.get(version) ??
    new Set(isWhole && way !== undefined ? way.visit(version, compare).map(identityOf) : [])
  usual.set(version, known)
  return problems
    .filter((problem) => !known.has(identityOf(problem)))
    .map((problem) => ({
      ...problem,
      code: 'interruption',
      undeclared: null,
      fix: 'commit a migration and its version together, so that both are there or neither',
    }))
}

/** That no version can be read is another problem, reported by itself. */
function versionOf(connection: Connection, plan: MigrationPlan): number {
  try {
    return readVersion(connection, plan)
  } catch {
    return plan.migrations.length
  }
}

function finish(
  { suite, target, migrate }: RerunSubject,
  connection: Connection,
  expected: Content,
): Problem[] {
  try {
    migrate(connection, suite.plan, { target })
  } catch (error) {
    return [problemOf('the rerun', 'success', errorMessage(error))]
  }
  return compareContent('interruption', expected, readUserContent(connection, suite.plan))
}

/** A migration may have pasted values of rows into its SQL. */
function withoutValues({ sql, ...event }: StatementEvent): StatementEvent {
  const failed = { sql, message: '', isUnderstood: true, mayHoldValues: true }
  return { ...event, sql: redactFailure(failed).statement }
}

function firstLine({ sql }: StatementEvent): string {
  return sql.replace(/\s+/g, ' ').slice(0, 60)
}
