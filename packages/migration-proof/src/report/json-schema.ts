import { z } from 'zod'
import { resultsSchema } from './model.ts'

/** The JSON Schema (draft 2020-12) of the results, which is published with the package. */
export function describeResults(): object {
  const { $schema, ...schema } = z.toJSONSchema(resultsSchema, { target: 'draft-2020-12', reused: 'ref' })
  return {
    $schema,
    $id: 'urn:migration-proof:results:2',
    title: 'Results of migration-proof',
    description: 'What one run found. A part that was not run is null.',
    ...schema,
  }
}
