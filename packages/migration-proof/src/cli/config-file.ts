import { existsSync } from 'node:fs'
import { dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { UsageError } from './errors.ts'
import { currentProgram } from './program.ts'

/** The option by which every command works on a config of another name or in another folder. */
export const configArgument = {
  type: 'string',
  valueHint: 'file',
  description:
    'the config; by default migration-proof.config.ts, .mts, .mjs or .js of this folder, or of one above it in the same project',
} as const

/** The names of a config, in the order in which they are looked for. */
const configNames = ['ts', 'mts', 'mjs', 'js'].map((ending) => `migration-proof.config.${ending}`)

/**
 * The path of the config that a command works on: the one that was given, that of the program, or the nearest from the
 * working directory upwards to the folder with `package.json` or `.git`, and never beyond it.
 *
 * @throws {UsageError} when there is none
 */
export function findConfigFile(given: string | undefined): string {
  if (given !== undefined) return resolve(given)
  const { configFile } = currentProgram()
  return configFile ?? searchUpwards(process.cwd())
}

/** A path as a reader of this folder would type it. */
export function shownPath(file: string): string {
  const path = relative(process.cwd(), file)
  return path === '' || path.startsWith('..') || isAbsolute(path) ? file : path
}

function searchUpwards(start: string): string {
  const end = findProject(start) ?? start
  for (let folder = start; ; folder = dirname(folder)) {
    const found = configNames.map((name) => join(folder, name)).find((file) => existsSync(file))
    if (found !== undefined) return found
    if (folder === end) throw noConfig(start, end)
  }
}

/** The nearest folder with `package.json` or `.git`; null where no folder above has either. */
function findProject(folder: string): string | null {
  if (['package.json', '.git'].some((name) => existsSync(join(folder, name)))) return folder
  const parent = dirname(folder)
  return parent === folder ? null : findProject(parent)
}

function noConfig(start: string, end: string): UsageError {
  return new UsageError({
    where: start === end ? start : `${start} and the folders above it up to ${end}`,
    expected: `a config called ${configNames.slice(0, -1).join(', ')} or ${configNames.at(-1)}`,
    actual: 'none',
    remedy:
      "write one, whose default export is defineConfig({ name, migrations, fixtures }) from 'migration-proof', or name it with --config FILE",
  })
}
