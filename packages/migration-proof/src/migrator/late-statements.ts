import type { DiagnosedError } from '../errors.ts'

/** By their sentences, so that each migration is named once. */
const refused = new Map<string, DiagnosedError>()

type Listener = (error: DiagnosedError) => void

let listen: Listener = () => {}

/** Remembers a statement that was refused because its migration had returned. Its own code may swallow the error. */
export function noteLateStatement(error: DiagnosedError): void {
  if (refused.has(error.message)) return
  refused.set(error.message, error)
  listen(error)
}

/**
 * What was refused after its migration had returned, the first of each migration. What ran before it can have been
 * proven without that statement.
 */
export function lateStatements(): readonly DiagnosedError[] {
  return [...refused.values()]
}

/** Calls back when a late statement is refused, in a thread that does not outlive it. */
export function onLateStatement(listener: Listener): void {
  listen = listener
}
