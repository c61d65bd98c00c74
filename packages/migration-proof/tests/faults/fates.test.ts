// Goal: where few effects are pending every combination is tried, where many are, the revealing ones, and chance
// adds others that the seed repeats.
import { describe, expect, it } from 'vitest'
import { chooseFates, type Fates, subsetLimit } from '../../src/faults/crash-points.ts'
import { seededRandom } from '../../src/faults/random.ts'

const choose = (count: number, rounds = 2, seed = 1) => chooseFates(count, seededRandom(seed), rounds)
const onlyKeptAndLost = (fates: Fates) => fates.every((fate) => fate === 'kept' || fate === 'lost')
const asText = (fates: Fates) => fates.map((fate) => fate.charAt(0)).join('')

describe('the fates of pending effects', () => {
  it.for([1, 2, 3, 4, 5])('of %i of them are all subsets', (count) => {
    const subsets = choose(count).filter(onlyKeptAndLost).map(asText)
    expect(new Set(subsets).size).toBe(2 ** count)
  })

  it('are one where nothing is pending', () => {
    expect(choose(0)).toEqual([[]])
  })

  it.for([1, subsetLimit, subsetLimit + 1, 40])(
    'of %i of them have noise in all, and zeros in all',
    (count) => {
      const texts = choose(count).map(asText)
      expect(texts).toContain('g'.repeat(count))
      expect(texts).toContain('z'.repeat(count))
    },
  )

  it.for([subsetLimit + 1, 40])(
    'of %i of them have none, all, a beginning, all but one and only one',
    (count) => {
      const texts = choose(count, 3).map(asText)
      expect(texts).toContain('l'.repeat(count))
      expect(texts).toContain('k'.repeat(count))
      for (const shape of [/^k+l+$/, /^k*lk*$/, /^l*kl*$/, /^k*gk*$/]) {
        expect(texts.some((text) => shape.test(text))).toBe(true)
      }
    },
  )

  it('name one fate for each effect', () => {
    expect(choose(17).every(({ length }) => length === 17)).toBe(true)
  })

  it('are the same for the same seed, and others for another', () => {
    expect(choose(30)).toEqual(choose(30))
    expect(choose(30, 2, 2)).not.toEqual(choose(30))
  })

  it('of more rounds begin with those of fewer, so that a case keeps its name', () => {
    const few = choose(30, 2)
    expect(choose(30, 6).slice(0, few.length)).toEqual(few)
  })
})
