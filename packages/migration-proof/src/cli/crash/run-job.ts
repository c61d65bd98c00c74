import { DiagnosedError, errorMessage } from '../../errors.ts'
import type { DiskFiles } from '../../faults/disk.ts'
import { sweepIoFaults } from '../../faults/judge-fault.ts'
import { type NestedOptions, sweepNestedPowerLoss } from '../../faults/nested.ts'
import type { Defect } from '../../faults/oracle.ts'
import { databaseName } from '../../faults/run.ts'
import { sweepPowerLoss } from '../../faults/session.ts'
import { loadSimulator, type Simulator } from '../../faults/simulator.ts'
import { type JournalMode, safeUpgrade } from '../../faults/upgrade.ts'
import { endAt } from '../../migrator/plan.ts'
import type { Suite } from '../../proof/suite.ts'
import { loadSnapshot } from '../../snapshots/open.ts'
import { loadConfig } from '../load-config.ts'
import type { JobRunner } from '../process/pool.ts'
import { type Effort, faultCaseId, freshPath, imageCaseId, type Job, readPath } from './jobs.ts'

/** A failure that did not leave one whole version. */
export interface BadCase {
  /** The value for `--replay`. */
  readonly id: string
  /** `fails-together`: in one transaction the upgrade fails though nothing is broken. */
  readonly defect: Defect | 'fails-together'
  readonly detail: string
}

/** What a job found. It is plain data, so that a thread can send it. */
export interface JobResult {
  readonly job: Job
  /** At how many points the power failed. */
  readonly points: number
  /** The hash of each distinct image, in the order in which they were opened. */
  readonly images: readonly string[]
  /** How many disk faults were injected. */
  readonly faults: number
  /** After how many of these faults the upgrade reported an error. */
  readonly refused: number
  /** How often the upgrade was run again. */
  readonly reruns: number
  readonly bad: readonly BadCase[]
  readonly durationMilliseconds: number
}

/** The progress of a job. */
export interface JobProgress {
  readonly images: number
  readonly faults: number
  readonly bad: number
}

/** What the effort means; `exhaustive` tries combinations and positions that `full` only samples. */
const efforts: Readonly<
  Record<
    Effort,
    { rounds: number; judgesAll: boolean; firstLosses: number; disksAtPoint: number; powerLossEvery: number }
  >
> = {
  full: { rounds: 2, judgesAll: false, firstLosses: 8, disksAtPoint: 1, powerLossEvery: 4 },
  exhaustive: { rounds: 6, judgesAll: true, firstLosses: 24, disksAtPoint: 4, powerLossEvery: 1 },
}

/** What each thread of `crash` does. */
export async function prepare(configFile: string): Promise<JobRunner<Job, JobResult, JobProgress>> {
  const [simulator, suite] = await Promise.all([loadSimulator(), loadConfig(configFile)])
  return {
    run: (job, report) => {
      try {
        return runJob(simulator, suite, job, report)
      } catch (error) {
        throw error instanceof DiagnosedError ? error : failsByItself(job, error)
      }
    },
  }
}

/** What a job is about, as the beginning of a sentence. */
export function describeJob({ path, journalMode }: Job): string {
  return `The upgrade of ${path} in journal mode ${journalMode}`
}

function failsByItself(job: Job, cause: unknown): DiagnosedError {
  const diagnosis = {
    where: describeJob(job),
    expected: 'success without a fault',
    actual: `the error '${errorMessage(cause)}'`,
    fix: 'fix it first',
  }
  return new DiagnosedError(diagnosis, { cause })
}

/** Runs one job of the sweep. */
export function runJob(
  simulator: Simulator,
  suite: Suite,
  job: Job,
  onProgress: (progress: JobProgress) => void,
): JobResult {
  const start = performance.now()
  const sweep = () => (job.kind === 'disk-faults' ? breakDisk() : losePower(job))
  const found = job.transaction === undefined ? sweep() : sweepTogether(job, sweep)
  return { job, ...found, durationMilliseconds: performance.now() - start }

  function losePower({ kind, unitBytes }: Extract<Job, { unitBytes: number }>) {
    const options = { ...sweepOptions(suite, { ...job, unitBytes }), onImage: report }
    const { images, bad, points, reruns } =
      kind === 'power-loss' ? sweepPowerLoss(simulator, options) : sweepNestedPowerLoss(simulator, options)
    const cases = bad.map(({ id, ...finding }) => ({
      id: imageCaseId({ ...job, kind, unitBytes }, id),
      ...finding,
    }))
    return { points, images, reruns, faults: 0, refused: 0, bad: cases }
  }

  function breakDisk() {
    const { runs, refused, images, bad } = sweepIoFaults(simulator, {
      ...sweepOptions(suite, { ...job, unitBytes: 512 }),
      onRun: ({ runs: faults, bad: soFar }) => onProgress({ images: 0, faults, bad: soFar }),
    })
    const cases = bad.map(({ defect, detail, ...fault }) => ({ id: faultCaseId(job, fault), defect, detail }))
    return { points: 0, images, reruns: 0, faults: runs, refused, bad: cases }
  }

  function report({ images, bad }: { readonly images: number; readonly bad: number }) {
    onProgress({ images, faults: 0, bad })
  }
}

type Found = Omit<JobResult, 'job' | 'durationMilliseconds'>

/** What a migration does in a transaction of its own is proven elsewhere; in one with others, only here. */
function sweepTogether(job: Job, sweep: () => Found): Found {
  try {
    return sweep()
  } catch (error) {
    if (!(error instanceof DiagnosedError)) throw error
    const id = imageCaseId({ ...job, kind: 'power-loss', unitBytes: 512 }, '0.0')
    const bad = [{ id, defect: 'fails-together' as const, detail: error.message }]
    return { points: 0, images: [], reruns: 0, faults: 0, refused: 0, bad }
  }
}

interface SweptPath {
  readonly path: string
  readonly journalMode: JournalMode
  readonly seed: number
  readonly unitBytes: number
  readonly effort: Effort
  readonly transaction?: 'all'
}

/** The options of a sweep over a path. */
export function sweepOptions(
  suite: Suite,
  { path, journalMode, seed, unitBytes, effort, transaction }: SweptPath,
): NestedOptions & { readonly powerLossEvery: number } {
  const { start, end } = readPath(path)
  const plan = end === null ? suite.plan : endAt(suite.plan, end)
  return {
    plan,
    files: filesOf(suite, start),
    upgrade: safeUpgrade({ plan, journalMode, ...(transaction === undefined ? {} : { transaction }) }),
    seed,
    unitBytes,
    ...efforts[effort],
  }
}

function filesOf({ fixtures }: Suite, path: string): DiskFiles {
  if (path === freshPath) return new Map()
  return new Map([[databaseName, new Uint8Array(loadSnapshot(fixtures, path).bytes)]])
}
