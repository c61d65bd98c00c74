import { imagesPerSecond } from './render.ts'
import type { JobResult } from './run-job.ts'
import type { Timing } from './run-jobs.ts'
import type { CrashSummary } from './summary.ts'

interface SweepOutcome {
  readonly seed: number
  readonly results: readonly JobResult[]
  readonly timing: Timing
  readonly summary: CrashSummary
  /** The folders of the cases that were kept, by their ids. */
  readonly kept?: ReadonlyMap<string, string>
}

/** What a sweep found, as data: of each image and of each part only how many there are. */
export function toJson({ seed, results, timing, summary, kept }: SweepOutcome) {
  const { images, bad, hash, points, faults, cases } = summary
  return {
    seed,
    images,
    bad,
    hash,
    points,
    faults,
    imagesPerSecond: imagesPerSecond(summary, timing),
    ...timing,
    cases: cases.map((found) => ({ ...found, kept: kept?.get(found.id) ?? null })),
    parts: results.map(({ job, images: ofPart, bad: badOfPart, ...counts }) => ({
      ...job,
      ...counts,
      images: ofPart.length,
      bad: badOfPart.length,
    })),
  }
}
