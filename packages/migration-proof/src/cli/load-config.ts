import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { loadDriver } from '../engines/better-sqlite3.ts'
import { DiagnosedError, type Diagnosis, errorMessage } from '../errors.ts'
import type { Suite } from '../proof/suite.ts'
import { findConfigFile, shownPath } from './config-file.ts'
import { UsageError } from './errors.ts'
import { guardProcess, ProcessEndError, whenIdle } from './process/guard.ts'
import { setSubject, subjectOf } from './subject.ts'

/**
 * Loads the config that a command works on. The code of its module cannot end the process.
 *
 * @param given the value of `--config`; without it, the config is looked for
 * @throws {UsageError} when there is none, it cannot be loaded, or its default export is no config
 * @throws {MissingLibraryError} when the driver is not installed
 */
export async function loadConfig(given: string | undefined): Promise<Suite> {
  const file = findConfigFile(given)
  setSubject({ name: null, latestVersion: null, file })
  const suite = await readConfig(file)
  // Whatever a command does with a config needs it, and some of that would take its absence for a fault that it found.
  loadDriver()
  setSubject(subjectOf(suite, file))
  return suite
}

/**
 * Loads a config that the command only compares with what it works on.
 *
 * @throws {UsageError} when the module cannot be loaded, or its default export is no config
 * @throws {UnfinishedConfigError} when the module would end the process, or never ends loading
 */
export async function readConfig(file: string): Promise<Suite> {
  guardProcess()
  const suite = await loadDefaultExport(file)
  if (isSuite(suite)) return withPathsFrom(dirname(file), suite)
  throw new UsageError({
    where: shownPath(file),
    expected: 'a default export that defineConfig made',
    actual: suite === undefined ? 'no default export' : 'something else',
    remedy: "import { defineConfig } from 'migration-proof', and export default what it returns",
  })
}

/** A relative path in a config is that from its own folder, wherever the command runs. */
function withPathsFrom(folder: string, suite: Suite): Suite {
  const { fixtures, sources, engineResults } = suite
  const from = (path: string | null) => (typeof path === 'string' ? resolve(folder, path) : null)
  return {
    ...suite,
    fixtures: resolve(folder, fixtures),
    sources: from(sources),
    engineResults: from(engineResults),
  }
}

async function loadDefaultExport(file: string): Promise<unknown> {
  try {
    const { default: exported } = await settled(importModule(file))
    return exported
  } catch (cause) {
    // What defineConfig says of a migration is a sentence already.
    if (cause instanceof DiagnosedError) {
      const { where } = cause.diagnosis
      throw new UsageError({ ...cause.diagnosis, where: `${shownPath(file)}, ${where}` }, { cause })
    }
    const diagnosis = { where: shownPath(file), ...diagnose(cause) }
    const isUnfinished = cause instanceof NeverSettlesError || cause instanceof ProcessEndError
    throw isUnfinished
      ? new UnfinishedConfigError(diagnosis, { cause })
      : new UsageError(diagnosis, { cause })
  }
}

/** Node itself loads JavaScript; TypeScript, and what it imports, is loaded by jiti, on every version of Node. */
async function importModule(file: string): Promise<{ readonly default?: unknown }> {
  if (!/\.[cm]?ts$/.test(file)) return import(pathToFileURL(file).href)
  if (!existsSync(file)) throw new Error(`there is no file ${file}`)
  const { createJiti } = await import('jiti')
  return createJiti(pathToFileURL(file).href).import(file)
}

class NeverSettlesError extends Error {}

/** Thrown when the code of a module would have ended the command without a result: nothing was proven. */
class UnfinishedConfigError extends DiagnosedError {
  override readonly name = 'UnfinishedConfigError'
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
    remedy: 'correct the module',
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
