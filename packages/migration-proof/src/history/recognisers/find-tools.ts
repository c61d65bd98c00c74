import { existsSync, readdirSync, statSync } from 'node:fs'
import { join, posix } from 'node:path'
import { readText } from '../../snapshots/paths.ts'
import { recognisers } from './index.ts'
import type { CallOptions, FolderListing, NamedFolder, Recogniser } from './recogniser.ts'

/** A tool that keeps the migrations of a project in a folder, as far as its files show it. */
export interface FoundTool {
  readonly tool: string
  /** The entry of this package that reads it. */
  readonly entry: string
  /** The function that the entry exports. */
  readonly call: string
  /** From the folder of the project, with slashes: the folder, or a file in place of it. */
  readonly folder: string
  readonly options: CallOptions
  /** What shows it, as clauses. */
  readonly signs: readonly string[]
  /**
   * That of the strongest: a table in the database, a config of a package that is named, any other config, a package, what the
   * folder holds by itself.
   */
  readonly weight: number
}

/** What a folder shows of the tool that applies its migrations. */
export interface FoundTools {
  /** The best first. */
  readonly found: readonly FoundTool[]
  /** What looks like the migrations of a tool and cannot be used, each as a sentence without its end. */
  readonly unusable: readonly string[]
  /** Folders below with a package.json of their own, which are projects of their own. */
  readonly packages: readonly string[]
}

/** A table of a database file of the project. */
export interface NotedTable {
  /** As a user named the file. */
  readonly file: string
  readonly name: string
  readonly columns: readonly string[]
}

/** What is known of a project beside its files. */
export interface Hints {
  /** The tables of a database file of the project. */
  readonly tables?: readonly NotedTable[]
  /** A folder of migrations that the user names, from that of the project, with slashes. */
  readonly folder?: string | undefined
}

/**
 * Finds the tools that keep migrations in a folder: by their configs, by the packages that package.json names, by what folders
 * hold, and by the tables of a database. Only texts are read; no code of the project runs. Folders of tests and examples, and
 * what was built or installed, are left out, unless the user names one.
 */
export function findTools(project: string, { tables = [], folder: given }: Hints = {}): FoundTools {
  const files = listProject(project)
  const configs = recognisers.flatMap((recogniser) => readConfigs(project, files, recogniser))
  const own = given === undefined ? [] : [given]
  const named = [...own, ...configs.flatMap(({ folders }) => folders.map(({ folder }) => folder))]
  const listings = [...new Set([...named, ...files.folders])].map(
    (folder) => [folder, listFolder(project, folder, named.includes(folder))] as const,
  )
  const unusable = configs.flatMap(({ file, unusable: why }) => (why === null ? [] : [`${file} ${why}`]))
  const found: FoundTool[] = []
  const claimed = new Set<string>()
  for (const recogniser of recognisers.toSorted(plainLast)) {
    const { tool, entry = tool, call, form, holds } = recogniser
    const ofTool = configs.filter((config) => config.tool === tool)
    const open = listings.filter(([folder]) => form !== 'plain' || !isWithin(folder, claimed))
    for (const [folder, listing] of open) {
      const held = holds(listing)
      if (held === null) continue
      if (typeof held !== 'string' && 'unusable' in held) {
        claimed.add(folder)
        unusable.push(`${tool}: the folder ${folder} ${held.unusable}`)
        continue
      }
      const [path, what] =
        typeof held === 'string'
          ? [folder, `the folder ${folder} holds ${held}`]
          : [posix.join(folder, held.file), `${posix.join(folder, held.file)} ${held.what}`]
      const evidence = { folder, holds: typeof held === 'string' ? held : held.file, configs: ofTool, tables }
      const signs = findSigns(project, recogniser, what, evidence)
      if (signs === null) continue
      claimed.add(folder)
      found.push({ tool, entry, call, folder: path, ...signs })
    }
  }
  return {
    found: found.toSorted((left, right) => right.weight - left.weight),
    unusable,
    packages: files.packages,
  }
}

function plainLast(left: Recogniser, right: Recogniser): number {
  return Number(left.form === 'plain') - Number(right.form === 'plain')
}

/** Whether a folder is one of some folders, or below one. */
function isWithin(folder: string, folders: ReadonlySet<string>): boolean {
  return [...folders].some((one) => folder === one || folder.startsWith(`${one}/`))
}

/** The tool of this name with a folder of which nothing is known; null for no such tool. */
export function useTool(tool: string, folder: string): FoundTool | null {
  const recogniser = recognisers.find((one) => one.tool === tool)
  if (recogniser === undefined) return null
  return {
    tool,
    entry: recogniser.entry ?? tool,
    call: recogniser.call,
    folder,
    options: {},
    signs: ['--tool and --folder name them'],
    weight: 0,
  }
}

/** The names of all tools. */
export function listTools(): readonly string[] {
  return recognisers.map(({ tool }) => tool)
}

/** A config of a tool. */
interface ReadConfig {
  readonly tool: string
  readonly file: string
  readonly folders: readonly NamedFolder[]
  readonly unusable: string | null
}

/** Its folders are those that exist, from the folder of the project. */
function readConfigs(project: string, { files }: ProjectFiles, recogniser: Recogniser): ReadConfig[] {
  const { tool, configs } = recogniser
  return files.flatMap((file) =>
    configs
      .filter((config) => config.file.test(file))
      .map((config) => {
        const read = config.read(readText(join(project, file)) ?? '')
        if ('unusable' in read) return { tool, file, folders: [], unusable: read.unusable }
        const folders = read.flatMap((one) => {
          const ways = [posix.join(posix.dirname(file), one.folder), posix.normalize(one.folder)]
          const path = ways.map(withoutLastSlash).find((way) => isFolder(join(project, way)))
          return path === undefined ? [] : [{ ...one, folder: path }]
        })
        return { tool, file, folders, unusable: null }
      }),
  )
}

interface Evidence {
  readonly folder: string
  readonly holds: string
  readonly configs: readonly ReadConfig[]
  readonly tables: readonly NotedTable[]
}

/** Null where the files may be those of any tool, and nothing says that they are of this one. */
function findSigns(
  project: string,
  recogniser: Recogniser,
  held: string,
  { folder, holds, configs, tables }: Evidence,
): Pick<FoundTool, 'signs' | 'weight' | 'options'> | null {
  const leading = configs.flatMap(({ file, folders }) =>
    folders.filter((one) => one.folder === folder).map(({ options = {} }) => ({ file, options })),
  )
  const table = tables.find((one) => recogniser.tables.some((form) => isTable(one, form)))
  if (recogniser.form === 'shared' && leading.length === 0 && table === undefined) return null
  const installed = recogniser.packages.filter((name) => readDependencies(project).includes(name))
  const [config] = leading
  // It may be left of a tool that the project no longer has.
  const isLeft =
    config !== undefined &&
    table === undefined &&
    recogniser.packages.length > 0 &&
    installed.length === 0 &&
    existsSync(join(project, 'package.json'))
  const files = [...new Set(leading.map(({ file }) => file))]
  return {
    options: config?.options ?? {},
    signs: [
      files.length === 0
        ? held
        : `${files.join(' and ')} ${files.length === 1 ? 'leads' : 'lead'} to the folder ${folder}, which holds ${holds}`,
      ...(installed.length === 0 ? [] : [`package.json names ${installed.join(' and ')}`]),
      ...(isLeft ? [`package.json does not name ${recogniser.packages.join(' or ')}`] : []),
      ...(table === undefined ? [] : [`${table.file} has the table ${table.name}`]),
    ],
    weight: table !== undefined ? 4 : (config === undefined ? 0 : 2) + (installed.length > 0 ? 1 : 0),
  }
}

function isTable({ name, columns: actual }: NotedTable, form: Recogniser['tables'][number]): boolean {
  if (name.toLowerCase() !== form.name.toLowerCase()) return false
  return form.columns === undefined || form.columns.join() === actual.toSorted().join()
}

/** The packages that a project names in its package.json. */
export function readDependencies(project: string): readonly string[] {
  try {
    const { dependencies, devDependencies } = JSON.parse(readText(join(project, 'package.json')) ?? '{}')
    return Object.keys({ ...dependencies, ...devDependencies })
  } catch {
    return []
  }
}

/** The files and folders of a project, with slashes, sorted. */
interface ProjectFiles {
  readonly files: readonly string[]
  readonly folders: readonly string[]
  readonly packages: readonly string[]
}

const deepest = 6
const otherFolders =
  /^(?:node_modules|dist|build|out|target|coverage|vendor|tests?|__tests__|fixtures|testdata|e2e|examples?|\.(?!config$).*)$/

function listProject(project: string): ProjectFiles {
  const files: string[] = []
  const folders: string[] = []
  const packages: string[] = []
  const walk = (folder: string, depth: number) => {
    folders.push(folder)
    for (const entry of readFolder(join(project, folder))) {
      const path = posix.join(folder, entry.name)
      if (entry.isFile()) files.push(path)
      if (!entry.isDirectory() || otherFolders.test(entry.name) || depth === deepest) continue
      if (existsSync(join(project, path, 'package.json'))) packages.push(path)
      else walk(path, depth + 1)
    }
  }
  walk('.', 0)
  // A package may hold others.
  for (const own of [...packages]) {
    const inside = listProject(join(project, own)).packages
    packages.push(...inside.map((path) => posix.join(own, path)))
  }
  return { files, folders, packages: packages.sort() }
}

/** What cannot be listed shows nothing. */
function readFolder(path: string) {
  try {
    return readdirSync(path, { withFileTypes: true }).sort((left, right) => (left.name < right.name ? -1 : 1))
  } catch {
    return []
  }
}

/** @param isNamed whether a config or the user names it */
function listFolder(project: string, folder: string, isNamed: boolean): FolderListing {
  const path = join(project, folder)
  return {
    names: readFolder(path).map(({ name }) => name),
    isLikely: isNamed || /migrat/i.test(folder),
    list: (name) => readFolder(join(path, name)).map((entry) => entry.name),
    read: (name) => (isFile(join(path, name)) ? (readText(join(path, name)) ?? '') : ''),
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true
}

function withoutLastSlash(path: string): string {
  return path === './' ? '.' : path.replace(/\/$/, '')
}
