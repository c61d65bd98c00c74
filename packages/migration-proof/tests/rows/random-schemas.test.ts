/**
 * Goal: for any schema, every row that is called valid is accepted, and every row that is called invalid is refused by
 * the constraint that its label names and by nothing else: without that constraint, it is accepted.
 */
import { describe, it } from 'vitest'
import { checkDrawnRows, checkFoundRows } from './random-schemas.ts'

describe('rows for a random schema', () => {
  it('are accepted, or refused by the constraint that they name alone', () => {
    checkFoundRows({ numRuns: 12, seed: 16 })
  })

  it('are so, too, when they are drawn', () => {
    checkDrawnRows({ numRuns: 8, seed: 16 })
  })
})
