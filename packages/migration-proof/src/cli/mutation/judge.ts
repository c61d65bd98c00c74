import type { MutantCheck } from '../../mutation/checks/mutant-check.ts'
import { killersOf, type MutantVerdict } from '../../mutation/judge.ts'
import type { Mutant } from '../../mutation/model.ts'
import { listControls } from '../../mutation/mutants.ts'
import type { Suite } from '../../proof/suite.ts'
import { progressOn, startPace } from '../output/progress.ts'
import { openPool } from '../process/pool.ts'
import { readThreads } from '../process/threads.ts'
import type { MutantJob } from './run-job.ts'

/** A suite whose mutants are tried, and its config, which the threads load. */
export interface MutationInput {
  readonly suite: Suite
  readonly configFile: string
  /** How many threads there are at most; defaults to the number of processors. */
  readonly threads?: number
}

export interface Judgement {
  /** Of the mutants; none of them count where a check failed without a fault. */
  readonly verdicts: readonly MutantVerdict[]
  /** Of the migrations as they are. */
  readonly controls: readonly MutantVerdict[]
}

/**
 * Judges the mutants in threads, and shows the progress. The migrations as they are go first: where a check reports a problem
 * of these, the mutants are left out.
 */
export async function judgeAll(
  { suite, configFile, threads = readThreads() }: MutationInput,
  mutants: readonly Mutant[],
  checks: readonly MutantCheck[],
): Promise<Judgement> {
  const progress = progressOn(process.stderr)
  const describe = ({ id }: MutantJob) => `Mutant ${id}`
  const pool = openPool<MutantJob, MutantVerdict>({ kind: 'mutate', configFile, threads, describe })
  const names = checks.map(({ name }) => name)
  const jobsOf = (tried: readonly Mutant[]) => tried.map(({ id }) => ({ id, checks: names }))
  const unmutated = listControls(suite, mutants)
  const pace = startPace()
  const leftAfter = (runs: number) => pace(runs / (unmutated.length + mutants.length))
  try {
    const controls = await pool.run(jobsOf(unmutated), (_, { length }) =>
      progress.show(`${length} of ${unmutated.length} runs without a fault`, leftAfter(length)),
    )
    if (controls.some((control) => killersOf(control).length > 0)) return { verdicts: [], controls }
    let seen = 0
    let survived = 0
    const verdicts = await pool.run(jobsOf(mutants), (_, done) => {
      survived += done.slice(seen).filter((verdict) => killersOf(verdict).length === 0).length
      seen = done.length
      progress.show(
        `${done.length} of ${mutants.length} mutants, ${survived} not killed: ${done.at(-1)?.id ?? ''}`,
        leftAfter(unmutated.length + done.length),
      )
    })
    return { verdicts, controls }
  } finally {
    progress.clear()
    await pool.close()
  }
}
