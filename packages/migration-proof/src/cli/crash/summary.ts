import { createHash } from 'node:crypto'
import type { BadCase, JobResult } from './run-job.ts'

/** What a sweep found, over all its jobs. */
export interface CrashSummary {
  /** How many different images of a power loss were opened and judged. */
  readonly images: number
  /** How many images and faults were bad. */
  readonly bad: number
  /** A hash of all images in their order: the same for the same seed. */
  readonly hash: string
  /** At how many points the power failed. */
  readonly points: number
  /** How many calls of the disk failed. */
  readonly faults: number
  readonly cases: readonly BadCase[]
}

export function summarise(results: readonly JobResult[]): CrashSummary {
  const hash = createHash('sha256')
  for (const { job, images } of results) hash.update(`${JSON.stringify(job)}\n${images.join('\n')}\n`)
  const cases = results.flatMap(({ bad }) => bad)
  return {
    images: new Set(results.filter(isOfPowerLoss).flatMap(({ images }) => images)).size,
    bad: cases.length,
    hash: hash.digest('hex'),
    points: sum(results, ({ points }) => points),
    faults: sum(results, ({ faults }) => faults),
    cases,
  }
}

export function isOfPowerLoss({ job }: Pick<JobResult, 'job'>): boolean {
  return job.kind !== 'disk-faults'
}

export function sum(results: readonly JobResult[], countOf: (result: JobResult) => number): number {
  return results.reduce((total, result) => total + countOf(result), 0)
}
