import { z } from 'zod'
import { count, milliseconds, record, run, version } from './common.ts'

export const engines = record({
  source: z.string().describe('the page of which this was read; tests keep it true'),
  minimum: z.array(
    record({
      migration: z.string(),
      oldest: z.string().describe('the oldest SQLite on which it works'),
      limit: z.string().describe('what stops an older one'),
    }),
  ),
  tried: z.array(record({ sqlite: z.string(), origin: z.string() })),
}).describe('the engines that the migrations were run on')

const property = record({
  name: z.string(),
  seed: z.int(),
  runs: count,
  rows: count,
  outcome: run.outcome,
  failures: z.array(z.string()),
  repeat: z.string().describe('the command that tries the same again'),
  durationMilliseconds: milliseconds,
})

export const fuzz = record({ ...run, version, rows: count, properties: z.array(property) }).describe(
  'random rows against an independent model',
)
