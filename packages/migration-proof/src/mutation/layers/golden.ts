import { latestVersionOf } from '../../migrator/plan.ts'
import { readGoldenSchema } from '../../proof/golden.ts'
import type { Suite } from '../../proof/suite.ts'
import { diffSchemas } from '../../schema/diff.ts'
import type { Schema } from '../../schema/model.ts'
import { readSchema } from '../../schema/read.ts'
import { type Layer, versionsFrom } from './layer.ts'

export const goldenLayer: Layer = {
  name: 'golden',
  looksAt: 'compares the whole schema with the golden text of its version',
  keptBecause: 'it is the only one that sees names of constraints and all else that only the schema shows',
  run: (mutant, { subject: { suite }, databases }) =>
    versionsFrom(mutant).flatMap((version) =>
      databases.withFresh(mutant, version, (connection) =>
        diffSchemas(readGolden(suite, version), readSchema(connection)).map(
          ({ object, aspect, expected, actual }) => ({
            object: `${object.type} ${object.name}, ${aspect}`,
            expected,
            actual,
          }),
        ),
      ),
    ),
}

const known = new WeakMap<Suite, Map<number, Schema>>()

/** A version behind the latest should change nothing. */
function readGolden(suite: Suite, version: number): Schema {
  const schemas = known.get(suite) ?? new Map<number, Schema>()
  known.set(suite, schemas)
  const written = Math.min(version, latestVersionOf(suite.plan))
  const schema = schemas.get(written) ?? readGoldenSchema(suite.fixtures, `v${written}`)
  schemas.set(written, schema)
  return schema
}
