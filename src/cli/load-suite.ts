import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { DiagnosedError, type Diagnosis, errorMessage } from '../harness/errors.ts'
import type { Suite } from '../harness/proof/suite.ts'
import { isDiagnosed, UsageError } from './errors.ts'
import { guardProcess, ProcessEndError } from './process/guard.ts'
import { whenIdle } from './process/idle.ts'
import { setSubject, subjectOf } from './subject.ts'

/** The option by which every command works on another suite. */
export const suiteArgument = {
  type: 'string',
  valueHint: 'file',
  description: 'a module whose default export is made by defineSuite, instead of the suite of quickslice',
} as const

/**
 * Loads the suite that a command works on, from a module, or the suite of this project where no file is given. The
 * code of the module cannot end the process.
 *
 * @throws {UsageError} when the module cannot be loaded, or its default export is no suite
 */
export async function loadSuite(file: string | undefined): Promise<Suite> {
  if (file !== undefined) setSubject({ name: null, latestVersion: null, file })
  const suite = await readSuite(file)
  setSubject(subjectOf(suite, file))
  return suite
}

/**
 * Loads a suite that the command only compares with what it works on.
 *
 * @throws {UsageError} when the module cannot be loaded, or its default export is no suite
 * @throws {UnfinishedSuiteError} when the module would end the process, or never ends loading
 */
export async function readSuite(file: string | undefined): Promise<Suite> {
  guardProcess()
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
    const loading: Promise<{ readonly default?: unknown }> = import(pathToFileURL(resolve(file)).href)
    const module = await settled(loading)
    return module.default
  } catch (cause) {
    // What defineSuite says of a migration is a sentence already.
    if (isDiagnosed(cause)) {
      const { where } = cause.diagnosis
      throw new UsageError({ ...cause.diagnosis, where: `--suite ${file}, ${where}` }, { cause })
    }
    const diagnosis = { where: `--suite ${file}`, ...diagnose(cause) }
    const isUnfinished = cause instanceof NeverSettlesError || cause instanceof ProcessEndError
    throw isUnfinished ? new UnfinishedSuiteError(diagnosis, { cause }) : new UsageError(diagnosis, { cause })
  }
}

class NeverSettlesError extends Error {}

/** Thrown when the code of a module would have ended the command without a result: nothing was proven. */
class UnfinishedSuiteError extends DiagnosedError {
  override readonly name = 'UnfinishedSuiteError'
}

/** A promise that fails where nothing is left in this thread that could settle it. */
async function settled<Value>(promise: Promise<Value>): Promise<Value> {
  let stopWaiting = () => {}
  const neverSettles = new Promise<never>((_, reject) => {
    stopWaiting = whenIdle(() => reject(new NeverSettlesError()))
  })
  try {
    return await Promise.race([promise, neverSettles])
  } finally {
    stopWaiting()
  }
}

function diagnose(cause: unknown): Omit<Diagnosis, 'where'> {
  if (cause instanceof NeverSettlesError) {
    return {
      expected: 'a module that ends loading',
      actual: 'a top-level await that never settles',
      remedy: 'remove it from the module, or from what the module imports',
    }
  }
  if (cause instanceof ProcessEndError) {
    return {
      expected: 'a module that leaves the process to the command',
      actual: `that ${cause.message} while it was loaded`,
      remedy: 'remove the call',
    }
  }
  return {
    expected: 'a module that Node can load',
    actual: `the error '${errorMessage(cause)}'`,
    remedy: 'correct the module; TypeScript needs Node 22.18 or later, or a build first',
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
