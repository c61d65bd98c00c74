import { type Difference, diffSchemas } from '../schema/diff.ts'
import type { Schema } from '../schema/model.ts'
import { readSchema } from '../schema/read.ts'
import type { Failure } from './check.ts'
import { type Subject, withUpgraded } from './subject.ts'

/** How the schema of each version should be, on one path of versions. */
export type ExpectedAt = (version: number) => Schema

/**
 * Compares the upgraded schema with what is expected. When it differs, the upgrade is done once more, a
 * version at a time, to find the first migration that leads to each difference.
 */
export function compareSchemas(subject: Subject, expectedAt: ExpectedAt): Failure[] {
  const differences = diffSchemas(expectedAt(subject.target), readSchema(subject.upgraded))
  if (differences.length === 0) return []
  const steps = differencesByVersion(subject, expectedAt)
  return differences.map((difference) => {
    const step = steps.find(({ found }) => found.some((other) => isSame(other, difference)))
    return {
      object: `${difference.object.type} ${difference.object.name}, ${difference.aspect}`,
      expected: difference.expected,
      actual: difference.actual,
      firstDivergingVersion: step?.version ?? subject.target,
    }
  })
}

function differencesByVersion(subject: Subject, expectedAt: ExpectedAt) {
  const { snapshot, target } = subject
  const versions = Array.from({ length: target - snapshot.version }, (_, step) => snapshot.version + 1 + step)
  return versions.map((version) => ({
    version,
    found: withUpgraded(subject, version, (connection) =>
      diffSchemas(expectedAt(version), readSchema(connection)),
    ),
  }))
}

function isSame(left: Difference, right: Difference): boolean {
  const keyOf = ({ object, aspect }: Difference) => `${object.type} ${object.name} ${aspect}`
  return keyOf(left) === keyOf(right)
}
