import { errorMessage } from '../errors.ts'
import { UsageError } from './errors.ts'

/**
 * Loads code that needs an optional library.
 *
 * @throws {UsageError} when it cannot be loaded, for instance because the library is not installed
 */
export async function loadWithLibrary<Code>(
  library: string,
  where: string,
  load: () => Promise<Code>,
): Promise<Code> {
  try {
    return await load()
  } catch (cause) {
    const diagnosis = {
      where,
      expected: `the package ${library}`,
      actual: `the error '${errorMessage(cause).split('\n')[0]}'`,
      remedy: `install it with npm install --save-dev ${library}`,
    }
    throw new UsageError(diagnosis, { cause })
  }
}
