import type { SchemaObject } from './model.ts'

/** One difference between two schemas. */
export interface Difference {
  readonly object: SchemaObject
  /** The property of the object, in stable words: `column client_name: not null`. */
  readonly aspect: string
  readonly kind: 'missing' | 'extra' | 'different'
  readonly expected: string
  readonly actual: string
}

/** A difference without its object. */
export type Deviation = Omit<Difference, 'object'>

/** The aspect of a difference that is about a whole object. */
export const wholeObject = 'existence'

/** Whether it is an unexpected table, index, trigger or view. */
export function isExtraObject({ kind, aspect }: Difference): boolean {
  return kind === 'extra' && aspect === wholeObject
}

/** What a difference shows for something that does not exist. */
const nothing = 'none'

export function missing(aspect: string, expected: string): Deviation {
  return { aspect, kind: 'missing', expected, actual: nothing }
}

export function extra(aspect: string, actual: string): Deviation {
  return { aspect, kind: 'extra', expected: nothing, actual }
}

/** One deviation if the two texts differ, otherwise none. */
export function compare(aspect: string, expected: string | null, actual: string | null): Deviation[] {
  if (expected === actual) return []
  return [{ aspect, kind: 'different', expected: expected ?? nothing, actual: actual ?? nothing }]
}

/** The same for a flag, with the words for true and false. */
export function compareFlag(
  aspect: string,
  expected: boolean,
  actual: boolean,
  [yes, no]: readonly [yes: string, no: string],
): Deviation[] {
  return compare(aspect, expected ? yes : no, actual ? yes : no)
}
