import { type JournalMode, journalModes } from '../../faults/upgrade.ts'
import type { Suite } from '../../proof/suite.ts'

/** How many cases are tried. */
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

/** A part of the sweep that one thread does on its own. */
export type Job =
  | (JobOfPath & { readonly kind: 'power-loss' | 'second-power-loss'; readonly unitBytes: number })
  | (JobOfPath & { readonly kind: 'disk-faults' })

/** Sector sizes of old and newer disks. */
const unitSizesBytes: readonly number[] = [512, 4096]

/** The paths of a suite: a new install, and every snapshot. */
export function listPaths(suite: Suite): string[] {
  return [freshPath, ...suite.snapshots.map(({ name }) => name)]
}

/** The jobs of a sweep over some paths: first the power losses, then the disk faults. */
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
