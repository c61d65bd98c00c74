import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { findFolderWith } from '../../gate/side.ts'
import { readText } from '../../snapshots/paths.ts'

/** What installs the packages of a project. */
export interface PackageManager {
  readonly name: 'npm' | 'pnpm' | 'yarn' | 'bun'
  /** The folder of its lockfile; that of the project where there is none. */
  readonly lockFolder: string
  /** The name of its lockfile; null where there is none. */
  readonly lockFile: string | null
  /** The command that adds packages for development, each as `name@range`. */
  readonly add: readonly string[]
  /** The command with which a build installs what the lockfile names. */
  readonly install: string
}

const locks: readonly (readonly [file: string, name: PackageManager['name']])[] = [
  ['package-lock.json', 'npm'],
  ['npm-shrinkwrap.json', 'npm'],
  ['pnpm-lock.yaml', 'pnpm'],
  ['yarn.lock', 'yarn'],
  ['bun.lock', 'bun'],
  ['bun.lockb', 'bun'],
]

/** The folder of the repository of a project; where it is not under git yet, that of the workspace which lists it. */
export function findRepository(project: string): string {
  const own = findFolderWith(['.git'], project)
  if (own !== null) return own
  for (let folder = project; dirname(folder) !== folder; folder = dirname(folder)) {
    const { workspaces } = readPackage(folder)
    if (workspaces !== undefined || existsSync(join(folder, 'pnpm-workspace.yaml'))) return folder
  }
  return project
}

/** What its package.json says; nothing where it is no JSON, which is none of the project's own. */
export function readPackage(folder: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(readText(join(folder, 'package.json')) ?? '{}') ?? {}
  } catch {
    return {}
  }
}

/** The one that the nearest lockfile names, in this folder or above it in the same repository; npm where there is none. */
export function findPackageManager(project: string): PackageManager {
  const names = locks.map(([file]) => file)
  const repository = findRepository(project)
  const found = findFolderWith(names, project)
  // Both are on the way up from the same folder: the shorter one is further up.
  const lockFolder = found !== null && found.length >= repository.length ? found : null
  const [lockFile = null, name = 'npm'] =
    locks.find(([lock]) => lockFolder !== null && existsSync(join(lockFolder, lock))) ?? []
  const folder = lockFolder ?? project
  return {
    name,
    lockFolder: folder,
    lockFile,
    ...commandsOf(name, project, lockFile === null ? '' : join(folder, lockFile)),
  }
}

function commandsOf(
  name: PackageManager['name'],
  project: string,
  lock: string,
): Pick<PackageManager, 'add' | 'install'> {
  const isRoot = existsSync(join(project, 'pnpm-workspace.yaml'))
  // What Yarn 1 says at the top of its lockfile.
  const isClassic = name === 'yarn' && /^# yarn lockfile v1$/m.test(readText(lock) ?? '')
  const commands = {
    npm: { add: ['npm', 'install', '--save-dev'], install: lock === '' ? 'npm install' : 'npm ci' },
    pnpm: {
      add: ['pnpm', 'add', '--save-dev', ...(isRoot ? ['--workspace-root'] : [])],
      install: 'pnpm install --frozen-lockfile',
    },
    yarn: {
      add: ['yarn', 'add', '--dev'],
      install: `yarn install --${isClassic ? 'frozen-lockfile' : 'immutable'}`,
    },
    bun: { add: ['bun', 'add', '--dev'], install: 'bun install --frozen-lockfile' },
  }
  return commands[name]
}
