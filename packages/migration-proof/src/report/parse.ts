import { z } from 'zod'
import { DiagnosedError } from '../errors.ts'
import { howToRun } from '../how-to-run.ts'
import { type Results, resultsSchema } from './model.ts'

/** Thrown when a file holds no results, or those of another format. */
export class ResultsError extends DiagnosedError {
  override readonly name = 'ResultsError'
}

/**
 * Reads results that were written as JSON.
 *
 * @param where the file, as the error names it
 * @throws {ResultsError} when it is no JSON, or not what the published JSON Schema says
 */
export function parseResults(text: string, where: string): Results {
  const { success, data, error } = resultsSchema.safeParse(parseJson(text, where))
  if (success) return data
  const [issue] = error.issues
  throw new ResultsError({
    where: `${where}, ${z.core.toDotPath(issue?.path ?? []) || 'the whole'}`,
    expected: 'what results.schema.json of this package says',
    actual: `the error '${issue?.message ?? 'unknown'}'`,
    fix: `write the results again with \`${howToRun('report', '--format', 'json')}\``,
  })
}

function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const actual = `the error '${cause instanceof Error ? cause.message : String(cause)}'`
    const fix = `name a file that \`${howToRun('report', '--format', 'json')}\` wrote`
    throw new ResultsError({ where, expected: 'JSON', actual, fix }, { cause })
  }
}

/** Results as JSON text. @throws {z.ZodError} when they are not what the model says: a defect of what made them */
export function formatJson(results: Results): string {
  return `${JSON.stringify(resultsSchema.parse(results), null, 2)}\n`
}

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
