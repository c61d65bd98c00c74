import { DiagnosedError } from '../errors.ts'

/** The exit codes, with the same meaning for all commands. */
export const exitCodes = {
  /** Everything was proven or done, and the result was written. */
  proven: 0,
  /** Something is not proven, or there is no result. */
  notProven: 1,
  /** Wrong usage or unreadable input. Nothing was changed. */
  unusable: 2,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** Thrown when a command is called with invalid arguments. */
export class UsageError extends DiagnosedError {
  override readonly name = 'UsageError'
}

/**
 * Refuses options that another one leaves without effect.
 *
 * @throws {UsageError} when one of the others is given
 */
export function refuseTogether(
  option: string,
  reason: string,
  others: Readonly<Record<string, unknown>>,
): void {
  const [other] = Object.entries(others).find(([, value]) => value !== undefined && value !== false) ?? []
  if (other === undefined) return
  throw new UsageError({
    where: `--${other}`,
    expected: `no --${option} beside it, ${reason}`,
    actual: 'both',
    fix: 'leave one of them out',
  })
}

/** Errors which mean that a command had no usable input. Their classes are loaded lazily. */
const unusableInput = [
  'UsageError',
  'BaseError',
  'DatabaseOpenError',
  'LedgerError',
  'MissingEngineError',
  'MigrationPlanError',
  'MissingLibraryError',
  'PrivateFolderError',
  'ResultsError',
  'UpgradeRefusedError',
  'VersionTableError',
]

/** The exit code of a command that threw an error. */
export function exitCodeOf(error: unknown): ExitCode {
  const isUnusable = error instanceof DiagnosedError && unusableInput.includes(error.name)
  return isUnusable ? exitCodes.unusable : exitCodes.notProven
}

/** The stack of an error, and those of its causes, whose messages may hold values of rows. */
export function stackOf(error: Error): string {
  const { stack = error.message, cause } = error
  return cause instanceof Error ? `${stack}\nCaused by: ${stackOf(cause)}` : stack
}
