import type { Suite } from '../../proof/suite.ts'
import type { CrashResults } from '../../report/model.ts'
import { type Effort, listAllJobs, listJobs } from '../crash/jobs.ts'
import { summarise, toJson } from '../crash/render.ts'
import { runJobs } from '../crash/run-jobs.ts'

/** What a sweep breaks. */
export interface SweepChoice {
  /** Names of snapshots, and `fresh` for a new install; defaults to all. */
  readonly paths?: readonly string[]
  readonly effort?: Effort
  readonly seed?: number
}

/** Lets the power and the disk fail at every point of the upgrades of some paths. */
export async function runCrash(
  suite: Suite,
  configFile: string,
  { paths, effort = 'full', seed = 1 }: SweepChoice = {},
): Promise<CrashResults> {
  const jobs = paths === undefined ? listAllJobs(suite, seed, effort) : listJobs(paths, seed, effort)
  const { results, timing } = await runJobs(suite, jobs, configFile)
  const summary = summarise(results)
  return {
    outcome: summary.bad === 0 ? 'passed' : 'failed',
    durationMilliseconds: timing.totalMilliseconds,
    limitedTo: paths === undefined ? null : `the upgrade of ${paths.join(', ')}`,
    ...toJson({ seed, results, timing, summary }),
    timeline: null,
  }
}
