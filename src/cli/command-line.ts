import type { CommandLine } from '../harness/gate/commands.ts'

/**
 * How a reader runs a command of this package on a suite.
 *
 * @param suiteFile the module of the suite; undefined for the suite of this project
 */
export function commandLine(suiteFile: string | undefined): CommandLine {
  if (suiteFile !== undefined) {
    return (command, ...options) =>
      ['npx quickslice-migrations', command, ...options, '--suite', suiteFile].join(' ')
  }
  return (command, ...options) =>
    [`npm run ${command}`, ...(options.length === 0 ? [] : ['--', ...options])].join(' ')
}
