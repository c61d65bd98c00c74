import { execFileSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { packageFolder, type Run, type RunOptions, runCommandLine } from './command-line.ts'

/** A folder in which another project uses packed packages with migrations of its own. */
export interface InstalledProject {
  readonly folder: string
  run(parameters: readonly string[], options?: RunOptions): Run
  read(file: string): string
  write(file: string, text: string): void
  /** The same folder as it is now, apart from this one; both use the same packages. */
  copy(): InstalledProject
  /** Removes the folder and every copy of it. */
  remove(): void
}

export interface InstallOptions {
  /** What the project installs beside the packages and what they depend on. */
  readonly beside?: readonly string[]
}

/**
 * Packs packages, and unpacks them into an empty folder, their dependencies beside them, as npm would.
 *
 * @param folders of the packages; the command that is run is that of the last one
 */
export function installPackages(
  folders: readonly string[],
  { beside = ['better-sqlite3'] }: InstallOptions = {},
): InstalledProject {
  const folder = mkdtempSync(join(tmpdir(), 'installed-project-'))
  const unpacked = folders.map((source) => unpack(source, folder))
  for (const each of unpacked) link(Object.keys(readPackage(each).dependencies), folder)
  link(beside, folder)
  return projectIn(folder, readPackage(unpacked.at(-1) ?? '').name)
}

/** The package of this folder, by itself. */
export function installPackage(options?: InstallOptions): InstalledProject {
  return installPackages([packageFolder], options)
}

/** @returns the folder that it is in now */
function unpack(source: string, folder: string): string {
  const { name } = readPackage(source)
  const packing = ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder]
  execFileSync('npm', packing, { cwd: source, shell: process.platform === 'win32' })
  const tarball = readdirSync(folder).find((file) => file.startsWith(name) && file.endsWith('.tgz')) ?? ''
  const target = join('node_modules', name)
  mkdirSync(join(folder, target), { recursive: true })
  execFileSync('tar', ['-xzf', tarball, '-C', target, '--strip-components=1'], { cwd: folder })
  return join(folder, target)
}

function link(dependencies: readonly string[], folder: string): void {
  for (const dependency of dependencies) {
    const path = join(folder, 'node_modules', dependency)
    if (existsSync(path)) continue
    mkdirSync(dirname(path), { recursive: true })
    symlinkSync(join(packageFolder, '..', '..', 'node_modules', dependency), path, 'junction')
  }
}

/** The example of docs/config.md, to the letter: a suite of three migrations. */
export function readExample(): string {
  const [, example = ''] = /`migration-proof\.config\.mjs`:\n\n```js\n([^`]+)```/.exec(readPage()) ?? []
  return example
}

/** The same migrations with the tables and contracts that the page declares for them. */
export function readDeclaredExample(): string {
  const [, declared = ''] = /For the migrations above:\n\n```js\n([^`]+)```/.exec(readPage()) ?? []
  return readExample().replace(/^export default .*\n/m, declared)
}

function readPage(): string {
  return readFileSync(join(packageFolder, 'docs', 'config.md'), 'utf8')
}

function projectIn(folder: string, name: string): InstalledProject {
  const copies: InstalledProject[] = []
  const unpacked = join(folder, 'node_modules', name)
  const bundle = join(unpacked, readPackage(unpacked).bin[name] ?? '')
  return {
    folder,
    run: (parameters, options) => runCommandLine(parameters, { cwd: folder, bundle, ...options }),
    read: (file) => readFileSync(join(folder, file), 'utf8'),
    write: (file, text) => {
      mkdirSync(dirname(join(folder, file)), { recursive: true })
      writeFileSync(join(folder, file), text)
    },
    copy: () => {
      const copy = mkdtempSync(join(tmpdir(), 'installed-project-'))
      const modules = join(folder, 'node_modules')
      cpSync(folder, copy, { recursive: true, filter: (source) => source !== modules })
      symlinkSync(modules, join(copy, 'node_modules'), 'junction')
      const project = projectIn(copy, name)
      copies.push(project)
      return project
    },
    remove: () => {
      for (const copy of copies) copy.remove()
      rmSync(folder, { recursive: true })
    },
  }
}

function readPackage(folder: string): {
  readonly name: string
  readonly bin: Readonly<Record<string, string>>
  readonly dependencies: Readonly<Record<string, string>>
} {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
}
