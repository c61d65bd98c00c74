import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import type { ToolProgram } from '../migrator/plan.ts'
import { makePrivateFolder } from '../snapshots/private-folder.ts'
import { resolveFolder } from './sql-folder.ts'

/** What the program is asked to do. */
interface DbmateRun {
  /** The files of the migrations, in their order. */
  readonly files: readonly string[]
  readonly table: string
  readonly foreignKeys: 'on' | 'off'
}

/**
 * Finds the program that the project uses, when it is first asked for it: that of its package `dbmate`, or else one that PATH names.
 *
 * @returns what returns null where there is none
 */
export function dbmateProgram(asked: DbmateRun): () => ToolProgram | null {
  let found: { readonly program: ToolProgram | null } | null = null
  return () => {
    found ??= { program: findDbmate(asked) }
    return found.program
  }
}

function findDbmate({ files, table, foreignKeys }: DbmateRun): ToolProgram | null {
  const found = findPackaged() ?? findInPath()
  if (found === null) return null
  const { version, command } = found
  const apply = (path: string, target: number) => {
    using folder = makePrivateFolder()
    const migrations = join(folder.path, 'migrations')
    mkdirSync(migrations)
    for (const file of files.slice(0, target)) copyFileSync(file, join(migrations, basename(file)))
    const url = `sqlite:${encodeURI(path).replace(/[?#]/g, encodeURIComponent)}${foreignKeys === 'on' ? '?_foreign_keys=on' : ''}`
    const options = ['--url', url, '--migrations-dir', migrations, '--migrations-table', table]
    // From a folder without `.env`, which it would read.
    run(command, [...options, '--no-dump-schema', 'migrate'], folder.path)
  }
  return { version, apply }
}

const file = process.platform === 'win32' ? 'dbmate.exe' : 'dbmate'

function findPackaged(): { readonly version: string; readonly command: string } | null {
  const name = `@dbmate/${process.platform}-${process.arch}`
  const project = createRequire(join(resolveFolder('.'), 'package.json'))
  const folders = [project, ...startOf(project)].flatMap((from) => from.resolve.paths(name) ?? [])
  for (const folder of folders) {
    const command = join(folder, name, 'bin', file)
    const description = join(dirname(dirname(command)), 'package.json')
    if (!existsSync(command) || !existsSync(description)) continue
    const { version } = JSON.parse(readFileSync(description, 'utf8'))
    if (typeof version === 'string') return { version, command }
  }
  return null
}

/** Within the package `dbmate`, where a package manager keeps apart what packages need. */
function startOf(project: NodeJS.Require): readonly NodeJS.Require[] {
  try {
    return [createRequire(project.resolve('dbmate/package.json'))]
  } catch {
    return []
  }
}

function findInPath(): { readonly version: string; readonly command: string } | null {
  const { status, stdout } = spawnSync('dbmate', ['--version'], { encoding: 'utf8' })
  const version = status === 0 ? /\d+\.\d+\.\d+\S*/.exec(stdout)?.[0] : undefined
  return version === undefined ? null : { version, command: 'dbmate' }
}

/** @throws {Error} with what the program reports, where it fails */
function run(command: string, parameters: readonly string[], folder: string): void {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('DBMATE_'))
  const { status, stderr, error } = spawnSync(command, parameters, {
    cwd: folder,
    encoding: 'utf8',
    env: Object.fromEntries(own),
  })
  if (error !== undefined) throw error
  if (status !== 0) throw new Error(stderr.trim().replace(/^Error: /, '') || `exit code ${status}`)
}
