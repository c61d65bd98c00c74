import type { Failure } from '../checks/check.ts'

/** One thing that a database does otherwise than it should. */
export interface BehaviourFailure extends Failure {
  /** Which check saw it. */
  readonly check: string
}

/** A failure as one line for a person. */
export function renderFailure({ check, object, expected, actual }: BehaviourFailure): string {
  return `${object} (${check}): expected ${expected}, found ${actual}`
}
