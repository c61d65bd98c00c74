import { DiagnosedError } from '../errors.ts'
import { type ExitCode, exitCodes } from './exit-codes.ts'

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
