import { z } from 'zod'
import { outcome, place, record, run } from './common.ts'

const problem = record({
  rule: z.string().describe('short and stable: `migration-edited`'),
  object: z.string(),
  ...place,
  expected: z.string(),
  actual: z.string(),
  why: z.string().describe('why it matters'),
  remedy: z.string().describe('the command or the action that fixes it'),
  outcome: outcome.describe('`failed` stops the release; `passed` is only told'),
})

export const gate = record({
  ...run,
  base: z.string().nullable().describe('the branch, tag or commit that it was compared with'),
  baseConfig: z
    .enum(['loaded', 'none', 'failed'])
    .nullable()
    .describe('what became of the config of the base; without one, its ledger alone was read'),
  harnessVersion: z.string().describe('the version of migration-proof that judged both'),
  problems: z.array(problem),
}).describe('what stands between the change and its release')
