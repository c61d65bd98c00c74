import { availableParallelism } from 'node:os'
import { pathToFileURL } from 'node:url'
import type { MutantCheck } from '../../mutation/checks/mutant-check.ts'
import { killersOf, type MutantVerdict } from '../../mutation/judge.ts'
import type { Mutant } from '../../mutation/model.ts'
import { listControls } from '../../mutation/mutants.ts'
import { judgeInThreads } from '../../mutation/pool.ts'
import type { Suite } from '../../proof/suite.ts'
import { progressOn } from '../output/progress.ts'
import { packageFolder } from '../program.ts'

/** Threads run the bundled file. */
const workerFile = pathToFileURL(`${packageFolder}dist/cli/mutate.worker.js`)

/** More threads gain little: each of them lists the mutants and opens the files itself. */
const mostThreads = 4

/** A suite whose mutants are tried, and its config, which the threads load. */
export interface MutationInput {
  readonly suite: Suite
  readonly configFile: string
}

export interface Judgement {
  /** Of the mutants; none of them count where a check failed without a fault. */
  readonly verdicts: readonly MutantVerdict[]
  /** Of the migrations as they are. */
  readonly controls: readonly MutantVerdict[]
}

/**
 * Judges the mutants on up to as many threads as there are cores, and shows the progress. The migrations as they are go
 * first: where a check reports a problem of these, the mutants are left out.
 */
export async function judgeAll(
  { suite, configFile }: MutationInput,
  mutants: readonly Mutant[],
  checks: readonly MutantCheck[],
): Promise<Judgement> {
  const progress = progressOn(process.stderr)
  const verdicts: MutantVerdict[] = []
  const controls: MutantVerdict[] = []
  const controlIds = new Set(listControls(suite, mutants).map(({ id }) => id))
  let survived = 0
  let hasFailed = false
  const onVerdict = (verdict: MutantVerdict) => {
    if (controlIds.has(verdict.id)) {
      controls.push(verdict)
      hasFailed ||= killersOf(verdict).length > 0
      progress.show(`${controls.length} of ${controlIds.size} runs without a fault`)
      return
    }
    verdicts.push(verdict)
    if (killersOf(verdict).length === 0) survived += 1
    progress.show(`${verdicts.length} of ${mutants.length} mutants, ${survived} not killed: ${verdict.id}`)
  }
  try {
    await judgeInThreads([...controlIds, ...mutants.map(({ id }) => id)], {
      worker: workerFile,
      workerData: { configFile },
      threads: Math.min(mostThreads, availableParallelism()),
      checks: checks.map(({ name }) => name),
      isSkipped: (id) => hasFailed && !controlIds.has(id),
      onVerdict,
    })
  } finally {
    progress.clear()
  }
  return { verdicts: hasFailed ? [] : verdicts, controls }
}
