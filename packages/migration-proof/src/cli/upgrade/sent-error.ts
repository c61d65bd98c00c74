import { DiagnosedError } from '../../errors.ts'
import { noteLateStatement } from '../../migrator/late-statements.ts'
import { UpgradeNotProvenError } from '../../upgrade/errors.ts'
import { stackOf } from '../stack-of.ts'
import type { SentError } from './messages.ts'

/** An error of the worker, thrown again in the main thread under its own name. */
class ReceivedError extends DiagnosedError {
  override readonly name: string

  constructor({
    name,
    diagnosis,
    stack,
  }: SentError & { readonly diagnosis: NonNullable<SentError['diagnosis']> }) {
    super(diagnosis)
    this.name = name
    if (stack !== undefined) this.stack = stack
  }
}

export function sendError(error: unknown): SentError {
  const known = error instanceof Error ? error : new Error(String(error))
  return {
    name: known.name,
    message: known.message,
    stack: stackOf(known),
    diagnosis: known instanceof DiagnosedError ? known.diagnosis : null,
    failures: known instanceof UpgradeNotProvenError ? known.failures : [],
  }
}

export function receiveError(sent: SentError): Error {
  const { diagnosis } = sent
  if (diagnosis !== null) return new ReceivedError({ ...sent, diagnosis })
  const error = new Error(sent.message)
  error.name = sent.name
  if (sent.stack !== undefined) error.stack = sent.stack
  return error
}

/** Remembers in this thread a late statement that was refused in another one. */
export function noteSentLateStatement(sent: SentError): void {
  const error = receiveError(sent)
  if (error instanceof DiagnosedError) noteLateStatement(error)
}
