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

  /**
   * Goes by the names of classes: the command line and the library, from which a config comes, are two bundles, each with
   * classes of its own, and an error of one must be known to the other. Of an error in a thread the fields arrive, and
   * not the class: a diagnosis is enough for the base.
   */
  static override [Symbol.hasInstance](value: unknown): boolean {
    if (!(value instanceof Error) || !('diagnosis' in value)) return false
    // biome-ignore lint/complexity/noThisInStatic: a subclass is asked for itself.
    if (this === DiagnosedError) return true
    for (let prototype = value; prototype !== null; prototype = Object.getPrototypeOf(prototype))
      // biome-ignore lint/complexity/noThisInStatic: a subclass is asked for its own name.
      if (prototype.constructor.name === this.name) return true
    return false
  }

  constructor(diagnosis: Diagnosis, options?: ErrorOptions) {
    const { where, expected, actual, remedy } = diagnosis
    super(
      `${where}: expected ${expected}, found ${actual}; ${remedy}${remedy.endsWith('?') ? '' : '.'}`,
      options,
    )
    this.diagnosis = diagnosis
  }
}

/** Thrown when a package is not installed that only some of the work needs. */
export class MissingLibraryError extends DiagnosedError {
  override readonly name = 'MissingLibraryError'
}

/** What an error says, whatever was thrown. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
