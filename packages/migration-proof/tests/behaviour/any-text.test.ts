// Goal: text is drawn from all of Unicode, whole characters only, and one that fails is made as short as it can be.
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anyText } from '../../src/behaviour/pools.ts'

const sample = fc.sample(anyText, { seed: 1, numRuns: 2_000 })
const codes = sample.flatMap((text) => [...text].map((character) => character.codePointAt(0) ?? -1))

/** The simplest text that a statement about texts does not hold for. */
function simplest(holds: (text: string) => boolean): string | undefined {
  const { counterexample } = fc.check(fc.property(anyText, holds), { seed: 1, numRuns: 2_000 })
  return counterexample?.[0]
}

describe('any text', () => {
  it('is sometimes empty, and of a dozen characters at most, of which some take several code points', () => {
    const lengths = sample.map((text) => [...new Intl.Segmenter().segment(text)].length)
    expect(Math.min(...lengths)).toBe(0)
    expect(Math.max(...lengths)).toBe(12)
    expect(sample.join('')).toContain('👩‍🚀')
  })

  it('reaches every plane of Unicode, and holds no half of a character', () => {
    expect(new Set(codes.map((code) => code >> 16)).size).toBe(17)
    expect(codes.filter((code) => code >= 0xd8_00 && code <= 0xdf_ff)).toEqual([])
  })

  it('that fails is cut down to the characters that make it fail', () => {
    expect(simplest((text) => !text.includes('A'))).toBe('A')
    expect([...(simplest((text) => [...text].length < 7) ?? '')]).toHaveLength(7)
  })
})
