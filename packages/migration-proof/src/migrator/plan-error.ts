import { DiagnosedError } from '../errors.ts'

/** Thrown when migrations are not numbered 1, 2, 3 and so on, or one is not of the form that it must have. */
export class MigrationPlanError extends DiagnosedError {
  override readonly name = 'MigrationPlanError'
}
