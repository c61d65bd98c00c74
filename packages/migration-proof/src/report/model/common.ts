import { z } from 'zod'
import { subjectTypes } from '../../problem.ts'

/** An object that holds these fields and no others. */
export const record = z.strictObject

export const outcome = z.enum(['passed', 'failed'])
export const count = z.int().min(0)
export const version = z.int().min(0)
export const milliseconds = z.number().min(0).describe('a duration in milliseconds')

/** What every part that was run says of itself. */
export const run = {
  outcome,
  durationMilliseconds: milliseconds,
  limitedTo: z
    .string()
    .min(1)
    .nullable()
    .describe('what alone was tried, as "the mutants of version 7"; null where all was'),
}

/** The one shape of a problem: `Problem` of `problem.ts`. */
const problem = record({
  code: z.string().describe('short and stable: a check, the code of a finding, a rule of the gate'),
  severity: z.enum(['error', 'warning', 'note']),
  status: z
    .enum(['new', 'existing', 'accepted'])
    .describe('`new` fails the run; the base has an `existing` one too; a waiver accepts it'),
  acceptedBecause: z.string().nullable().describe('the reason in the waiver; null where it is not accepted'),
  subject: record({
    type: z.enum(subjectTypes),
    name: z.string().describe('`note`, `note.text` of a column'),
    aspect: z.string().optional().describe('what of it'),
    table: z.string().optional().describe('the table that it belongs to'),
  }),
  expected: z.string(),
  actual: z.string(),
  why: z.string().describe('why it matters'),
  fix: z.string().describe('the command or the action that fixes it'),
  version: version.nullable().describe('the version whose migration caused it, where that is known'),
  seenIn: z.array(z.string()).describe('snapshots or paths'),
  location: record({
    file: z.string().describe('a path from the folder of the project, with slashes'),
    line: z.int().min(1).nullable().describe('counted from 1'),
  }).nullable(),
  source: z.string().nullable().describe('the URL of a page that explains it'),
  evidence: z.array(record({ ran: z.string(), happened: z.string() })),
})

export const problems = z.array(problem)

export const place = {
  file: z.string().nullable().describe('a path from the folder of the project, with slashes'),
  line: z.int().min(1).nullable().describe('counted from 1'),
}
