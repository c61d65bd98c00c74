import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { errorMessage } from '../harness/errors.ts'
import type { Suite } from '../harness/proof/suite.ts'
import { UsageError } from './errors.ts'

/** The option by which every command works on another suite. */
export const suiteArgument = {
  type: 'string',
  valueHint: 'file',
  description: 'a module whose default export is made by defineSuite, instead of the suite of quickslice',
} as const

/**
 * Loads a suite from a module, or the suite of this project where no file is given.
 *
 * @throws {UsageError} when the module cannot be loaded, or its default export is no suite
 */
export async function loadSuite(file: string | undefined): Promise<Suite> {
  if (file === undefined) return (await import('../suite/index.ts')).default
  const suite = await loadDefaultExport(file)
  if (isSuite(suite)) return suite
  throw new UsageError({
    where: `--suite ${file}`,
    expected: 'a default export that defineSuite made',
    actual: suite === undefined ? 'no default export' : 'something else',
    remedy: "import { defineSuite } from 'quickslice-migrations/harness' and export default what it returns",
  })
}

async function loadDefaultExport(file: string): Promise<unknown> {
  try {
    const module: { readonly default?: unknown } = await import(pathToFileURL(resolve(file)).href)
    return module.default
  } catch (cause) {
    throw new UsageError(
      {
        where: `--suite ${file}`,
        expected: 'a module that Node can load',
        actual: `the error '${errorMessage(cause)}'`,
        remedy: 'mend the module; TypeScript needs Node 22.18 or later, or a build first',
      },
      { cause },
    )
  }
}

function isSuite(value: unknown): value is Suite {
  return (
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    'plan' in value &&
    'fixtures' in value &&
    typeof value.fixtures === 'string' &&
    'snapshots' in value &&
    Array.isArray(value.snapshots) &&
    'facts' in value
  )
}
