import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { errorMessage, MissingLibraryError } from '../../errors.ts'
import { findPackageFolder } from '../../gate/package.ts'
import type { Layout } from '../../gate/read-side.ts'
import type { Suite } from '../../proof/suite.ts'
import { findConfigFile } from '../config-file.ts'
import { loadConfig } from '../load-config.ts'

/** What the gate looks at: the suite, and where its files are. */
export interface Project {
  /** Null where it cannot be loaded. */
  readonly suite: Suite | null
  /** Why it cannot be loaded. */
  readonly loadError: string | null
  /** The path of the config. */
  readonly configFile: string
  readonly layout: Layout
}

/** @throws {UsageError} when there is no config */
export async function openProject(config: string | undefined): Promise<Project> {
  const configFile = findConfigFile(config)
  const { suite, loadError } = await tryLoad(configFile)
  const folder = dirname(configFile)
  const fixtures = suite?.fixtures ?? join(folder, 'fixtures')
  const project = findPackageFolder(resolve(fixtures, '..')) ?? resolve(fixtures, '..')
  const sources = suite?.sources ?? folder
  return { suite, loadError, configFile, layout: { project, fixtures, sources } }
}

/** A suite that exists but cannot be loaded, as with two migrations of one number, is a problem like any other. */
async function tryLoad(configFile: string) {
  try {
    return { suite: await loadConfig(configFile), loadError: null }
  } catch (error) {
    // Without the driver nothing can be judged, whatever the config says.
    if (!existsSync(configFile) || error instanceof MissingLibraryError) throw error
    return { suite: null, loadError: errorMessage(error) }
  }
}
