import { resolve } from 'node:path'
import { runToEnd } from './process/ending.ts'
import { type Program, setCurrentRun } from './program.ts'
import { run } from './run.ts'

export type { Program } from './program.ts'

/**
 * Runs a program that offers commands of `migration-proof` under its own name, and ends the process with the exit code of
 * the command.
 *
 * @param program its name, version and description, the commands that it offers, and its config
 * @param given the arguments after its name; defaults to those of the process
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
  setCurrentRun({
    program: configFile === undefined ? program : { ...program, configFile: resolve(configFile) },
  })
  runToEnd(given, run)
}
