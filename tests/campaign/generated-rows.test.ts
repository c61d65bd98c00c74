// Goal: thousands of schemas that no run before had, each with rows: the seeds go on from night to night.
import { expect, it } from 'vitest'
import { checkDrawnRows, checkFoundRows } from '../../packages/migration-proof/tests/rows/random-schemas.ts'

const count = Number(process.env.ROWS_SCHEMAS ?? 2_000)
const seed = Number(process.env.ROWS_SEED ?? Math.floor(Date.now() / 86_400_000))

it(`the rows that are found for ${count} random schemas are as they say, from seed ${seed}`, () => {
  expect(() => checkFoundRows({ numRuns: count, seed })).not.toThrow()
})

it(`so are those that are drawn for ${Math.ceil(count / 4)}, from seed ${seed}`, () => {
  expect(() => checkDrawnRows({ numRuns: Math.ceil(count / 4), seed })).not.toThrow()
})
