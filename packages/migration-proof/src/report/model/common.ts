import { z } from 'zod'

/** An object that holds these fields and no others. */
export const record = z.strictObject

export const outcome = z.enum(['passed', 'failed'])
export const count = z.int().min(0)
export const version = z.int().min(0)
export const milliseconds = z.number().min(0).describe('a duration in milliseconds')

/** What every part that was run tells of itself. */
export const run = {
  outcome,
  durationMilliseconds: milliseconds,
  limitedTo: z
    .string()
    .min(1)
    .nullable()
    .describe('what alone was tried, as "the mutants of version 7"; null where all was'),
}

export const place = {
  file: z.string().nullable().describe('a path from the folder of the project, with slashes'),
  line: z.int().min(1).nullable().describe('counted from 1'),
}
