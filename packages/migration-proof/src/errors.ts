/** What every error of the harness tells: where, what was expected, what was found, and what to do. */
export interface Diagnosis {
  /** The file, table or migration that the error is about. */
  readonly where: string
  readonly expected: string
  readonly actual: string
  /** What the reader does next. */
  readonly remedy: string
}

/** Base of all errors that are meant for a person: its message is one sentence made from the diagnosis. */
export class DiagnosedError extends Error {
  override readonly name: string = 'DiagnosedError'
  readonly diagnosis: Diagnosis

  constructor(diagnosis: Diagnosis, options?: ErrorOptions) {
    const { where, expected, actual, remedy } = diagnosis
    super(`${where}: expected ${expected}, found ${actual}; ${remedy}.`, options)
    this.diagnosis = diagnosis
  }
}

/** What an error says, whatever was thrown. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
