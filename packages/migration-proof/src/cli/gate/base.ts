import { existsSync, symlinkSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { errorMessage, MissingLibraryError } from '../../errors.ts'
import type { Layout, Side } from '../../gate/side.ts'
import { findFolderWith, findPackageFolder, readSide } from '../../gate/side.ts'
import type { Suite } from '../../proof/suite.ts'
import { makePrivateFolder, type PrivateFolder } from '../../snapshots/private-folder.ts'
import { findConfigFile } from '../config-file.ts'
import { loadConfig, readConfig } from '../load-config.ts'
import { findCommit, findOrigin, findRepository, type Repository, writeTree } from './git.ts'

/** What a change is compared with. */
export interface Base {
  readonly ref: string
  /** The state where the work on the change began. */
  readonly origin: Side
  /** The state of the base as it is now. */
  readonly target: Side
  /** The suite of the origin; null where it has no config, or one that cannot be loaded. */
  readonly suite: BaseSuite | null
  /** What became of its config. */
  readonly config: 'loaded' | 'none' | 'failed'
  /** Why its config cannot be loaded. */
  readonly loadError: string | null
  [Symbol.dispose](): void
}

/** A suite of another state of the project, and its config, which this process and its threads can load. */
export interface BaseSuite {
  readonly suite: Suite
  readonly configFile: string
}

/**
 * Reads the state that a change is compared with from git.
 *
 * @returns null without git
 * @throws {UsageError} when there is no such branch or tag
 * @throws {LedgerError} when its ledger cannot be read
 */
export async function openBase(project: Project, ref: string): Promise<Base | null> {
  const repository = findRepository(project.layout.project)
  if (repository === null) return null
  const commit = findCommit(repository, ref)
  const originCommit = findOrigin(repository, ref, commit)
  const folder = makePrivateFolder()
  try {
    const origin = await openTree(project, repository, originCommit, folder, 'origin')
    const target =
      commit === originCommit ? origin : await openTree(project, repository, commit, folder, 'target')
    return {
      ref,
      origin: origin.side,
      target: target.side,
      suite: origin.suite,
      config: origin.config,
      loadError: origin.loadError,
      [Symbol.dispose]: () => folder.remove(),
    }
  } catch (error) {
    folder.remove()
    throw error
  }
}

async function openTree(
  project: Project,
  repository: Repository,
  commit: string,
  parent: PrivateFolder,
  name: string,
): Promise<{ readonly side: Side } & Pick<Base, 'suite' | 'config' | 'loadError'>> {
  const folder = join(parent.path, name)
  writeTree(repository, commit, folder)
  linkModules(project.layout.project, folder)
  const { suite, config, loadError } = await tryLoadConfig(project, folder)
  const inFolder = (original: string) => join(folder, relative(project.layout.project, original))
  const { fixtures, sources } = project.layout
  const layout = { project: folder, fixtures: inFolder(fixtures), sources: inFolder(sources) }
  const side = readSide(layout, suite?.suite ?? null)
  // Of a history that fails no proof can be tried.
  return { side, suite: side.failure === null ? suite : null, config, loadError }
}

/** The libraries that the other state needs are those of this one. */
function linkModules(project: string, folder: string): void {
  const owner = findFolderWith(['node_modules'], project)
  if (owner !== null) symlinkSync(join(owner, 'node_modules'), join(folder, 'node_modules'), 'junction')
}

/** Without it, it is not known what was wrong before the change; all else still is. */
async function tryLoadConfig(
  { configFile, layout }: Project,
  folder: string,
): Promise<Pick<Base, 'suite' | 'config' | 'loadError'>> {
  const file = join(folder, relative(layout.project, configFile))
  if (!existsSync(file)) return { suite: null, config: 'none', loadError: null }
  try {
    const suite = { suite: await readConfig(file), configFile: file }
    return { suite, config: 'loaded', loadError: null }
  } catch (error) {
    return { suite: null, config: 'failed', loadError: errorMessage(error).replaceAll(`${folder}${sep}`, '') }
  }
}

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
  return { suite, loadError, configFile, layout: layoutOf(suite, configFile) }
}

/** Where the files of a suite are; where those of one that cannot be loaded would be. */
export function layoutOf(suite: Suite | null, configFile: string): Layout {
  const folder = dirname(configFile)
  const fixtures = suite?.fixtures ?? join(folder, 'fixtures')
  const project = findPackageFolder(resolve(fixtures, '..')) ?? resolve(fixtures, '..')
  return { project, fixtures, sources: suite?.sources ?? folder }
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
