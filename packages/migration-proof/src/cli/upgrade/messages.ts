import type { Diagnosis } from '../../errors.ts'
import { DiagnosedError } from '../../errors.ts'
import { noteLateStatement } from '../../migrator/late-statements.ts'
import type { Problem } from '../../problem.ts'
import { UpgradeNotProvenError } from '../../upgrade/errors.ts'
import type { Preview, ProofLevel, UpgradeEvent, UpgradeReport } from '../../upgrade/model.ts'
import { stackOf } from '../errors.ts'
import { explainError } from '../explain-error.ts'
import type { Subject } from '../subject.ts'

/** An error of the worker, thrown in the main thread under its own name. */
class ReceivedError extends DiagnosedError {
  override readonly name: string

  constructor({ name, diagnosis, stack }: SentError) {
    super(diagnosis)
    this.name = name
    if (stack !== undefined) this.stack = stack
  }
}

/**
 * Explains an error in the thread that threw it: another one knows neither its class nor whether migrations have read rows.
 *
 * @param command the name of the command
 */
export function sendError(error: unknown, command: string): SentError {
  const { name, message, diagnosis } = explainError(error, [command])
  return {
    name,
    message,
    diagnosis,
    stack: error instanceof Error ? stackOf(error) : undefined,
    problems: error instanceof UpgradeNotProvenError ? error.problems : [],
  }
}

export function receiveError(sent: SentError): Error {
  return new ReceivedError(sent)
}

/** Remembers in this thread a late statement that was refused in another one. */
export function noteSentLateStatement(sent: SentError): void {
  noteLateStatement(new ReceivedError(sent))
}

/** The task of the worker. */
export interface UpgradeTask {
  readonly configFile: string
  readonly path: string
  /** The folder for the backup; null for none. */
  readonly backupFolder: string | null
  /** The folder in which the upgrade is only tried; null for the real one. */
  readonly rehearsalFolder: string | null
  readonly level: ProofLevel
  /** Takes another application's database for version 0. */
  readonly adopt: boolean
  /** One 32-bit number: other than 0 once the work is to stop. */
  readonly stop: SharedArrayBuffer
}

/** What the worker sends. The last message is `done` or `failed`. */
export type UpgradeMessage =
  | { readonly kind: 'subject'; readonly subject: Subject }
  | { readonly kind: 'preview'; readonly preview: Preview }
  | { readonly kind: 'event'; readonly event: UpgradeEvent }
  /** A statement of a migration that had returned already. */
  | { readonly kind: 'late'; readonly error: SentError }
  /** A folder of this run that could not be removed. */
  | { readonly kind: 'left'; readonly path: string }
  /** Without a report, there was nothing to do. */
  | { readonly kind: 'done'; readonly report: UpgradeReport | null }
  | { readonly kind: 'failed'; readonly error: SentError }

/** An error as it travels between threads, which lose its class. */
export interface SentError {
  readonly name: string
  readonly message: string
  readonly stack: string | undefined
  readonly diagnosis: Diagnosis
  /** What was not proven. */
  readonly problems: readonly Problem[]
}
