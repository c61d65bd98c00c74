import { createHash } from 'node:crypto'
import { countOf } from '../count.ts'
import { errorMessage } from '../errors.ts'
import { expectedSchema } from '../migrator/expected-schema.ts'
import type { MigrationPlan } from '../migrator/plan.ts'
import { preflight } from '../migrator/preflight.ts'
import type { StatementEvent } from '../migrator/statements.ts'
import { readVersion } from '../migrator/versions.ts'
import { identityOf, makeProblem, type Problem, type ProblemSubject } from '../problem.ts'
import { diffSchemas, isExtraObject } from '../schema/diff.ts'
import { listObjects, nameKeyOf } from '../schema/model.ts'
import { readSchema } from '../schema/read.ts'
import type { Content } from '../snapshots/content-hash.ts'
import { type OpenSnapshot, openInMemory } from '../snapshots/open.ts'
import type { Connection } from '../sql/connection.ts'
import type { Check } from './check.ts'
import { compareContent, readUserContent } from './check.ts'
import { subjectOf } from './divergence.ts'
import { proveRowsKept } from './rows/prove-rows-kept.ts'
import type { RerunSubject } from './subject.ts'

/** Whatever stops an upgrade, at whichever statement, the next start must find a whole version. */
export const interruption: Check = {
  name: 'interruption',
  proves: 'is at a whole version, with every row, after a failure at any statement, and a rerun finishes',
  needs: 'reruns',
  run: (subject) => ({ problems: interruptUpgrade(subject, subject.stops) }),
}

/**
 * Interrupts the upgrade of a subject at its statements.
 *
 * @param limit how many of them at most, spread evenly from the first to the last; defaults to all
 */
export function interruptUpgrade(subject: RerunSubject, limit = Number.POSITIVE_INFINITY): Problem[] {
  const expected = readUserContent(subject.upgraded, subject.suite.plan)
  const { events, halves } = followUpgrade(subject)
  const judged = new Map<string, readonly Problem[]>()
  const indexes = spread(events.length, limit)
  const stopped = indexes.flatMap((index) => {
    const event = events[index]
    if (event === undefined) return []
    const problems = interruptAt(subject, index, expected, judged)
    return problems.map((problem) => ({ problem, statement: `${index + 1} '${firstLine(event)}'` }))
  })
  return [...halves, ...mergeStatements(stopped, indexes.length)]
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

function spread(length: number, limit: number): number[] {
  const steps = Array.from({ length: Math.min(length, limit) }, (_, step) => step)
  if (length <= limit || limit < 2) return steps
  return steps.map((step) => Math.round((step * (length - 1)) / (limit - 1)))
}

function problemOf(name: string, expected: string, actual: string): Problem {
  return makeProblem('interruption', { subject: { type: 'database', name }, expected, actual })
}

class Interruption extends Error {
  override readonly name = 'Interruption'
}

/** Lists the statements of the upgrade, and what it commits that is not one whole version. */
function followUpgrade({ suite, image, target, migrate }: RerunSubject) {
  const events: StatementEvent[] = []
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
    events.push(event)
    look()
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
  plan: MigrationPlan,
  known: ReadonlySet<string>,
): Problem[] {
  const version = readVersion(connection, plan)
  return diffSchemas(expectedSchema(connection, plan, version), readSchema(connection))
    .filter((difference) => !(isExtraObject(difference) && known.has(nameKeyOf(difference.object))))
    .map((difference) =>
      makeProblem('interruption', {
        subject: withAspect(subjectOf(difference), `as version ${version} was committed`),
        expected: difference.expected,
        actual: difference.actual,
      }),
    )
}

/** Most failures of a migration leave the same behind, so that each such state is judged once. */
function interruptAt(
  subject: RerunSubject,
  index: number,
  expected: Content,
  judged: Map<string, readonly Problem[]>,
): readonly Problem[] {
  using copy = openInMemory(subject.image)
  const { connection } = copy
  const isNoticed = failAt(subject, connection, index)
  const left = isNoticed && !connection.inTransaction ? hashLeft(copy) : null
  const known = left === null ? undefined : judged.get(left)
  if (known !== undefined) return known
  const problems = [
    ...(isNoticed ? describeHalfVersion(connection, subject.suite.plan) : [unnoticed]),
    ...compareRows(subject, connection),
    ...finish(subject, connection, expected),
  ]
  if (left !== null) judged.set(left, problems)
  return problems
}

const unnoticed = problemOf('the upgrade', 'an error', 'success')

/** Fails the upgrade at one statement. @returns whether it reports an error */
function failAt({ suite, target, migrate }: RerunSubject, connection: Connection, index: number): boolean {
  let statements = 0
  const beforeStatement = () => {
    if (statements++ === index) throw new Interruption('a failure on purpose')
  }
  try {
    migrate(connection, suite.plan, { target, beforeStatement })
    return false
  } catch {
    return true
  }
}

/** What a connection has of its own, beside the database, that changes what the next upgrade does. */
const ownState = `SELECT foreign_keys, legacy_alter_table, ignore_check_constraints, writable_schema,
  (SELECT group_concat(sql) FROM temp.sqlite_schema) AS own, (SELECT count(*) FROM pragma_database_list) AS databases
  FROM pragma_foreign_keys, pragma_legacy_alter_table, pragma_ignore_check_constraints, pragma_writable_schema`

/** A hash of all that a failed upgrade left: the bytes of the database, and the state of its connection. */
function hashLeft({ database }: OpenSnapshot): string {
  const state = JSON.stringify(database.prepare(ownState).raw().get())
  return createHash('sha256').update(state).update(database.serialize()).digest('hex')
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

/** Compares the rows with those before, but for what the migrations declare that the file has had since. */
function compareRows({ suite, originalPath, from }: RerunSubject, connection: Connection): Problem[] {
  const applied = suite.plan.migrations.slice(from, versionOf(connection, suite.plan))
  return proveRowsKept(connection, {
    original: { path: originalPath },
    dataChanges: applied.flatMap(({ dataChanges = [] }) => dataChanges),
    exclude: suite.plan.versions.tables,
  }).problems.map((problem) => ({
    ...problem,
    code: 'interruption',
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

function firstLine({ sql }: StatementEvent): string {
  return sql.replace(/\s+/g, ' ').slice(0, 60)
}
