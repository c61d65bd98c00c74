import { z } from 'zod'
import { count, milliseconds, record, run, version } from './common.ts'

const journalMode = z.string().describe('`wal` or `delete`')

const badCase = record({
  id: z.string().describe('what `crash --replay` takes'),
  defect: z.string(),
  detail: z.string(),
  kept: z.string().nullable().describe('the folder in which the image was kept'),
})

const part = record({
  kind: z.enum(['power-loss', 'second-power-loss', 'disk-faults']),
  path: z.string().describe('the snapshot that was upgraded, or `fresh`'),
  journalMode,
  seed: count,
  effort: z.string(),
  unitBytes: count.optional(),
  points: count,
  images: count,
  faults: count,
  refused: count.describe('after how many faults the upgrade reported an error'),
  reruns: count,
  bad: count,
  durationMilliseconds: milliseconds,
})

const operation = record({
  kind: z.enum(['create', 'write', 'truncate', 'sync', 'unlink', 'sync-directory', 'acknowledge']),
  file: z.string().nullable(),
  bytes: count.nullable().describe('how many were written'),
  text: z.string().describe('the operation in words'),
})

const crashPoint = record({
  afterOperation: count.describe('how many operations were done when the power failed'),
  images: count.describe('how many disks it may have left'),
  versions: z.array(record({ version, images: count })),
  bad: count,
})

export const timeline = record({
  path: z.string(),
  journalMode,
  seed: count,
  unitBytes: count,
  operations: z.array(operation),
  points: z.array(crashPoint).min(1),
}).describe('one upgrade as the disk saw it, and what a power failure after each operation leaves')

export const crash = record({
  ...run,
  seed: count,
  images: count,
  bad: count,
  hash: z.string().describe('of all images: the same for the same seed'),
  points: count,
  faults: count,
  imagesPerSecond: z.number().min(0),
  imagesMilliseconds: milliseconds,
  totalMilliseconds: milliseconds,
  threads: count,
  cases: z.array(badCase),
  parts: z.array(part),
  timeline: timeline.nullable(),
}).describe('what is left when the power or the disk fails')
