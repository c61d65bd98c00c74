import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The folder of this package, with a slash at its end: the same from src/cli as from the bundle in dist/cli. */
export const packageFolder = fileURLToPath(new URL('../../', import.meta.url))

/** The version and description in package.json. */
export function readOwnPackage(): { readonly version: string; readonly description: string } {
  return JSON.parse(readFileSync(`${packageFolder}package.json`, 'utf8'))
}

/**
 * The style and the script of the report page, as the build made them.
 *
 * @throws {Error} when nothing was built
 */
export function readPageAssets(): { readonly style: string; readonly script: string } {
  const read = (name: string) => readFileSync(`${packageFolder}dist/cli/report-page.${name}`, 'utf8')
  return { style: read('css'), script: read('js') }
}

/** The program that the user started: `migration-proof` itself, or one that offers some of its commands. */
export interface Program {
  /** As a user types it, such as `npx migration-proof`. */
  readonly name: string
  readonly version: string
  readonly description: string
  /** The names of the commands that it offers; defaults to all of them. */
  readonly commands?: readonly string[]
  /** The path of the config that it always uses; by default a config is searched. */
  readonly configFile?: string
}

let current: Program = { name: 'migration-proof', version: '', description: '' }

/** The running program. */
export function currentProgram(): Program {
  return current
}

/** Sets the running program, once at its start and at that of each thread. */
export function setProgram(program: Program): void {
  current = program
}
