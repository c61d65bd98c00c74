import { errorCode } from '../migrator/errors.ts'

/**
 * An error by its name, and by the code of the first of its causes that has one. Its message is not told: it
 * may quote a statement with the values in it.
 */
export function describeError(error: unknown): string {
  const name = error instanceof Error ? error.name : 'something that is no error'
  const code = codeInCauses(error)
  return code === null ? name : `${name}, ${code}`
}

/** The code of an error, or of the first of its causes that has one. */
export function codeInCauses(error: unknown): string | null {
  const code = errorCode(error)
  if (code !== null) return code
  return error instanceof Error && error.cause !== undefined ? codeInCauses(error.cause) : null
}
