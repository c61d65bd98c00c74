import { resolve } from 'node:path'
import { runToEnd } from './process/ending.ts'
import { type Program, setProgram } from './program.ts'
import { run } from './run.ts'

export type { Program } from './program.ts'

/**
 * Runs a program that offers commands of `migration-proof` under a name of its own, and ends the process with the exit
 * code of the command.
 *
 * @param program its name, version and description, the commands that it offers, and the config that it works on
 * @param given what was typed after its name; the arguments of the process by default
 * @example
 * runProgram({
 *   name: 'notes-database',
 *   version: '1.2.0',
 *   description: 'Upgrades the database of the notes server.',
 *   commands: ['inspect', 'upgrade', 'restore'],
 *   configFile: fileURLToPath(new URL('migration-proof.config.js', import.meta.url)),
 * })
 */
export function runProgram(program: Program, given: readonly string[] = process.argv.slice(2)): void {
  const { configFile } = program
  setProgram(configFile === undefined ? program : { ...program, configFile: resolve(configFile) })
  runToEnd(given, run)
}
