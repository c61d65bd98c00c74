import type { SchemaObject } from './model.ts'

/** One way in which two schemas are not the same. */
export interface Difference {
  readonly object: SchemaObject
  /** What of the object, in words that stay the same: `column client_name: not null`. */
  readonly aspect: string
  readonly kind: 'missing' | 'extra' | 'different'
  readonly expected: string
  readonly actual: string
}

/** A difference before it is known of which object. */
export type Deviation = Omit<Difference, 'object'>

/** The aspect of a difference that is about a whole object. */
export const wholeObject = 'existence'

/** Whether it is a whole table, index, trigger or view that was not expected. */
export function isExtraObject({ kind, aspect }: Difference): boolean {
  return kind === 'extra' && aspect === wholeObject
}

/** What a difference shows where there is nothing. */
const nothing = 'none'

export function missing(aspect: string, expected: string): Deviation {
  return { aspect, kind: 'missing', expected, actual: nothing }
}

export function extra(aspect: string, actual: string): Deviation {
  return { aspect, kind: 'extra', expected: nothing, actual }
}

/** One deviation where the two texts are not the same, none where they are. */
export function compare(aspect: string, expected: string | null, actual: string | null): Deviation[] {
  if (expected === actual) return []
  return [{ aspect, kind: 'different', expected: expected ?? nothing, actual: actual ?? nothing }]
}

/** The same for something that is there or not, and the words for both. */
export function compareFlag(
  aspect: string,
  expected: boolean,
  actual: boolean,
  [yes, no]: readonly [yes: string, no: string],
): Deviation[] {
  return compare(aspect, expected ? yes : no, actual ? yes : no)
}
