import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The folder of this package, with a slash at its end: the same from src/cli and from the bundle in dist/cli. */
export const packageFolder = fileURLToPath(new URL('../../', import.meta.url))

/** What this package says of itself. */
export function readOwnPackage(): { readonly version: string; readonly description: string } {
  return JSON.parse(readFileSync(`${packageFolder}package.json`, 'utf8'))
}

/**
 * What the page of the report holds besides its text: its style and its script, as the build made them.
 *
 * @throws {Error} when nothing was built
 */
export function readPageAssets(): { readonly style: string; readonly script: string } {
  const read = (name: string) => readFileSync(`${packageFolder}dist/cli/report-page.${name}`, 'utf8')
  return { style: read('css'), script: read('js') }
}

/** The program that a person started: `migration-proof` itself, or one that offers some of its commands. */
export interface Program {
  /** As a reader types it, such as `npx migration-proof`. */
  readonly name: string
  readonly version: string
  readonly description: string
  /** The names of the commands that it offers; all of them by default. */
  readonly commands?: readonly string[]
  /** The path of the config that it always works on; by default one is looked for. */
  readonly configFile?: string
}

let current: Program = { name: 'migration-proof', version: '', description: '' }

/** The program that runs. */
export function currentProgram(): Program {
  return current
}

/** Sets the program that runs, once at its start and at that of each thread. */
export function setProgram(program: Program): void {
  current = program
}
