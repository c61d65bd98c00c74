import {
  type FindingsOptions,
  type FindingsReport,
  findInMigration,
  judgeFindings,
} from '../../findings/find-weaknesses.ts'
import { openFindingsSubject } from '../../findings/subject.ts'
import { type MigrationTrial, reachVersions, type Step, tryMigration } from '../../findings/trial.ts'
import type { Suite } from '../../proof/suite.ts'
import { openPool } from '../process/pool.ts'
import type { MigrationFindings, MigrationJob } from './run-job.ts'

export interface ThreadsOptions extends FindingsOptions {
  /** How many threads there are at most. */
  readonly threads: number
  /**
   * Threads start where the migrations that are left would take so long at the pace so far. Starting them, loading the config
   * and sending what they found takes about a second.
   */
  readonly leastMilliseconds?: number
}

/**
 * Finds the weaknesses of a suite. Where it takes long to try its migrations, those that are left after the first one are tried
 * in threads; what concerns several of them or the schema is looked at in this one.
 */
export async function findInThreads(
  suite: Suite,
  configFile: string,
  options: ThreadsOptions,
): Promise<FindingsReport> {
  const { isQuick = false, threads, leastMilliseconds = 3_000, onRule = () => {} } = options
  const reached = reachVersions(suite)
  const { steps } = reached
  const schema = openFindingsSubject(suite, isQuick, reached, [])
  const seen: MigrationFindings[] = []
  const start = performance.now()
  const millisecondsLeft = () => ((performance.now() - start) / seen.length) * (steps.length - seen.length)
  for (const step of steps) {
    if (threads > 1 && seen.length > 0 && millisecondsLeft() > leastMilliseconds) break
    onRule(`migration v${step.migration.version}`)
    const trial = tryMigration(suite, step)
    seen.push({ trial, found: findInMigration(schema, trial) })
  }
  const rest = steps.slice(seen.length)
  if (rest.length > 0) seen.push(...(await tryInThreads(rest, configFile, options)))
  const trials = seen.map(({ trial }, index) => restore(trial, steps[index]))
  const found = seen.map((one) => one.found)
  return judgeFindings(openFindingsSubject(suite, isQuick, reached, trials), options, found)
}

async function tryInThreads(
  steps: readonly Step[],
  configFile: string,
  { threads, isQuick = false, onRule = () => {} }: ThreadsOptions,
): Promise<MigrationFindings[]> {
  const describe = ({ version }: MigrationJob) => `The trial of migration v${version}`
  const pool = openPool<MigrationJob, MigrationFindings>({ kind: 'lint', configFile, threads, describe })
  const jobs = steps.map(({ migration: { version } }) => ({ version, isQuick }))
  try {
    return await pool.run(jobs, (_, { length }) => onRule(`${length} of the last ${jobs.length} migrations`))
  } finally {
    await pool.close()
  }
}

/** A trial of another thread has lost its migration, and the class of its images. */
function restore(trial: MigrationFindings['trial'], step: Step | undefined): MigrationTrial {
  if (step === undefined) throw new RangeError('There are more trials than migrations')
  const { migration, startImage, emptyImage } = step
  const beforeImage = bufferOf(trial.beforeImage)
  const afterImage = trial.afterImage === null ? null : bufferOf(trial.afterImage)
  return { ...trial, migration, startImage, emptyImage, beforeImage, afterImage }
}

function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength)
}
