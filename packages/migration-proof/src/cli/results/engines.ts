import { existsSync, readFileSync } from 'node:fs'
import { errorMessage } from '../../errors.ts'
import { type EngineResults, engineResultsSchema } from '../../report/model.ts'
import { UsageError } from '../errors.ts'

/**
 * The results of tests on other engines, as the file that the config names holds them.
 *
 * @returns null where the config names none, or the file is not there, as in an installed package
 * @throws {UsageError} when it holds something else
 */
export function readEngines(file: string | null): EngineResults | null {
  if (file === null || !existsSync(file)) return null
  try {
    return engineResultsSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch (cause) {
    const diagnosis = {
      where: file,
      expected: '{ "source", "minimum", "tried" }, as `engineResults` of the config names such a file',
      actual: `the error '${errorMessage(cause).replaceAll(/\s+/g, ' ')}'`,
      remedy: 'write it again, or take `engineResults` out of the config',
    }
    throw new UsageError(diagnosis, { cause })
  }
}
