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
import { type Run, type RunOptions, runCommandLine } from './command-line.ts'
import { projectFolder } from './imports.ts'

/** A folder in which another project uses the packed package with its own migrations. */
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

/** The packages of this repository, and their folders. */
const packages = {
  'migration-proof': join(projectFolder, 'packages', 'migration-proof'),
  'quickslice-migrations': projectFolder,
}
type PackageName = keyof typeof packages

/**
 * Packs a package, and the one of this repository that it needs, and unpacks them into an empty folder, their
 * dependencies beside them, as npm would.
 */
export function installPackage(name: PackageName = 'migration-proof'): InstalledProject {
  const folder = mkdtempSync(join(tmpdir(), 'installed-project-'))
  const needed = new Set<PackageName>(['migration-proof', name])
  for (const each of needed) unpack(each, folder)
  for (const each of needed) linkDependencies(join(folder, 'node_modules', each), folder)
  return projectIn(folder, name)
}

function unpack(name: PackageName, folder: string): void {
  const packing = ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder]
  execFileSync('npm', packing, { cwd: packages[name], shell: process.platform === 'win32' })
  const tarball = readdirSync(folder).find((file) => file.startsWith(name) && file.endsWith('.tgz')) ?? ''
  const target = join('node_modules', name)
  mkdirSync(join(folder, target), { recursive: true })
  execFileSync('tar', ['-xzf', tarball, '-C', target, '--strip-components=1'], { cwd: folder })
}

function linkDependencies(unpacked: string, folder: string): void {
  for (const dependency of dependenciesOf(unpacked)) {
    const link = join(folder, 'node_modules', dependency)
    if (existsSync(link)) continue
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(join(projectFolder, 'node_modules', dependency), link, 'junction')
  }
}

/** The example of the README, to the letter: a suite of three migrations. */
export function readExample(): string {
  const [, example = ''] = /as `migration-proof\.config\.mjs`:\n\n```js\n([^`]+)```/.exec(readReadme()) ?? []
  return example
}

/** The same migrations with the tables and contracts that the README declares for them. */
export function readDeclaredExample(): string {
  const [, declared = ''] = /Below the same migrations:\n\n```js\n([^`]+)```/.exec(readReadme()) ?? []
  return readExample().replace(/^export default .*\n/m, declared)
}

function readReadme(): string {
  return readFileSync(join(packages['migration-proof'], 'README.md'), 'utf8')
}

function projectIn(folder: string, name: PackageName): InstalledProject {
  const copies: InstalledProject[] = []
  const unpacked = join(folder, 'node_modules', name)
  const bundle = join(unpacked, readPackage(unpacked).bin[name] ?? '')
  return {
    folder,
    run: (parameters, options) => runCommandLine(parameters, { cwd: folder, bundle, ...options }),
    read: (file) => readFileSync(join(folder, file), 'utf8'),
    write: (file, text) => writeFileSync(join(folder, file), text),
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

function dependenciesOf(folder: string): string[] {
  return Object.keys(readPackage(folder).dependencies)
}

function readPackage(folder: string): {
  readonly bin: Readonly<Record<string, string>>
  readonly dependencies: Readonly<Record<string, string>>
} {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
}
