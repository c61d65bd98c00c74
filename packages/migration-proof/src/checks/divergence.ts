import { latestVersionOf } from '../migrator/plan.ts'
import { partsOf, startOfNew } from '../migrator/tool-change.ts'
import { diffFromExpected } from '../migrator/versions.ts'
import { makeProblem, type Problem, type ProblemSubject } from '../problem.ts'
import { type Difference, diffSchemas, isExtraObject } from '../schema/diff.ts'
import { nameKeyOf, type Schema } from '../schema/model.ts'
import { readSchema } from '../schema/read.ts'
import { FixtureError } from '../snapshots/errors.ts'
import { foldName } from '../sql/names.ts'
import type { DatabaseSubject } from './subject.ts'

/** How the schema of each version should be, on one path of versions. */
export type ExpectedAt = (version: number) => Schema

/**
 * Compares the upgraded schema with what is expected; a user's own objects are no difference. When it differs, and the
 * subject can visit the versions on the way, the first migration that leads to each difference is named: one on the way, or
 * one that was edited after it had left the file behind.
 */
export function compareSchemas(code: string, subject: DatabaseSubject, expectedAt: ExpectedAt): Problem[] {
  const { suite, target, upgraded, extras, way, goldenAt } = subject
  const own = new Set(extras.map(nameKeyOf))
  const actual = readSchema(upgraded)
  const expected = withoutOldNotes(subject, expectedAt(target))
  const isOfOld = isOfNotesThatNewFilesLack(subject, expected)
  const differences = diffFromExpected(expected, actual, suite.plan).filter(
    (difference) =>
      !(isExtraObject(difference) && (own.has(nameKeyOf(difference.object)) || isOfOld(difference.object))),
  )
  if (differences.length === 0) return []
  const steps = way === undefined ? null : differencesByVersion(way, target, expectedAt)
  const before = way === undefined ? [] : differencesBefore(way, expectedAt)
  const causeOf = (difference: Difference) => {
    if (way === undefined || steps === null) return null
    const isThere = (found: readonly Difference[] | null | undefined) =>
      found?.some((other) => isSame(other, difference)) === true
    return isThere(before) && isThere(steps[0]?.found ?? before)
      ? findEdited(way.from, difference, goldenAt, expectedAt)
      : findCause(steps, difference, target)
  }
  return differences.map((difference) => {
    const version = causeOf(difference)
    const fix = adviseOnBaseline(subject, version)
    return makeProblem(code, {
      subject: subjectOf(difference),
      expected: difference.expected,
      actual: difference.actual,
      version,
      ...(fix === null ? {} : { fix }),
    })
  })
}

/** What to do where a baseline makes something else than what old files have; null where it is no baseline. */
function adviseOnBaseline(
  { suite: { plan }, target }: DatabaseSubject,
  version: number | null,
): string | null {
  const start = startOfNew(plan, target)
  if (start === 0 || version !== start + 1) return null
  const { id = `v${version}` } = plan.migrations[start] ?? {}
  return `let ${id} make what the migrations of the tool before make; where it is released, add a migration after which old and new files are the same`
}

/**
 * What is expected of a file that the tool of now alone has made, where the project has changed its tool: it has no notes of the
 * tool before.
 */
export function withoutOldNotes(
  { suite: { plan }, target, upgraded }: DatabaseSubject,
  expected: Schema,
): Schema {
  const parts = partsOf(plan)
  if (parts === null || target <= latestVersionOf(parts.before)) return expected
  const { versions } = parts.before
  const { tables } = versions
  if (tables.length === 0 || versions.read(upgraded).current > 0) return expected
  const has = new Set(readSchema(upgraded).tables.keys())
  const gone = new Set(tables.map(foldName).filter((name) => !has.has(name)))
  const keep = <Item extends { readonly table?: string }>(items: ReadonlyMap<string, Item>) =>
    new Map([...items].filter(([, { table }]) => table === undefined || !gone.has(foldName(table))))
  return {
    ...expected,
    tables: new Map([...expected.tables].filter(([name]) => !gone.has(name))),
    indexes: keep(expected.indexes),
    triggers: keep(expected.triggers),
  }
}

/** An old file has the notes of the tool before, which a new one need not have. */
function isOfNotesThatNewFilesLack(
  { suite: { plan }, target }: DatabaseSubject,
  expected: Schema,
): (object: Difference['object']) => boolean {
  const parts = partsOf(plan)
  if (parts === null || target <= latestVersionOf(parts.before)) return () => false
  const old = parts.before.versions.tables.map(foldName).filter((name) => !expected.tables.has(name))
  return ({ name, table }) => old.includes(foldName(table ?? name))
}

/** The object in which two schemas differ. */
export function subjectOf({ object: { type, name, table }, aspect }: Difference): ProblemSubject {
  return { type, name, aspect, ...(type === 'table' ? {} : { table }) }
}

function differencesByVersion(
  { from, visit }: NonNullable<DatabaseSubject['way']>,
  target: number,
  expectedAt: ExpectedAt,
) {
  const versions = Array.from({ length: target - from }, (_, step) => from + 1 + step)
  return versions.map((version): Step => {
    const expected = expectedIfAny(expectedAt, version)
    if (expected === null) return { version, found: null }
    return { version, found: visit(version, (connection) => diffSchemas(expected, readSchema(connection))) }
  })
}

/** How a file differs before it is upgraded; nothing where it has no version yet. */
function differencesBefore(
  { from, visit }: NonNullable<DatabaseSubject['way']>,
  expectedAt: ExpectedAt,
): readonly Difference[] {
  const expected = from === 0 ? null : expectedIfAny(expectedAt, from)
  return expected === null ? [] : visit(from, (connection) => diffSchemas(expected, readSchema(connection)))
}

/** The first version that, as it was reviewed, differs from what its migration makes now; null where none does. */
function findEdited(
  from: number,
  difference: Difference,
  goldenAt: ExpectedAt,
  expectedAt: ExpectedAt,
): number | null {
  const versions = Array.from({ length: from }, (_, step) => step + 1)
  const edited = versions.find((version) => {
    const golden = expectedIfAny(goldenAt, version)
    const expected = expectedIfAny(expectedAt, version)
    if (golden === null || expected === null) return false
    return diffSchemas(expected, golden).some((other) => isSame(other, difference))
  })
  return edited ?? null
}

/** How a version on the way differs from what is expected of it; null where nothing says that. */
interface Step {
  readonly version: number
  readonly found: readonly Difference[] | null
}

/** Versions that no one holds a file of may have no golden schema. */
function expectedIfAny(expectedAt: ExpectedAt, version: number): Schema | null {
  try {
    return expectedAt(version)
  } catch (error) {
    if (error instanceof FixtureError) return null
    throw error
  }
}

/** The first version with the difference; null where nothing is known of the one before. */
function findCause(steps: readonly Step[], difference: Difference, target: number): number | null {
  const index = steps.findIndex(({ found }) => found?.some((other) => isSame(other, difference)) === true)
  if (index === -1) return target
  return steps[index - 1]?.found === null ? null : (steps[index]?.version ?? null)
}

function isSame(left: Difference, right: Difference): boolean {
  const keyOf = ({ object, aspect }: Difference) => `${object.type} ${object.name} ${aspect}`
  return keyOf(left) === keyOf(right)
}
