import { compareContent, readUserContent } from '../../checks/check.ts'
import { spread } from '../../count.ts'
import { errorMessage } from '../../errors.ts'
import { locateInMigration } from '../../history/location.ts'
import { MigrationFailedError, VersionTableError } from '../../migrator/errors.ts'
import { migrateOf } from '../../migrator/migrate-as-tool.ts'
import type { Migration } from '../../migrator/migration.ts'
import { type MigrationPlan, mayStayHalf, type RunnerRules } from '../../migrator/plan.ts'
import type { StatementObserver } from '../../migrator/statements.ts'
import { diffSchemas, isExtraObject } from '../../schema/diff.ts'
import type { SchemaObject } from '../../schema/model.ts'
import { readSchema } from '../../schema/read.ts'
import { withStillClock, withStillJavaScript } from '../../snapshots/clock.ts'
import type { Content } from '../../snapshots/content-hash.ts'
import type { Connection } from '../../sql/connection.ts'
import { foldName, quoteName } from '../../sql/names.ts'
import { openCopy, type PrivateCopy } from '../attempt.ts'
import { ofMigration, type Rule, type Sighting } from '../finding.ts'
import type { FindingsSubject } from '../subject.ts'
import type { MigrationTrial } from '../trial.ts'

/** What a stop in the middle of a migration leaves, where the tool of the project applies it without a transaction. */
export const halfDone: Rule = {
  code: 'half-done',
  severity: 'error',
  reason:
    'The tool applies this migration without a transaction, or notes it after that: where its process ends in between, what it did stays.',
  fix: 'Write it so that it can run again after a stop at any statement.',
  source: 'https://www.sqlite.org/lang_transaction.html',
  isOfEachMigration: true,
  find: (subject) => subject.trials.flatMap((trial) => findHalf(trial, subject)),
}

/** At how many statements a migration is stopped at most, spread evenly. */
const mostStops = 40

/** How many of the ways in which it stays half done are shown. */
const shownWays = 3

/** What a stop leaves, and what the tool makes of that when it starts again. */
interface Half {
  readonly stop: number
  /** In words. */
  readonly left: string
  readonly outcome: string
  /** Whether the tool refuses to start by what it has noted. */
  readonly isRefused: boolean
  /** The objects that are too many; null where a person has more to undo. */
  readonly extras: readonly SchemaObject[] | null
}

function findHalf(trial: MigrationTrial, { suite: { plan } }: FindingsSubject): Sighting[] {
  const { runner } = plan
  const { migration, beforeImage } = trial
  if (runner === undefined || !mayStayHalf(runner, migration)) return []
  return withStillClock(() => {
    const whole = runWhole(beforeImage, plan, migration)
    // What makes it fail is another finding.
    if (whole === null) return []
    const { statements, content } = whole
    const stops = spread(statements.length, mostStops)
    const halves = stops.flatMap((stop) => stopAt(stop, trial, plan, runner, content) ?? [])
    const [first] = halves
    if (first === undefined) return []
    const ways = halves.filter(
      ({ left, outcome }, index) =>
        halves.findIndex((other) => other.left === left && other.outcome === outcome) === index,
    )
    const toEvidence = ({ stop, left, outcome }: Half) => ({
      ran: `a stop before '${shorten(statements[stop] ?? '')}', and ${runner.tool} again`,
      happened: `${left}; ${outcome}`,
    })
    const more = ways.slice(1, shownWays).map(toEvidence)
    const location = locateInMigration(migration, statements[first.stop] ?? '')
    const found = { ...ofMigration(migration.version), evidence: [toEvidence(first), ...more] as const }
    return [{ ...found, fix: fixOf(runner, halves), ...(location === null ? {} : { location }) }]
  })
}

class Stop extends Error {
  override readonly name = 'Stop'
}

function applyTo(
  { connection }: PrivateCopy,
  plan: MigrationPlan,
  { version }: Migration,
  beforeStatement: StatementObserver = () => {},
): void {
  withStillJavaScript(() => migrateOf(plan)(connection, plan, { target: version, beforeStatement }))
}

/** What the tool executes where nothing stops it, and what that leads to; null where it fails. */
function runWhole(image: Buffer, plan: MigrationPlan, migration: Migration) {
  using copy = openCopy(image)
  const statements: string[] = []
  try {
    applyTo(copy, plan, migration, ({ sql }) => statements.push(sql))
  } catch {
    return null
  }
  return { statements, content: readUserContent(copy.connection, plan) }
}

/** Stops the tool before a statement, and lets it start again. @returns null where that leads to the same as no stop */
function stopAt(
  stop: number,
  { beforeImage, migration }: MigrationTrial,
  plan: MigrationPlan,
  { tool }: RunnerRules,
  expected: Content,
): Half | null {
  const image = imageLeft(stop, beforeImage, plan, migration)
  using again = openCopy(image)
  const describe = (outcome: string, isRefused = false): Half => {
    using before = openCopy(beforeImage)
    using left = openCopy(image)
    return { stop, outcome, isRefused, ...describeLeft(before.connection, left.connection, plan) }
  }
  try {
    applyTo(again, plan, migration)
  } catch (error) {
    const cause = error instanceof MigrationFailedError ? error.cause : error
    const isRefused = error instanceof VersionTableError
    const message = isRefused ? error.diagnosis.fix : errorMessage(cause)
    return describe(`${tool} then fails at each start: '${message}'`, isRefused)
  }
  const [difference] = compareContent('half-done', expected, readUserContent(again.connection, plan))
  return difference === undefined
    ? null
    : describe(`${tool} then goes on, and what it makes is not the same: ${difference.actual}`)
}

function imageLeft(stop: number, image: Buffer, plan: MigrationPlan, migration: Migration): Buffer {
  using copy = openCopy(image)
  let passed = 0
  try {
    applyTo(copy, plan, migration, () => {
      if (passed++ === stop) throw new Stop('a stop on purpose')
    })
  } catch {
    // Whatever the tool says of it: its process is gone.
  }
  if (copy.connection.inTransaction) copy.connection.exec('ROLLBACK')
  return copy.image()
}

function describeLeft(
  before: Connection,
  left: Connection,
  plan: MigrationPlan,
): Pick<Half, 'left' | 'extras'> {
  const own = new Set(plan.versions.tables.map(foldName))
  const differences = diffSchemas(readSchema(before), readSchema(left)).filter(
    ({ object }) => !own.has(foldName(object.table)),
  )
  const extras = differences.filter(isExtraObject).map(({ object }) => object)
  const changed = differences.filter((difference) => !isExtraObject(difference))
  const names = new Set([
    ...extras.map(({ type, name }) => `${type} ${name}`),
    ...changed.map(({ object: { type, name }, aspect, actual }) => `${type} ${name}, ${aspect} ${actual}`),
  ])
  const rows = changedRows(readUserContent(before, plan), readUserContent(left, plan))
  const parts = [...names, ...rows]
  const shown = parts.slice(0, 3).join(', ')
  const more = parts.length > 3 ? ` and ${parts.length - 3} more` : ''
  return {
    left: parts.length === 0 ? 'it leaves nothing but a lock' : `it leaves ${shown}${more}`,
    extras: changed.length === 0 && rows.length === 0 && extras.length > 0 ? extras : null,
  }
}

function changedRows(before: Content, left: Content): string[] {
  return left.tables.flatMap(({ name, rows, hash }) => {
    const earlier = before.tables.find((table) => table.name === name)
    if (earlier === undefined || earlier.hash === hash || name === 'sqlite_sequence') return []
    return [
      earlier.rows === rows
        ? `changed rows in ${name}`
        : `${rows} instead of ${earlier.rows} rows in ${name}`,
    ]
  })
}

function fixOf(runner: RunnerRules, halves: readonly Half[]): string {
  const ask =
    runner.transaction === 'none'
      ? ''
      : `Let ${runner.tool} apply it in a transaction: remove what asks for none. Otherwise w`
  const write = `${ask === '' ? 'W' : ask}rite it so that it can run again after a stop at any statement: CREATE … IF NOT EXISTS, DROP … IF EXISTS, and changes of rows that change nothing the second time.`
  const drops = toDrops(halves.findLast(({ extras }) => extras !== null)?.extras ?? [])
  const release = halves.some(({ isRefused }) => isRefused) ? `do what ${runner.tool} asks for, ` : ''
  const undo =
    drops.length > 0
      ? `undo what is left while it holds no rows, as with ${drops.join('; ')}, ${release}and start again`
      : `restore a backup, or ${release}do the rest of it by hand and note it as applied`
  return `${write} In a file that a stop has left so: ${undo}. Where that can be lived with, accept the finding with a waiver.`
}

/** What belongs to a table goes with it. */
function toDrops(extras: readonly SchemaObject[]): string[] {
  const tables = new Set(extras.flatMap(({ type, name }) => (type === 'table' ? [foldName(name)] : [])))
  return extras
    .filter(({ type, table }) => type === 'table' || !tables.has(foldName(table)))
    .toReversed()
    .map(({ type, name }) => `DROP ${type.toUpperCase()} ${quoteName(name)}`)
}

function shorten(sql: string): string {
  const text = sql.replaceAll(/\s+/g, ' ').trim()
  return text.length > 60 ? `${text.slice(0, 59)}…` : text
}
