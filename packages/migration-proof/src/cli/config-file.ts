import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
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

function searchUpwards(start: string): string {
  for (let folder = start; ; folder = dirname(folder)) {
    const found = configNames.map((name) => join(folder, name)).find((file) => existsSync(file))
    if (found !== undefined) return found
    const isProject = ['package.json', '.git'].some((name) => existsSync(join(folder, name)))
    if (isProject || folder === dirname(folder)) throw noConfig(start, folder)
  }
}

function noConfig(start: string, end: string): UsageError {
  return new UsageError({
    where: start === end ? start : `${start} and the folders above it up to ${end}`,
    expected: `a config called ${configNames.join(' or ')}`,
    actual: 'none',
    remedy: `write one, whose default export is defineConfig({ name, migrations, fixtures }) from 'migration-proof', or name it with --config FILE`,
  })
}
