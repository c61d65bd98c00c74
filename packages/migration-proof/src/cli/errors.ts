import { DiagnosedError } from '../errors.ts'

/** What a command's exit code means, the same for all of them. */
export const exitCodes = {
  /** All was proven, or done, and the result was written. */
  proven: 0,
  /** Something is not proven, or there is no result. */
  notProven: 1,
  /** Wrong usage, or input that cannot be read. Nothing was changed. */
  unusable: 2,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** Thrown when a command is called with what it cannot understand. */
export class UsageError extends DiagnosedError {
  override readonly name = 'UsageError'
}

/** Errors by which a command says that it had nothing it could work on. Their classes are loaded lazily. */
const unusableInput = [
  'UsageError',
  'DatabaseOpenError',
  'LedgerError',
  'MigrationPlanError',
  'MissingLibraryError',
  'PrivateFolderError',
  'ResultsError',
  'UpgradeRefusedError',
  'VersionTableError',
]

/** The exit code of a command that threw. */
export function exitCodeOf(error: unknown): ExitCode {
  const isUnusable = error instanceof DiagnosedError && unusableInput.includes(error.name)
  return isUnusable ? exitCodes.unusable : exitCodes.notProven
}

/** The stack of an error, and those of its causes, whose messages may hold values of rows. */
export function stackOf(error: Error): string {
  const { stack = error.message, cause } = error
  return cause instanceof Error ? `${stack}\nCaused by: ${stackOf(cause)}` : stack
}
