import { execFileSync } from 'node:child_process'
import {
  cpSync,
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

/** A folder in which somebody else uses the packed package with migrations of their own. */
export interface Stranger {
  readonly folder: string
  run(parameters: readonly string[], options?: RunOptions): Run
  read(file: string): string
  write(file: string, text: string): void
  /** The same folder as it is now, apart from this one; both use the same packages. */
  copy(): Stranger
  /** Removes the folder and every copy of it. */
  remove(): void
}

const name = 'quickslice-migrations'

/** Packs the package and unpacks it into an empty folder, its dependencies beside it, as npm would. */
export function installPackage(): Stranger {
  const folder = mkdtempSync(join(tmpdir(), 'stranger-'))
  const packing = ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder]
  execFileSync('npm', packing, { cwd: projectFolder, shell: process.platform === 'win32' })
  const tarball = readdirSync(folder).find((file) => file.endsWith('.tgz')) ?? ''
  const modules = join(folder, 'node_modules')
  mkdirSync(join(modules, name), { recursive: true })
  execFileSync('tar', ['-xzf', tarball, '-C', join('node_modules', name), '--strip-components=1'], {
    cwd: folder,
  })
  for (const dependency of dependenciesOf(join(modules, name))) {
    const link = join(modules, dependency)
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(join(projectFolder, 'node_modules', dependency), link, 'junction')
  }
  return strangerIn(folder)
}

/** The example of the README, to the letter: a suite of three migrations. */
export function readExample(): string {
  const readme = readFileSync(join(projectFolder, 'README.md'), 'utf8')
  const [, example = ''] = /as `suite\.mjs`:\n\n```js\n([^`]+)```/.exec(readme) ?? []
  return example
}

function strangerIn(folder: string): Stranger {
  const copies: Stranger[] = []
  const bundle = join(
    folder,
    'node_modules',
    name,
    readPackage(join(folder, 'node_modules', name)).bin[name] ?? '',
  )
  return {
    folder,
    run: (parameters, options) => runCommandLine(parameters, { cwd: folder, bundle, ...options }),
    read: (file) => readFileSync(join(folder, file), 'utf8'),
    write: (file, text) => writeFileSync(join(folder, file), text),
    copy: () => {
      const copy = mkdtempSync(join(tmpdir(), 'stranger-'))
      const modules = join(folder, 'node_modules')
      cpSync(folder, copy, { recursive: true, filter: (source) => source !== modules })
      symlinkSync(modules, join(copy, 'node_modules'), 'junction')
      const stranger = strangerIn(copy)
      copies.push(stranger)
      return stranger
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
