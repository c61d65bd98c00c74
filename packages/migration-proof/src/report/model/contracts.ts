import { z } from 'zod'
import { record, run, version } from './common.ts'

const planStep = record({
  table: z.string(),
  access: z.enum(['search', 'scan']),
  index: z.string().nullable(),
  covering: z.boolean(),
  usesTransientIndex: z.boolean(),
  usesTempBTree: z.boolean(),
})

const contract = record({
  name: z.string(),
  table: z.string(),
  since: version,
  sql: z.string(),
  expected: z.string().describe('how SQLite must find the rows'),
  reason: z.string().nullable().describe('why a scan or a sort is accepted'),
  plan: z.array(planStep).describe('how SQLite finds them'),
  failure: z.string().nullable().describe('what SQLite does instead; null where the contract is kept'),
})

export const contracts = record({
  ...run,
  version,
  engineVersion: z.string(),
  contracts: z.array(contract),
}).describe('the statements of the application, and the query plan of each')
