/** One thing that a database does otherwise than it should. */
export interface BehaviourFailure {
  /** Which check saw it. */
  readonly check: string
  /** The table, column or index, such as `invoice.paid_at`. */
  readonly object: string
  readonly expected: string
  readonly actual: string
}

/** A failure as one line for a person. */
export function renderFailure({ check, object, expected, actual }: BehaviourFailure): string {
  return `${object} (${check}): expected ${expected}, found ${actual}`
}
