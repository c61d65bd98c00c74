import { sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DiagnosedError, type Diagnosis, errorMessage } from '../errors.ts'
import type { ExitCode } from './exit-codes.ts'
import { packageFolder } from './own-package.ts'
import { ProcessEndError } from './process/guard.ts'
import { currentProgram } from './program.ts'
import { diagnoseSqliteError, diagnoseSystemError, isSystemError, sqliteCodeOf } from './system-errors.ts'

/** The variable of the environment that shows the stacks of errors. */
export const stackVariable = 'MIGRATION_PROOF_STACK'

/** An error as a person reads it: one sentence, with what to do. */
export interface ExplainedError {
  readonly name: string
  readonly message: string
  readonly diagnosis: Diagnosis
}

/**
 * What to say of an error that ended a command. One without a diagnosis comes from the system, from SQLite, from the
 * code of a project, or it is a defect of this program.
 */
export function explainError(error: unknown, given: readonly string[]): ExplainedError {
  if (error instanceof DiagnosedError) return error
  const name = error instanceof Error ? error.name : 'Error'
  const diagnosis = diagnose(error, name, commandOf(given))
  return { name, message: new DiagnosedError(diagnosis).message, diagnosis }
}

function diagnose(error: unknown, name: string, command: string): Diagnosis {
  if (isSystemError(error)) return diagnoseSystemError(error, command)
  const [message = ''] = errorMessage(error).split('\n')
  const origin = originOf(error)
  const sqliteCode = sqliteCodeOf(error)
  if (sqliteCode !== null) return diagnoseSqliteError(sqliteCode, message, origin ?? command)
  if (origin !== null) {
    return {
      where: origin,
      expected: 'code that handles its own errors',
      actual: `the error '${error instanceof ProcessEndError ? message : `${name}: ${message}`}'`,
      remedy: 'correct it, and run again',
    }
  }
  return {
    where: command,
    expected: 'a result',
    actual: `a defect of this program, '${name}: ${message}'`,
    remedy: `report it, with the stack that ${stackVariable}=1 in the environment prints`,
  }
}

/** Where the code of a project threw an error, as a file and a line; null where the code of this program did. */
function originOf(error: unknown): string | null {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  for (const [, path = '', line = ''] of stack.matchAll(frame)) {
    const file = path.startsWith('file://') ? fileURLToPath(path) : path
    if (file.startsWith('node:')) continue
    // A call that this program refuses stands one frame above.
    if (isOwn(file) && error instanceof ProcessEndError) continue
    if (isOwn(file)) return null
    if (!file.includes(`${sep}node_modules${sep}`)) return `${file}:${line}`
  }
  return null
}

const frame = /^ {4}at (?:.* \()?([^()\s]+):(\d+):\d+\)?$/gm

function isOwn(file: string): boolean {
  return file.startsWith(`${packageFolder}dist${sep}`)
}

/** What to say where a command can go no further, and has no result. */
export function explainUnfinished(given: readonly string[]): DiagnosedError {
  return new DiagnosedError({
    where: commandOf(given),
    expected: 'a result',
    actual: 'that nothing is left to do and there is none: the config waits for a promise that never settles',
    remedy: 'find it in the config or in what it imports, and run again',
  })
}

/** What to say where a result cannot be written. */
export function explainOutputFailure(failure: Error, exitCode: ExitCode): string {
  const { message } = new DiagnosedError({
    where: 'The standard output',
    expected: 'to take the result',
    actual: `the error '${failure.message}'`,
    remedy: `the work itself ended with exit code ${exitCode}; run it again with another output to see the result`,
  })
  return message
}

function commandOf([name]: readonly string[]): string {
  const program = currentProgram().name
  return name === undefined || name.startsWith('-') ? program : `${program} ${name}`
}
