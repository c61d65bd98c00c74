import { availableParallelism } from 'node:os'
import { pathToFileURL } from 'node:url'
import type { MutantCheck } from '../../mutation/checks/mutant-check.ts'
import { killersOf, type MutantVerdict } from '../../mutation/judge.ts'
import type { Mutant } from '../../mutation/model.ts'
import { judgeInThreads } from '../../mutation/pool.ts'
import { progressOn } from '../output/progress.ts'
import { packageFolder } from '../program.ts'

/** Threads run the bundled file. */
const workerFile = pathToFileURL(`${packageFolder}dist/cli/mutate.worker.js`)

/** More threads gain little: each of them lists the mutants and opens the files itself. */
const mostThreads = 4

/**
 * Judges the mutants on up to as many threads as there are cores, and shows the progress.
 *
 * @param configFile the config, which each thread loads itself
 */
export async function judgeAll(
  mutants: readonly Mutant[],
  checks: readonly MutantCheck[],
  configFile: string,
): Promise<MutantVerdict[]> {
  const progress = progressOn(process.stderr)
  const verdicts: MutantVerdict[] = []
  let survived = 0
  const onVerdict = (verdict: MutantVerdict) => {
    verdicts.push(verdict)
    if (killersOf(verdict).length === 0) survived += 1
    progress.show(`${verdicts.length} of ${mutants.length} mutants, ${survived} not killed: ${verdict.id}`)
  }
  try {
    await judgeInThreads(
      mutants.map(({ id }) => id),
      {
        worker: workerFile,
        workerData: { configFile },
        threads: Math.min(mostThreads, availableParallelism()),
        checks: checks.map(({ name }) => name),
        onVerdict,
      },
    )
  } finally {
    progress.clear()
  }
  return verdicts
}
