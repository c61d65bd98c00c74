import { formatCount } from '../../count.ts'
import type { Suite } from '../../proof/suite.ts'
import { progressOn, startPace } from '../output/progress.ts'
import { openPool } from '../process/pool.ts'
import { readThreads } from '../process/threads.ts'
import { estimateJob, type Job } from './jobs.ts'
import { describeJob, type JobProgress, type JobResult } from './run-job.ts'

/** How long a sweep took. */
export interface Timing {
  /** How long the images of power losses took, on all threads. */
  readonly imagesMilliseconds: number
  readonly totalMilliseconds: number
  readonly threads: number
}

/**
 * Runs the jobs in threads, the power losses first, and shows their progress.
 *
 * @param configFile the config, which each thread loads itself
 * @param most how many threads there are at most; defaults to the number of processors
 */
export async function runJobs(
  suite: Suite,
  jobs: readonly Job[],
  configFile: string,
  most = readThreads(),
): Promise<{ readonly results: readonly JobResult[]; readonly timing: Timing }> {
  const losses = jobs.filter(({ kind }) => kind !== 'disk-faults')
  const faults = jobs.filter(({ kind }) => kind === 'disk-faults')
  const threads = Math.max(1, Math.min(most, losses.length))
  const pool = openPool<Job, JobResult, JobProgress>({
    kind: 'crash',
    configFile,
    threads,
    describe: describeJob,
  })
  const progress = progressOn(process.stderr)
  const start = performance.now()
  const pace = startPace()
  const costOf = (some: readonly Job[]) => some.reduce((sum, job) => sum + estimateJob(suite, job), 0)
  const show = (running: readonly JobProgress[], done: readonly JobResult[], of: readonly Job[]) => {
    const before = of === faults ? costOf(losses) : 0
    const share = (before + costOf(done.map(({ job }) => job))) / costOf(jobs)
    progress.show(describe(running, done, of.length), pace(share))
  }
  try {
    const ofLosses = await pool.run(losses, (running, done) => show(running, done, losses))
    const imagesMilliseconds = performance.now() - start
    const ofFaults = await pool.run(faults, (running, done) => show(running, done, faults))
    const totalMilliseconds = performance.now() - start
    return { results: [...ofLosses, ...ofFaults], timing: { imagesMilliseconds, totalMilliseconds, threads } }
  } finally {
    progress.clear()
    await pool.close()
  }
}

function describe(running: readonly JobProgress[], done: readonly JobResult[], total: number): string {
  const all = [
    ...running,
    ...done.map((result) => ({ ...result, images: result.images.length, bad: result.bad.length })),
  ]
  const count = (countOf: (progress: JobProgress) => number) =>
    formatCount(all.reduce((sum, progress) => sum + countOf(progress), 0))
  const images = `${count(({ images }) => images)} images`
  const faults = `${count(({ faults }) => faults)} disk faults`
  return `${done.length} of ${total} jobs done: ${images}, ${faults}, ${count(({ bad }) => bad)} bad`
}
