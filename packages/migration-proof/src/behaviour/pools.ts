import * as fc from 'fast-check'
import type { SqlValue } from '../sql/connection.ts'
import type { Affinity } from './table-model.ts'

const LONGEST = 12

/** What readers see as one character, though it is several Unicode code points. */
const clusters = ['e\u0301', '👩‍🚀', '🇩🇪', '👋🏽', 'नि', '각', 'ש\u05c1', '\r\n', '1️⃣']

/**
 * Up to twelve characters of all of Unicode. fast-check's own strings cover the same, but wrap each character several
 * times, and its unit `binary` takes a second to build its table.
 */
class AnyText extends fc.Arbitrary<string> {
  override generate(random: fc.Random): fc.Value<string> {
    let text = ''
    for (let left = random.nextInt(0, LONGEST); left > 0; left--) text += anyCharacter(random)
    return new fc.Value(text, undefined)
  }

  override canShrinkWithoutContext(value: unknown): value is string {
    return typeof value === 'string'
  }

  override shrink(text: string): fc.Stream<fc.Value<string>> {
    return fc.stream(shorterTexts([...text])).map((shorter) => new fc.Value(shorter, undefined))
  }
}

function anyCharacter(random: fc.Random): string {
  const kind = random.nextInt(0, 7)
  if (kind < 4) return String.fromCodePoint(random.nextInt(0x20, 0x7e))
  if (kind === 4) return clusters[random.nextInt(0, clusters.length - 1)] ?? ''
  // Between them are surrogates, which are not characters.
  return String.fromCodePoint(kind < 7 ? random.nextInt(0, 0xd7_ff) : random.nextInt(0xe0_00, 0x10_ff_ff))
}

/** The first half, and the text without each of its characters. */
function* shorterTexts(characters: readonly string[]): IterableIterator<string> {
  if (characters.length > 2) yield characters.slice(0, characters.length / 2).join('')
  for (const position of characters.keys()) yield characters.toSpliced(position, 1).join('')
}

export const anyText: fc.Arbitrary<string> = new AnyText()

/** The second around which rows expire: 2023-11-14 22:13:20 UTC. */
const CUTOFF = 1_700_000_000n

const SMALLEST = -(2n ** 63n)
const LARGEST = 2n ** 63n - 1n
const BEYOND_DOUBLE = 2n ** 53n + 1n

/** Seconds just before, at and after the cutoff, and far from it, including integers that no double can represent. */
const seconds = fc.constantFrom(
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

/** Dates and times in UTC as SQLite's `datetime` writes them. */
export const dateTimes = ['2025-11-25 08:30:00', '2025-11-25 08:30:01', '2023-11-14 22:13:20']

/** Each number, and its neighbours. */
export function cutoffsAround(numbers: readonly bigint[]): fc.Arbitrary<bigint> {
  return fc.constantFrom(...new Set(numbers.flatMap((number) => [number - 1n, number, number + 1n])))
}

const counts = fc.oneof(
  { weight: 4, arbitrary: fc.bigInt(0n, 5n) },
  { weight: 1, arbitrary: fc.constantFrom(BEYOND_DOUBLE, LARGEST, SMALLEST, -1n) },
)

/** Small row numbers, so that they collide; not the largest, after which no number would be left. */
export const rowNumbers = fc.oneof(fc.bigInt(1n, 12n), fc.constantFrom(-1n, 0n, BEYOND_DOUBLE))

/** Text as people and programs write it, and malformed text. */
const texts = fc.oneof(
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

const bytes = [[], [0], [0x6b], [0xff, 0x00, 0xfe], [0x31, 0x32]].map((each) => new Uint8Array(each))

/** Any values of a type. */
export function valuesOfType(affinity: Affinity): fc.Arbitrary<SqlValue> {
  if (affinity === 'TEXT') return texts
  if (affinity === 'REAL') return fc.constantFrom(0.5, 4.25, -1.5, 1e300, 2 ** -30)
  return affinity === 'INTEGER' || affinity === 'NUMERIC' ? counts : fc.constantFrom(...bytes)
}

/** Keys from a small pool, so that they collide; some differ only in case, a space or NUL. */
export function keys(names: readonly string[]): fc.Arbitrary<string> {
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

/** Mostly typical text of the column, sometimes any text. */
export function mostly(names: readonly string[]): fc.Arbitrary<string> {
  return fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...names) }, { weight: 1, arbitrary: texts })
}

/** What a column may be declared to hold. */
export const kinds: Readonly<Record<'seconds' | 'date-time' | 'json', fc.Arbitrary<SqlValue>>> = {
  seconds,
  /** As SQLite's `datetime` writes them, and as RFC 3339 does. */
  'date-time': fc.oneof(
    {
      weight: 3,
      arbitrary: fc.constantFrom(...dateTimes),
    },
    { weight: 1, arbitrary: mostly(['2025-11-25T08:30:00.123Z', '2025-11-25T09:30:00+01:00']) },
  ),
  /** Of every size: empty, nested, and larger than a page of the database. */
  json: fc.oneof(
    { weight: 6, arbitrary: mostly(['{}', '[]', '{"kind":"note","text":"שלום 👋","langs":["he"]}']) },
    { weight: 1, arbitrary: fc.constant(`{"text":"${'long '.repeat(1_000)}"}`) },
  ),
}
