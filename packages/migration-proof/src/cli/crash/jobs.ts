import type { ImageId } from '../../faults/crash-points.ts'
import { parseImageId } from '../../faults/crash-points.ts'
import type { Fault, FaultMode } from '../../faults/fault-list.ts'
import { faultModes } from '../../faults/fault-list.ts'
import { type JournalMode, journalModes } from '../../faults/upgrade.ts'
import { latestVersionOf } from '../../migrator/plan.ts'
import type { Suite } from '../../proof/suite.ts'
import { isOldest, lastOwnStep } from '../../snapshots/declaration.ts'
import { UsageError } from '../errors.ts'

/** How many cases are tried. */
export type Effort = 'full' | 'exhaustive'

/** The path of a new install, which has no file yet. */
export const freshPath = 'fresh'

interface JobOfPath {
  /** What the upgrade starts from, and where it ends if not at the latest version: see `listPaths`. */
  readonly path: string
  readonly journalMode: JournalMode
  readonly seed: number
  readonly effort: Effort
  /** Set where all migrations are in one transaction. */
  readonly transaction?: 'all'
}

/** A part of the sweep that one thread does on its own. */
export type Job =
  | (JobOfPath & { readonly kind: 'power-loss' | 'second-power-loss'; readonly unitBytes: number })
  | (JobOfPath & { readonly kind: 'disk-faults' })

/** Sector sizes of old and newer disks. */
const unitSizesBytes: readonly number[] = [512, 4096]

/**
 * The paths of a suite: `fresh` for a new install, `v2` for the upgrade of a snapshot on its whole way, `v2..3` for that to
 * version 3. A snapshot between others is upgraded only to the version of the next one, and an empty file, which a new
 * install stands for, to the oldest one with rows.
 *
 * @param everyPath whether each is upgraded on its whole way
 */
export function listPaths({ snapshots }: Suite, everyPath = false): string[] {
  const versions = snapshots.map(({ version }) => version).filter((version) => version > 0)
  const ofSnapshots = snapshots.map((snapshot) => {
    const isEmpty = snapshot.version === 0 && versions.length > 0
    const last = isEmpty ? Math.min(...versions) : lastOwnStep(snapshots, snapshot)
    return everyPath || last === undefined ? snapshot.name : `${snapshot.name}${pathEnd}${last}`
  })
  return [freshPath, ...ofSnapshots]
}

const pathEnd = '..'

/** Where a path starts, and the version at which it ends; null for the latest. */
export function readPath(path: string): { readonly start: string; readonly end: number | null } {
  const [, start, end] = /^(.+)\.\.(\d+)$/.exec(path) ?? []
  return start === undefined ? { start: path, end: null } : { start, end: Number(end) }
}

/**
 * The jobs of a sweep over some paths: first the power losses, then the disk faults.
 *
 * @param together the paths that are also upgraded in one transaction: it leaves what was there before or the latest version,
 *   so that the longest ways suffice
 */
export function listJobs(
  paths: readonly string[],
  seed: number,
  effort: Effort,
  together: readonly string[] = [],
): Job[] {
  const seeds = effort === 'exhaustive' ? [seed, seed + 1, seed + 2] : [seed]
  const starts = [
    ...paths.flatMap((path) => journalModes.map((journalMode) => ({ path, journalMode, effort }))),
    ...together.flatMap((path) =>
      journalModes.map((journalMode) => ({ path, journalMode, effort, transaction: 'all' as const })),
    ),
  ]
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

/** What one migration of a path costs a job, and what the job costs without, in milliseconds of which only the ratio counts. */
const costs: Readonly<Record<Job['kind'], { readonly base: number; readonly step: number }>> = {
  'power-loss': { base: 100, step: 400 },
  'second-power-loss': { base: 1000, step: 350 },
  'disk-faults': { base: 1000, step: 1600 },
}

/** Estimates what a job costs. In one transaction there are fewer states that a failure leaves. */
export function estimateJob({ plan, snapshots }: Pick<Suite, 'plan' | 'snapshots'>, job: Job): number {
  const { start, end } = readPath(job.path)
  const from = snapshots.find(({ name }) => name === start)?.version ?? 0
  const { base, step } = costs[job.kind]
  const steps = (end ?? latestVersionOf(plan)) - from
  return base + (job.transaction === 'all' ? step / 3 : step) * steps
}

/** The jobs of a sweep over all paths: those from nothing and from the oldest files in one transaction, too. */
export function listAllJobs(suite: Suite, seed: number, effort: Effort): Job[] {
  const { snapshots } = suite
  const oldest = snapshots.filter((snapshot) => snapshot.version > 0 && isOldest(snapshots, snapshot))
  return listJobs(listPaths(suite), seed, effort, [freshPath, ...oldest.map(({ name }) => name)])
}

interface CaseOfPath {
  readonly seed: number
  readonly path: string
  readonly journalMode: JournalMode
  readonly transaction?: 'all'
}

/** One image or one disk fault of a sweep. */
export type CrashCase =
  | (CaseOfPath & { readonly kind: 'image'; readonly unitBytes: number; readonly image: ImageId })
  | (CaseOfPath & { readonly kind: 'fault'; readonly fault: Fault })

/** The journal mode, and `+all` where all migrations are in one transaction. */
export function describeMode({
  journalMode,
  transaction,
}: Pick<JobOfPath, 'journalMode' | 'transaction'>): string {
  return transaction === undefined ? journalMode : `${journalMode}+${transaction}`
}

/** The id of an image, such as `1/v2/wal/512/137.4`: seed, path, journal mode, unit and image. */
export function imageCaseId(job: Job & { unitBytes: number }, image: string): string {
  return [job.seed, job.path, describeMode(job), job.unitBytes, image].join('/')
}

/** The id of a fault, such as `1/v2/wal/eio-once/37.2`: seed, path, journal mode, fault, call and attempts. */
export function faultCaseId(job: Job, { mode, at, attempts }: Fault): string {
  return [job.seed, job.path, describeMode(job), mode, `${at}.${attempts}`].join('/')
}

/**
 * Reads an id that a sweep printed.
 *
 * @throws {UsageError} when it is not an id
 */
export function parseCaseId(id: string): CrashCase {
  const [seedText = '', path = '', journal, unitOrMode = '', position = '', ...rest] = id.split('/')
  const [modeText, transaction, ...others] = (journal ?? '').split('+')
  const journalMode = journalModes.find((mode) => mode === modeText)
  const isKnown = others.length === 0 && (transaction === undefined || transaction === 'all')
  if (rest.length > 0 || !isNumber(seedText) || path === '' || journalMode === undefined || !isKnown)
    throw wrongId(id)
  const ofPath = {
    seed: Number(seedText),
    path,
    journalMode,
    ...(transaction === 'all' ? { transaction: 'all' as const } : {}),
  }
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
