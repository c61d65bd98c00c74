import type { Equivalent } from '../harness/mutation/model.ts'

/** Mutants that nothing can tell from the original. Each was looked at by a person. */
export const equivalentMutants: readonly Equivalent[] = []
