import { makeProblem, type Problem, type ProblemSubject } from '../problem.ts'
import { type Difference, diffSchemas, isExtraObject } from '../schema/diff.ts'
import { nameKeyOf, type Schema } from '../schema/model.ts'
import { readSchema } from '../schema/read.ts'
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
    const step = steps?.find(({ found }) => found.some((other) => isSame(other, difference)))
    return makeProblem(code, {
      subject: subjectOf(difference),
      expected: difference.expected,
      actual: difference.actual,
      version: steps === null ? null : (step?.version ?? target),
    })
  })
}

/** The object in which two schemas differ. */
export function subjectOf({ object: { type, name }, aspect }: Difference): ProblemSubject {
  return { type, name, aspect }
}

function differencesByVersion(
  { from, visit }: NonNullable<DatabaseSubject['way']>,
  target: number,
  expectedAt: ExpectedAt,
) {
  const versions = Array.from({ length: target - from }, (_, step) => from + 1 + step)
  return versions.map((version) => ({
    version,
    found: visit(version, (connection) => diffSchemas(expectedAt(version), readSchema(connection))),
  }))
}

function isSame(left: Difference, right: Difference): boolean {
  const keyOf = ({ object, aspect }: Difference) => `${object.type} ${object.name} ${aspect}`
  return keyOf(left) === keyOf(right)
}
