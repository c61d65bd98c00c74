import { type JournalMode, journalModes } from '../../faults/upgrade.ts'
import type { Suite } from '../../proof/suite.ts'

/** How much is tried. */
export type Effort = 'full' | 'exhaustive'

/** The path of a new install, which has no file yet. */
export const freshPath = 'fresh'

interface JobOfPath {
  /** The snapshot that the upgrade starts from, or `freshPath`. */
  readonly path: string
  readonly journalMode: JournalMode
  readonly seed: number
  readonly effort: Effort
}

/** A piece of the sweep that one thread does by itself. */
export type Job =
  | (JobOfPath & { readonly kind: 'power-loss' | 'second-power-loss'; readonly unitBytes: number })
  | (JobOfPath & { readonly kind: 'disk-faults' })

/** Sectors of old disks, and of newer ones. */
const unitSizesBytes: readonly number[] = [512, 4096]

/** The paths of a suite: a new install, and every snapshot. */
export function listPaths(suite: Suite): string[] {
  return [freshPath, ...suite.snapshots.map(({ name }) => name)]
}

/** The pieces of a sweep over some paths: first those that count images, then those of the disk that fails. */
export function listJobs(paths: readonly string[], seed: number, effort: Effort): Job[] {
  const seeds = effort === 'exhaustive' ? [seed, seed + 1, seed + 2] : [seed]
  const starts = paths.flatMap((path) => journalModes.map((journalMode) => ({ path, journalMode, effort })))
  const losses = starts.flatMap((start) =>
    seeds.flatMap((ofJob) =>
      unitSizesBytes.map((unitBytes) => ({ ...start, kind: 'power-loss' as const, seed: ofJob, unitBytes })),
    ),
  )
  const seconds = starts.map((start) => ({
    ...start,
    kind: 'second-power-loss' as const,
    seed,
    unitBytes: 512,
  }))
  const faults = starts.map((start) => ({ ...start, kind: 'disk-faults' as const, seed }))
  return [...losses, ...seconds, ...faults]
}
