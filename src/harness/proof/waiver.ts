/** Findings that are accepted, and why. A waiver that waives nothing is itself a failure. */
export interface Waiver {
  /** The code of the rule, such as `pk-nullable`. */
  readonly code: string
  /** The objects of the findings, as they are shown. */
  readonly objects: readonly string[]
  readonly reason: string
}
