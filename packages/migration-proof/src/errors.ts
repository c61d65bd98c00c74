import { isAbsolute, relative } from 'node:path'
/** What every error of the harness says: where, what was expected, what was found, and what to do. */
export interface Diagnosis {
  /** The file, table or migration that the error is about. */
  readonly where: string
  readonly expected: string
  readonly actual: string
  /** What the reader does next. */
  readonly fix: string
}

/** Base of all errors that a user reads: its message is one sentence made from the diagnosis. */
export class DiagnosedError extends Error {
  override readonly name: string = 'DiagnosedError'
  readonly diagnosis: Diagnosis

  /**
   * Compares the names of classes: the command line and the library, which a config imports, are two bundles with
   * classes of their own, and each must recognise the errors of the other. An error that comes from a thread has kept its
   * fields and lost its class, so for the base class a diagnosis is enough.
   */
  static override [Symbol.hasInstance](value: unknown): boolean {
    if (!(value instanceof Error) || !('diagnosis' in value)) return false
    // biome-ignore lint/complexity/noThisInStatic: it differs in each subclass.
    if (this === DiagnosedError) return true
    for (let prototype = value; prototype !== null; prototype = Object.getPrototypeOf(prototype))
      // biome-ignore lint/complexity/noThisInStatic: it differs in each subclass.
      if (prototype.constructor.name === this.name) return true
    return false
  }

  constructor(diagnosis: Diagnosis, options?: ErrorOptions) {
    const { where, expected, actual, fix } = diagnosis
    super(`${where}: expected ${expected}, found ${actual}; ${fix}${fix.endsWith('?') ? '' : '.'}`, options)
    this.diagnosis = diagnosis
  }
}

/** Thrown when a package is not installed that only some of the work needs. */
export class MissingLibraryError extends DiagnosedError {
  override readonly name = 'MissingLibraryError'
}

/** Whether a package could not be loaded because it, or one that it needs, is not installed. */
export function isNotInstalled(error: unknown): boolean {
  return ['MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND'].includes(readText(error, 'code') ?? '')
}

/** The message of an error, whatever was thrown: the code of a project may throw what has none, or cannot be read. */
export function errorMessage(error: unknown): string {
  const message = readText(error, 'message')
  if (message !== null) return message
  try {
    return String(error)
  } catch {
    return 'what was thrown has no text'
  }
}

/** A text that what was thrown has in a field; null for none. A getter of it may throw by itself. */
export function readText(error: unknown, field: 'message' | 'name' | 'code' | 'stack'): string | null {
  if (typeof error !== 'object' || error === null) return null
  try {
    const value: unknown = Reflect.get(error, field)
    return typeof value === 'string' ? value : null
  } catch {
    return null
  }
}

/** Thrown where the code of a project calls what would end the process, and with it the command, without a result. */
export class ProcessEndError extends Error {
  override readonly name = 'ProcessEndError'
  /** Such as `process.exit(0)`. */
  readonly call: string

  constructor(call: string) {
    super(`the config called ${call}`)
    this.call = call
  }
}

/** The variable of the environment that shows the stacks of errors. */
export const stackVariable = 'MIGRATION_PROOF_STACK'

/** Follows the kind of an error whose message is not printed. */
export const hiddenMessage = `whose message is printed only with its stack (${stackVariable}=1), since it may hold values of rows`

/** The code of an error, or its name. The code of a project sets both freely: one of an unusual form is left out. */
export function kindOf(error: unknown): string {
  const code = (error instanceof Error ? readText(error, 'code') : null) ?? ''
  return /^(ERR_|SQLITE_|E)[A-Z0-9_]{1,50}$/.test(code) ? code : nameOf(error)
}

/** The name of an error; `Error` for one of an unusual form. */
export function nameOf(error: unknown): string {
  const name = (error instanceof Error ? readText(error, 'name') : null) ?? ''
  return /^([A-Z][A-Za-z]{0,50})?Error$/.test(name) ? name : 'Error'
}

/** The frames of a stack, without the message before them, which may look like frames. */
export function framesOf(error: unknown): string {
  if (!(error instanceof Error)) return ''
  const message = readText(error, 'message') ?? ''
  const stack = readText(error, 'stack') ?? ''
  return stack.slice(Math.max(0, stack.indexOf(message)) + message.length)
}

/** A path as a user would type it in this folder. */
export function shownPath(file: string): string {
  const path = relative(process.cwd(), file)
  return path === '' || path.startsWith('..') || isAbsolute(path) ? file : path
}
