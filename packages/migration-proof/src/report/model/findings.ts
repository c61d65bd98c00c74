import { z } from 'zod'
import { record, run } from './common.ts'

const evidence = record({ ran: z.string(), happened: z.string() })

const finding = record({
  code: z.string().describe('never changes once it is released'),
  severity: z.enum(['error', 'warning', 'note']),
  reason: z.string(),
  remedy: z.string(),
  source: z.string().describe('the URL of a page that explains it'),
  object: z.string().describe('a table, `table.column`, index, statement or migration'),
  evidence: z.array(evidence).min(1),
  waived: z.string().nullable().describe('why it is accepted; null where it is not'),
})

const waiver = record({ code: z.string(), objects: z.array(z.string()), reason: z.string() })

export const findings = record({
  ...run,
  engineVersion: z.string().describe('the SQLite that everything was tried on'),
  findings: z.array(finding),
  untriedTables: z.array(z.string()).describe('tables that take none of the rows that can be made up'),
  unusedWaivers: z.array(waiver),
}).describe('the weaknesses of the schema, each with what happened when it was tried')
