import {
  type Run,
  type RunOptions,
  runCommandLine as runIn,
} from '../../packages/migration-proof/tests/support/command-line.ts'
import { projectFolder } from './imports.ts'

export type { Run, RunOptions }

/** Runs the bundled command line in a process of its own, without a terminal; by default on this project. */
export function runCommandLine(parameters: readonly string[], options: RunOptions = {}): Run {
  return runIn(parameters, { cwd: projectFolder, ...options })
}

/** The commands that the help lists. */
export function listCommands(): string[] {
  const [, section = ''] = /^Commands:\n((?: .*\n)+)/m.exec(runCommandLine(['--help']).stdout) ?? []
  return [...section.matchAll(/^ {2}([a-z][a-z:-]*)/gm)].map(([, name = '']) => name)
}
