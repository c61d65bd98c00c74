import type { ImageId } from '../../faults/crash-points.ts'
import { parseImageId } from '../../faults/crash-points.ts'
import type { Fault, FaultMode } from '../../faults/fault-list.ts'
import { faultModes } from '../../faults/fault-list.ts'
import { type JournalMode, journalModes } from '../../faults/upgrade.ts'
import type { Suite } from '../../proof/suite.ts'
import { UsageError } from '../errors.ts'

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

interface CaseOfPath {
  readonly seed: number
  readonly path: string
  readonly journalMode: JournalMode
}

/** One image or one disk fault of a sweep. */
export type CrashCase =
  | (CaseOfPath & { readonly kind: 'image'; readonly unitBytes: number; readonly image: ImageId })
  | (CaseOfPath & { readonly kind: 'fault'; readonly fault: Fault })

/** The id of an image, such as `1/v2/wal/512/137.4`: seed, path, journal mode, unit and image. */
export function imageCaseId(
  { seed, path, journalMode, unitBytes }: Job & { unitBytes: number },
  image: string,
): string {
  return [seed, path, journalMode, unitBytes, image].join('/')
}

/** The id of a fault, such as `1/v2/wal/eio-once/37.2`: seed, path, journal mode, fault, call and attempts. */
export function faultCaseId({ seed, path, journalMode }: Job, { mode, at, attempts }: Fault): string {
  return [seed, path, journalMode, mode, `${at}.${attempts}`].join('/')
}

/**
 * Reads an id that a sweep printed.
 *
 * @throws {UsageError} when it is not an id
 */
export function parseCaseId(id: string): CrashCase {
  const [seedText = '', path = '', journal, unitOrMode = '', position = '', ...rest] = id.split('/')
  const journalMode = journalModes.find((mode) => mode === journal)
  if (rest.length > 0 || !isNumber(seedText) || path === '' || journalMode === undefined) throw wrongId(id)
  const ofPath = { seed: Number(seedText), path, journalMode }
  const mode = [...faultModes, 'quota' as const].find((candidate) => candidate === unitOrMode)
  if (mode !== undefined) return { ...ofPath, kind: 'fault', fault: parseFault(id, mode, position) }
  const image = parseImageId(position)
  if (!isNumber(unitOrMode) || image === null) throw wrongId(id)
  return { ...ofPath, kind: 'image', unitBytes: Number(unitOrMode), image }
}

function parseFault(id: string, mode: FaultMode | 'quota', position: string): Fault {
  const [at = '', attempts = '', ...rest] = position.split('.')
  if (!isNumber(at) || !isNumber(attempts) || rest.length > 0) throw wrongId(id)
  return { mode, at: Number(at), attempts: Number(attempts) }
}

function isNumber(text: string): boolean {
  return /^\d+$/.test(text)
}

function wrongId(id: string): UsageError {
  return new UsageError({
    where: '--replay',
    expected: 'an id that crash printed, such as 1/v2/wal/512/137.4',
    actual: `'${id}'`,
    fix: 'copy the id of the failure',
  })
}
