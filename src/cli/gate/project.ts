import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { errorMessage } from '../../harness/errors.ts'
import { findPackageFolder } from '../../harness/gate/package.ts'
import type { Layout } from '../../harness/gate/read-side.ts'
import type { Suite } from '../../harness/proof/suite.ts'
import { loadSuite } from '../load-suite.ts'
import { projectFolder } from '../report-files.ts'

/** What the gate looks at: the suite, and where its files are. */
export interface Project {
  /** Null where it cannot be loaded. */
  readonly suite: Suite | null
  /** Why it cannot be loaded. */
  readonly loadError: string | null
  /** The module of the suite; undefined for the suite of this project. */
  readonly suiteFile: string | undefined
  readonly layout: Layout
}

/** @throws {UsageError} when the file does not exist */
export async function openProject(suiteFile: string | undefined): Promise<Project> {
  const { suite, loadError } = await tryLoad(suiteFile)
  const fixtures = suite?.fixtures ?? join(folderOf(suiteFile), 'fixtures')
  const project = findPackageFolder(resolve(fixtures, '..')) ?? resolve(fixtures, '..')
  const sources = suiteFile === undefined ? join(projectFolder, 'src', 'migrations') : folderOf(suiteFile)
  return { suite, loadError, suiteFile, layout: { project, fixtures, sources } }
}

function folderOf(suiteFile: string | undefined): string {
  return suiteFile === undefined ? projectFolder : dirname(resolve(suiteFile))
}

/** A suite that exists but cannot be loaded, as with two migrations of one number, is a problem like any other. */
async function tryLoad(suiteFile: string | undefined) {
  try {
    return { suite: await loadSuite(suiteFile), loadError: null }
  } catch (error) {
    if (suiteFile !== undefined && !existsSync(suiteFile)) throw error
    return { suite: null, loadError: errorMessage(error) }
  }
}
