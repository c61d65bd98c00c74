import { errorMessage } from '../errors.ts'
import { UsageError } from './errors.ts'

/**
 * Loads code that needs a library which users install only where they want what it does.
 *
 * @throws {UsageError} when it cannot be loaded, as in a package that was installed without the library
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
