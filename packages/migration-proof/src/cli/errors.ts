import { DiagnosedError, type Diagnosis } from '../errors.ts'
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

/**
 * Whether an error was made for a person to read. It is told by its diagnosis: each command is bundled by
 * itself, and so has a class of its own of every error.
 */
export function isDiagnosed(error: unknown): error is Error & { readonly diagnosis: Diagnosis } {
  return error instanceof Error && 'diagnosis' in error
}

/** The exit code of a command that threw. */
export function exitCodeOf(error: unknown): ExitCode {
  const isUnusable = isDiagnosed(error) && unusableInput.includes(error.name)
  return isUnusable ? exitCodes.unusable : exitCodes.notProven
}
