import { sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { CommandLine } from '../harness/how-to-run.ts'

const isInstalled = fileURLToPath(import.meta.url)
  .split(sep)
  .includes('node_modules')

/**
 * How a reader runs a command of this package on a suite: by the scripts of this project only where he is in it.
 *
 * @param suiteFile the module of the suite; undefined for the suite of this project
 */
export function commandLine(suiteFile: string | undefined): CommandLine {
  const suite = suiteFile === undefined ? [] : ['--suite', suiteFile]
  if (suiteFile !== undefined || isInstalled) {
    return (command, ...options) => ['npx quickslice-migrations', command, ...options, ...suite].join(' ')
  }
  return (command, ...options) =>
    [`npm run ${command}`, ...(options.length === 0 ? [] : ['--', ...options])].join(' ')
}
