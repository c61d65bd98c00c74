import { z } from 'zod'
import { milliseconds, outcome, record, run, version } from './common.ts'

const failure = record({
  object: z.string().describe('what it is about: `table note`, `row 12 of note`'),
  expected: z.string(),
  actual: z.string(),
  firstDivergingVersion: version
    .optional()
    .describe('the migration that first led away from what was expected'),
})

const checkResult = record({
  check: z.string(),
  outcome,
  failures: z.array(failure),
  durationMilliseconds: milliseconds,
})

const upgradeProof = record({
  snapshot: z.string(),
  from: version,
  to: version,
  outcome,
  checks: z.array(checkResult),
})

export const upgrades = record({
  ...run,
  checks: z.array(
    record({
      name: z.string(),
      proves: z.string().describe('the end of the sentence "The upgraded database …"'),
    }),
  ),
  snapshots: z.array(upgradeProof),
}).describe('what the upgrade of every snapshot proved')
