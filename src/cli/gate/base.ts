import { existsSync, symlinkSync } from 'node:fs'
import { dirname, join, posix, relative, resolve, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { readSide } from '../../harness/gate/read-side.ts'
import type { Side } from '../../harness/gate/side.ts'
import type { Equivalent } from '../../harness/mutation/model.ts'
import type { Suite } from '../../harness/proof/suite.ts'
import { makePrivateFolder, type PrivateFolder } from '../../harness/snapshots/private-folder.ts'
import { readSuite } from '../load-suite.ts'
import { findCommit, findOrigin, findRepository, type Repository, writeTree } from './git.ts'
import type { Project } from './project.ts'

/** What a change is compared with. */
export interface Base {
  readonly ref: string
  /** The state where the work on the change began. */
  readonly origin: Side
  /** The state of the base as it is now. */
  readonly target: Side
  /** The suite of the origin; null where it cannot be loaded. */
  readonly suite: BaseSuite | null
  [Symbol.dispose](): void
}

/** A suite of another state of the project, as modules that this process and its threads can load. */
export interface BaseSuite {
  readonly suite: Suite
  readonly suiteFile: string
  readonly modelsFile: string | undefined
  readonly equivalents: readonly Equivalent[]
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
      [Symbol.dispose]: () => folder.remove(),
    }
  } catch (error) {
    folder.remove()
    throw error
  }
}

/** What the suite of this project and its history consist of; another suite may load whatever is in its project. */
const partsOfOwnSuite = [
  ...['src/harness', 'src/migrations', 'src/suite', 'fixtures'],
  ...['package.json', 'tsconfig.json', 'CHANGELOG.md'],
]

async function openTree(
  project: Project,
  repository: Repository,
  commit: string,
  parent: PrivateFolder,
  name: string,
): Promise<{ readonly side: Side; readonly suite: BaseSuite | null }> {
  const folder = join(parent.path, name)
  writeTree(repository, commit, folder, project.suiteFile === undefined ? partsOfOwnSuite : [])
  linkModules(project.layout.project, folder)
  const suite = await tryLoadSuite(project, folder)
  const inFolder = (original: string) => join(folder, relative(project.layout.project, original))
  const { fixtures, sources } = project.layout
  const layout = { project: folder, fixtures: inFolder(fixtures), sources: inFolder(sources) }
  const side = readSide(layout, suite?.suite ?? null)
  // Of a history that fails no proof can be tried.
  return { side, suite: side.failure === null ? suite : null }
}

/** The libraries that the other state needs are those of this one. */
function linkModules(project: string, folder: string): void {
  for (let parent = project; ; parent = dirname(parent)) {
    const modules = join(parent, 'node_modules')
    if (existsSync(modules)) symlinkSync(modules, join(folder, 'node_modules'), 'junction')
    if (existsSync(modules) || parent === dirname(parent)) return
  }
}

/** Without it, what was wrong before the change cannot be told from what it made wrong; all else still can. */
async function tryLoadSuite({ suiteFile, layout }: Project, folder: string): Promise<BaseSuite | null> {
  try {
    if (suiteFile !== undefined) {
      const file = join(folder, relative(layout.project, resolve(suiteFile)))
      const [loadable = file] = /\.[cm]?ts$/.test(file) ? await bundle(folder, [file]) : []
      return { suite: await readSuite(loadable), suiteFile: loadable, modelsFile: undefined, equivalents: [] }
    }
    const own = join(folder, 'src', 'suite')
    const sources = ['index.ts', join('arbitraries', 'index.ts'), 'mutation.ts']
    const [file = '', modelsFile, mutationFile = ''] = await bundle(
      folder,
      sources.map((name) => join(own, name)),
    )
    const { equivalentMutants }: { readonly equivalentMutants: readonly Equivalent[] } = await import(
      pathToFileURL(mutationFile).href
    )
    return { suite: await readSuite(file), suiteFile: file, modelsFile, equivalents: equivalentMutants }
  } catch {
    return null
  }
}

/** Packages, but for the helpers that the bundler itself adds for what Node 20 does not know, such as `using`. */
const packages = /^(?!@oxc-project\/runtime)[@a-z]/

/** Modules of TypeScript as such that every version of Node can load, beside them, so that their URLs stay true. */
async function bundle(folder: string, files: readonly string[]): Promise<string[]> {
  const { build } = await import('rolldown')
  const names = files.map((file) =>
    relative(folder, file)
      .split(sep)
      .join('/')
      .replace(/\.[cm]?ts$/, ''),
  )
  const [first = ''] = names
  await build({
    input: Object.fromEntries(names.map((name, place) => [name, files[place] ?? ''])),
    cwd: folder,
    platform: 'node',
    external: packages,
    transform: { target: 'node20.19' },
    logLevel: 'silent',
    output: {
      dir: folder,
      format: 'esm',
      entryFileNames: '[name].bundle.mjs',
      chunkFileNames: posix.join(posix.dirname(first), '[name]-[hash].bundle.mjs'),
    },
  })
  return names.map((name) => join(folder, `${name}.bundle.mjs`))
}
