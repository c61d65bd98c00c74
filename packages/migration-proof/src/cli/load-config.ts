import { existsSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { loadDriver, noteShippedEngine, provideFunctions } from '../engines/better-sqlite3.ts'
import {
  DiagnosedError,
  type Diagnosis,
  errorMessage,
  ProcessEndError,
  readText,
  shownPath,
} from '../errors.ts'
import { setConfigFolder } from '../history/sql-folder.ts'
import type { Suite } from '../proof/suite.ts'
import { isGolden } from '../snapshots/golden-review.ts'
import { UsageError } from './errors.ts'
import { guardProcess, whenIdle } from './process/guard.ts'
import { setSubject, subjectOf } from './subject.ts'

/**
 * Loads the config of a command. The code of its module cannot end the process.
 *
 * @param file its path, as `findConfigFile` finds it
 * @throws {UsageError} when it cannot be loaded, or its default export is not a config
 * @throws {MissingLibraryError} when the driver is not installed
 */
export async function loadConfig(file: string): Promise<Suite> {
  setSubject({ name: null, latestVersion: null, file })
  const suite = await readConfig(file)
  // Whatever a command does with a config needs it, and some of that would take its absence for a fault that it found.
  loadDriver()
  setSubject(subjectOf(suite, file))
  return suite
}

/**
 * Loads a config that the command only compares with its own.
 *
 * @throws {UsageError} when the module cannot be loaded, or its default export is not a config
 * @throws {UnfinishedConfigError} when the module would end the process, or never finishes loading
 */
export async function readConfig(file: string): Promise<Suite> {
  guardProcess()
  const suite = await loadDefaultExport(file)
  if (isSuite(suite)) {
    // The config was made by a copy of the library of its own.
    const found = requireFolder(file, withPathsFrom(dirname(file), suite))
    noteShippedEngine(found.engine)
    provideFunctions(found.connection.functions ?? {}, isGolden(found.fixtures))
    return found
  }
  throw new UsageError({
    where: shownPath(file),
    expected: 'a default export that defineConfig made',
    actual: suite === undefined ? 'no default export' : 'something else',
    fix: "import { defineConfig } from 'migration-proof', and export default what it returns",
  })
}

/** Fixtures that are not there yet are made by `freeze`. @throws {UsageError} when they are a file */
function requireFolder(file: string, suite: Suite): Suite {
  const found = statSync(suite.fixtures, { throwIfNoEntry: false })
  if (found === undefined || found.isDirectory()) return suite
  throw new UsageError({
    where: `${shownPath(file)}, fixtures`,
    expected: 'a folder',
    actual: `the file ${shownPath(suite.fixtures)}`,
    fix: 'name the folder of the fixtures',
  })
}

/** Resolves the relative paths of a config against its own folder, wherever the command runs. */
function withPathsFrom(folder: string, suite: Suite): Suite {
  const { fixtures, sources, engineResults } = suite
  const from = (path: string | null) => (typeof path === 'string' ? resolve(folder, path) : null)
  return {
    ...suite,
    // The base of a change may have been made by an older release, which had none of these.
    notHeld: suite.notHeld ?? [],
    engine: suite.engine ?? 'better-sqlite3',
    engineOptions: suite.engineOptions ?? {},
    oldestEngine: suite.oldestEngine ?? null,
    deviations: suite.deviations ?? [],
    connection: suite.connection ?? {},
    replication: suite.replication ?? null,
    fixtures: resolve(folder, fixtures),
    sources: from(sources) ?? folder,
    engineResults: from(engineResults),
  }
}

async function loadDefaultExport(file: string): Promise<unknown> {
  setConfigFolder(dirname(file))
  try {
    const { default: exported } = await settled(importModule(file))
    return exported
  } catch (cause) {
    // The message of a diagnosed error is already a sentence.
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

/** Node itself loads JavaScript; jiti loads TypeScript, and what it imports, on every version of Node. */
async function importModule(file: string): Promise<{ readonly default?: unknown }> {
  if (!/\.[cm]?ts$/.test(file)) return import(pathToFileURL(file).href)
  if (!existsSync(file)) throw new Error(`there is no file ${file}`)
  const { createJiti } = await import('jiti')
  // Without node_modules, jiti would keep what it compiled in a folder of TMPDIR that another user may have made.
  const fsCache = existsSync(join(dirname(file), 'node_modules'))
  return createJiti(pathToFileURL(file).href, { fsCache }).import(file)
}

class NeverSettlesError extends Error {}

/** Thrown when the code of a module would have ended the command without a result: nothing was proven. */
class UnfinishedConfigError extends DiagnosedError {
  override readonly name = 'UnfinishedConfigError'
}

/** Rejects if nothing is left in this thread that could settle the promise. */
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
      expected: 'a module that finishes loading',
      actual: 'a top-level await that never settles',
      fix: 'remove it from the module or its imports',
    }
  }
  // No fault of the module.
  if (readText(cause, 'code') === 'EMFILE') throw cause
  if (cause instanceof ProcessEndError) {
    return {
      expected: 'a module that does not end the process',
      actual: `that ${cause.message} while it was loaded`,
      fix: 'remove the call',
    }
  }
  return {
    expected: 'a module that Node can load',
    actual: `the error '${errorMessage(cause).trim().replaceAll(/\s+/g, ' ')}'`,
    fix: 'fix the module',
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
