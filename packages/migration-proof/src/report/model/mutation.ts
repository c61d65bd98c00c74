import { z } from 'zod'
import { count, milliseconds, record, run } from './common.ts'

const operator = record({
  operator: z.string(),
  mutants: count,
  kills: z.record(z.string(), count.nullable()).describe('by check; null for a check that did not run'),
})

const check = record({
  check: z.string(),
  judged: count,
  kills: count,
  killedAlone: z.array(z.string()).describe('mutants that no other check killed'),
  milliseconds,
  keptBecause: z.string(),
})

export const mutation = record({
  ...run,
  mutants: count,
  behaviourRate: z
    .number()
    .min(0)
    .max(1)
    .describe('what the behaviour check killed of what it can see, of one'),
  survivors: z.array(record({ id: z.string(), fault: z.string(), wouldBeKilledBy: z.string() })),
  operators: z.array(operator),
  checks: z.array(check),
  equivalents: z.array(record({ reason: z.string(), mutants: z.array(z.string()) })),
  wrongEquivalents: z.array(z.string()),
}).describe('which planted faults the suite saw')
