import { DiagnosedError, type Diagnosis } from '../../errors.ts'

/** Why a task could not be run to its end, or why what it did is no proof. */
export type BridgeFailure =
  | 'late-statement'
  | 'late-error'
  | 'never-settles'
  | 'time-limit'
  | 'other-connection'
  | 'other-driver'
  | 'not-supported'
  | 'process-end'
  | 'not-an-error'
  | 'not-sendable'
  | 'open-transaction'
  | 'no-task'

/** Thrown where asynchronous code does what no run of a history can follow. */
export class BridgeError extends DiagnosedError {
  override readonly name = 'BridgeError'
  readonly reason: BridgeFailure

  constructor(reason: BridgeFailure, diagnosis: Diagnosis, options?: ErrorOptions) {
    super(diagnosis, options)
    this.reason = reason
  }
}

/** What is wrong, without the task that it is about: only the thread of the harness knows its name. */
export interface Refusal extends Omit<Diagnosis, 'where'> {
  readonly reason: BridgeFailure
}
