import { makeProblem, type Problem, type ProblemSubject } from '../problem.ts'
import { type Difference, diffSchemas, isExtraObject } from '../schema/diff.ts'
import { nameKeyOf, type Schema } from '../schema/model.ts'
import { readSchema } from '../schema/read.ts'
import { FixtureError } from '../snapshots/errors.ts'
import type { DatabaseSubject } from './subject.ts'

/** How the schema of each version should be, on one path of versions. */
export type ExpectedAt = (version: number) => Schema

/**
 * Compares the upgraded schema with what is expected; a user's own objects are no difference. When it differs, and the
 * subject can visit the versions on the way, the first migration that leads to each difference is named.
 */
export function compareSchemas(
  code: string,
  { target, upgraded, extras, way }: DatabaseSubject,
  expectedAt: ExpectedAt,
): Problem[] {
  const own = new Set(extras.map(nameKeyOf))
  const differences = diffSchemas(expectedAt(target), readSchema(upgraded)).filter(
    (difference) => !(isExtraObject(difference) && own.has(nameKeyOf(difference.object))),
  )
  if (differences.length === 0) return []
  const steps = way === undefined ? null : differencesByVersion(way, target, expectedAt)
  return differences.map((difference) => {
    return makeProblem(code, {
      subject: subjectOf(difference),
      expected: difference.expected,
      actual: difference.actual,
      version: steps === null ? null : findCause(steps, difference, target),
    })
  })
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
