import * as fc from 'fast-check'
import { anyText } from './any-text.ts'

/** The second around which rows expire: 2023-11-14 22:13:20 UTC. */
const CUTOFF = 1_700_000_000n

const SMALLEST = -(2n ** 63n)
const LARGEST = 2n ** 63n - 1n
const BEYOND_DOUBLE = 2n ** 53n + 1n

/** Seconds just before, at and after the cutoff, and far from it: integers that no double can hold, too. */
export const seconds = fc.constantFrom(
  CUTOFF - 1n,
  CUTOFF,
  CUTOFF + 1n,
  CUTOFF - 86_400n,
  CUTOFF + 86_400n,
  0n,
  -1n,
  BEYOND_DOUBLE,
  LARGEST,
  SMALLEST,
)

/** Seconds at which rows are purged. */
export const cutoffs = fc.constantFrom(CUTOFF - 1n, CUTOFF, CUTOFF + 1n, 0n, BEYOND_DOUBLE, LARGEST)

export const counts = fc.oneof(
  { weight: 4, arbitrary: fc.bigInt(0n, 5n) },
  { weight: 1, arbitrary: fc.constantFrom(BEYOND_DOUBLE, LARGEST, SMALLEST, -1n) },
)

export const flags = fc.constantFrom(0n, 1n)

/** Small numbers for rows, so that they meet; not the largest, after which no number is left to give. */
export const rowNumbers = fc.oneof(fc.bigInt(1n, 12n), fc.constantFrom(-1n, 0n, BEYOND_DOUBLE))

/** Text as people and programs write it, and as neither should. */
export const texts = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      '',
      'a',
      'A',
      'a ',
      ' a',
      'é',
      'e\u0301',
      'שלום',
      'مرحبا',
      '👩‍🚀',
      'a\u0000b',
      '\u0000',
      '\uffff',
      "it's",
      '"; DROP TABLE record; --',
      '12',
      '1.50',
      '-0',
      'NULL',
      '9007199254740993',
      'a\nb',
      '\ufeffa',
    ),
  },
  { weight: 2, arbitrary: anyText },
)

/** Keys from a small pool, so that they meet; those that differ only in case, space or NUL among them. */
export function keys(...names: readonly string[]): fc.Arbitrary<string> {
  return fc.constantFrom(
    ...names,
    ...names.map((name) => `${name}-2`),
    'k',
    'K',
    'k ',
    'k\u0000',
    '',
    '1',
    '01',
  )
}

/** Mostly the text that the column is for, sometimes any text. */
export function mostly(...names: readonly string[]): fc.Arbitrary<string> {
  return fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...names) }, { weight: 1, arbitrary: texts })
}
