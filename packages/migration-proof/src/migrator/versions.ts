import { diffSchemas } from '../schema/diff.ts'
import type { Difference } from '../schema/difference.ts'
import { findTable, type Schema, type SchemaObject } from '../schema/model.ts'
import type { Connection } from '../sql/connection.ts'
import { foldName } from '../sql/names.ts'
import { VersionTableError } from './errors.ts'
import { latestVersionOf, type MigrationPlan } from './plan.ts'
import type { AppliedVersions, VersionProblem } from './version-store.ts'

/**
 * The version of a database: 0 if no version was ever recorded. A version above the latest of the plan is
 * returned as it is: the database was made by newer software.
 *
 * @throws {VersionTableError} when the versions cannot be read, or one below the current one is missing
 */
export function readVersion(connection: Connection, plan: MigrationPlan): number {
  const { current, missing, problem } = plan.versions.read(connection)
  if (problem !== undefined) throw describeProblem(problem, plan.versions.tables)
  if (missing === null || current > latestVersionOf(plan)) return current
  throw new VersionTableError({
    where: 'The versions of the database',
    expected: `version ${missing} below version ${current}`,
    actual: 'a gap',
    fix: 'restore the file from a backup, or find out which migrations were really applied',
  })
}

const problems: Readonly<
  Record<VersionProblem['kind'], (ids: string) => readonly [expected: string, actual: string]>
> = {
  late: (ids) => ['every migration before the last one to be applied', `that ${ids} is not`],
  unknown: (ids) => ['only migrations that the project has', `${ids}, which it does not have`],
  unfinished: (ids) => [
    'only migrations that were applied to their end',
    `that ${ids} began and did not end`,
  ],
  changed: (ids) => ['the migrations as they were applied', `another checksum of ${ids}`],
  contradicting: (ids) => ['notes of both tools that fit each other', ids],
}

function describeProblem(problem: VersionProblem, tables: readonly string[]) {
  const [expected, actual] = wordsOf(problem)
  return new VersionTableError({
    where: problem.where ?? `Table ${tables[0]}`,
    expected,
    actual,
    fix: `${problem.consequence}; ${adviseOnVersions}`,
  })
}

/** What was expected of the versions, and what is there, in words. */
export function wordsOf({ kind, ids }: Pick<VersionProblem, 'kind' | 'ids'>) {
  return problems[kind](ids.join(', '))
}

export const adviseOnVersions = 'compare the file with the migrations, and correct or restore it'

/** The version of a database, to the last digit, as text. */
export function readVersionText(connection: Connection, plan: MigrationPlan): string {
  const { current, exact } = plan.versions.read(connection)
  return exact ?? `${current}`
}

/** As many versions as are listed one by one. */
const listed = 20

/** Which versions a database has had, in words: `1, 2, 3`, `none`, `5, without 2`. */
export function describeVersions({ current, exact, missing }: AppliedVersions): string {
  if (current === 0) return 'none'
  if (missing !== null) return `${exact ?? current}, without ${missing}`
  if (current > listed) return `1 to ${exact ?? current}`
  return Array.from({ length: current }, (_, position) => position + 1).join(', ')
}

/** The folded names of the tables of notes that an older release of the tool made, and that it takes over. */
export function listOlderNotes({ versions }: MigrationPlan, schema: Schema): ReadonlySet<string> {
  if (versions.isOlderForm === undefined) return new Set()
  const older = versions.tables.filter((name) => {
    const table = findTable(schema, name)
    return table !== undefined && versions.isOlderForm?.(table) === true
  })
  return new Set(older.map(foldName))
}

/** Compares the schema of a database with what is expected of it. Of such tables, nothing is. */
export function diffFromExpected(
  expected: Schema,
  actual: Schema,
  plan: MigrationPlan,
): readonly Difference[] {
  const older = listOlderNotes(plan, actual)
  return diffSchemas(expected, actual).filter(({ object }) => !older.has(foldName(object.table)))
}

/**
 * A trigger on a table of the versions. A version row that a trigger changes, or that fires other changes, cannot be
 * trusted.
 *
 * @param extras the objects that no version of the plan makes
 */
export function findVersionTrigger(
  { versions }: MigrationPlan,
  extras: readonly SchemaObject[],
): SchemaObject | undefined {
  const tables = new Set(versions.tables.map(foldName))
  return extras.find(({ type, table }) => type === 'trigger' && tables.has(foldName(table)))
}

/** @throws {VersionTableError} when one of the objects is a trigger on a table of the versions */
export function refuseVersionTrigger(plan: MigrationPlan, extras: readonly SchemaObject[]): void {
  const trigger = findVersionTrigger(plan, extras)
  if (trigger === undefined) return
  throw new VersionTableError({
    where: `Table ${trigger.table}`,
    expected: 'no trigger on the table of the versions',
    actual: `the trigger ${trigger.name}`,
    fix: 'drop the trigger, and run again',
  })
}
