import { existsSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { findFolderWith } from '../gate/side.ts'
import { UsageError } from './errors.ts'
import { currentProgram } from './program.ts'

/** The option of every command for a config with another name or in another folder. */
export const configArgument = {
  type: 'string',
  valueHint: 'file',
  description:
    'the config; defaults to migration-proof.config.ts, .mts, .mjs or .js in this folder, or in the nearest one above it in the same project',
} as const

/** The file names of a config, in the order in which they are searched. */
export const configNames = ['ts', 'mts', 'mjs', 'js'].map((ending) => `migration-proof.config.${ending}`)

/**
 * The path of the config that a command uses: the given one, that of the program, or the nearest one from the working
 * directory upwards to the nearest folder with `package.json` or `.git`, and never beyond it.
 *
 * @throws {UsageError} when there is none, or the given one is no file
 */
export function findConfigFile(given: string | undefined): string {
  if (given !== undefined) return requireFile(given)
  const { configFile } = currentProgram()
  return configFile ?? searchUpwards(process.cwd())
}

function requireFile(given: string): string {
  const found = statSync(resolve(given), { throwIfNoEntry: false })
  if (found !== undefined && !found.isDirectory()) return resolve(given)
  throw new UsageError({
    where: `--config ${given}`,
    expected: 'the file of a config',
    actual: found === undefined ? 'no such file' : 'a folder',
    fix: 'correct the path, or leave --config out in the folder of the config',
  })
}

/** The nearest config from a folder upwards. @throws {UsageError} when there is none */
export function searchUpwards(start: string): string {
  const end = findFolderWith(['package.json', '.git'], start) ?? start
  const folder = findFolderWith(configNames, start)
  // Both are on the way up from the same folder: the shorter one is further up.
  if (folder === null || folder.length < end.length) throw noConfig(start, end)
  const name = configNames.find((candidate) => existsSync(join(folder, candidate))) ?? ''
  return join(folder, name)
}

function noConfig(start: string, end: string): UsageError {
  return new UsageError({
    where: start === end ? start : `${start} and the folders above it up to ${end}`,
    expected: `a config called ${configNames.slice(0, -1).join(', ')} or ${configNames.at(-1)}`,
    actual: 'none',
    fix: 'let `npx migration-proof init` write one, or name one with --config FILE',
  })
}
