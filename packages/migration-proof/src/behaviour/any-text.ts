import * as fc from 'fast-check'

const LONGEST = 12

/** What people take for one character, though Unicode takes several for it. */
const clusters = ['e\u0301', '👩‍🚀', '🇩🇪', '👋🏽', 'नि', '각', 'ש\u05c1', '\r\n', '1️⃣']

/**
 * Up to twelve characters of all of Unicode. fast-check's own strings say the same, but wrap each character several
 * times; and its unit `binary` takes a second to build its table.
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
  // Between them are halves of surrogate pairs, which are no characters.
  return String.fromCodePoint(kind < 7 ? random.nextInt(0, 0xd7_ff) : random.nextInt(0xe0_00, 0x10_ff_ff))
}

/** The first half, and the text without each of its characters. */
function* shorterTexts(characters: readonly string[]): IterableIterator<string> {
  if (characters.length > 2) yield characters.slice(0, characters.length / 2).join('')
  for (const place of characters.keys()) yield characters.toSpliced(place, 1).join('')
}

export const anyText: fc.Arbitrary<string> = new AnyText()
