/** Findings that are accepted, and why. A waiver that waives nothing is itself a failure. */
export interface Waiver {
  /** The code of the rule, such as `pk-nullable`. */
  readonly code: string
  /** The objects of the findings, as they are shown. */
  readonly objects: readonly string[]
  readonly reason: string
}

/** Mutants that nothing can tell from the original, named by hand. */
export interface EquivalentMutants {
  readonly reason: string
  readonly mutants: readonly string[]
}
