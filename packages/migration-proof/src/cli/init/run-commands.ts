import type { Problem } from '../../problem.ts'
import { findProgram } from './install-packages.ts'
import { type ProgramEnd, runProgram } from './run-program.ts'

/** What `--json` prints of an error. */
export interface CommandError {
  readonly error: {
    readonly where: string
    readonly expected: string
    readonly actual: string
    readonly fix: string
  }
}

/** What is read here of the results of commands. */
export interface CommandResult {
  readonly problems: readonly Problem[]
}

/** What `freeze --json` prints. */
export interface FreezeResult extends CommandResult {
  readonly drafted: readonly string[]
  readonly awaitingReview: readonly string[]
  readonly losses: readonly { readonly fixture: string; readonly lines: readonly string[] }[]
}

/** Runs the command line that a project has installed, as its users will: with the packages that it finds. */
export function runCommand(
  project: string,
  parameters: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<ProgramEnd> {
  const program = findProgram(project) ?? ''
  return runProgram([process.execPath, program, ...parameters], project, { ...process.env, ...environment })
}

/** The same, with what it prints as JSON. */
export async function runForJson<Result extends CommandResult>(
  project: string,
  ...parameters: readonly string[]
): Promise<{ readonly exitCode: number | null; readonly result: Result | CommandError }> {
  const { exitCode, stdout, stderr } = await runCommand(project, [...parameters, '--json'])
  try {
    return { exitCode, result: JSON.parse(stdout) }
  } catch {
    const [line = ''] = stderr.split('\n')
    const where = `migration-proof ${parameters.join(' ')}`
    const error = { where, expected: 'a result', actual: `'${line}'`, fix: 'run that by itself to see why' }
    return { exitCode, result: { error } }
  }
}

/** Whether a command ended with an error instead of a result. */
export function isError(result: object): result is CommandError {
  return 'error' in result
}
