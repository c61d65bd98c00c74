import {
  type Run,
  type RunOptions,
  runCommandLine as runIn,
} from '../../packages/migration-proof/tests/support/command-line.ts'
import { projectFolder } from './imports.ts'

/** Runs the bundled command line in a process of its own, without a terminal; by default on this project. */
export function runCommandLine(parameters: readonly string[], options: RunOptions = {}): Run {
  return runIn(parameters, { cwd: projectFolder, ...options })
}
