import { availableParallelism } from 'node:os'
import { killersOf, type MutantVerdict } from '../../harness/mutation/judge.ts'
import type { Layer } from '../../harness/mutation/layers/layer.ts'
import type { Mutant } from '../../harness/mutation/model.ts'
import { judgeInThreads } from '../../harness/mutation/pool.ts'
import { workerFile } from '../mutation-files.ts'
import { progressOn } from '../output/progress.ts'

/** More threads gain little: each of them lists the mutants and opens the files for itself. */
const mostThreads = 4

/** The modules that a thread loads by itself. */
export interface SubjectFiles {
  /** The module of the suite; undefined for the suite of this project. */
  readonly suiteFile: string | undefined
  /** A module with the models of its tables; those of this project need none. */
  readonly modelsFile?: string | undefined
}

/** Judges the mutants on as many threads as there are cores, and shows how far it has come. */
export async function judgeAll(
  mutants: readonly Mutant[],
  layers: readonly Layer[],
  files: SubjectFiles,
): Promise<MutantVerdict[]> {
  const progress = progressOn(process.stderr)
  const verdicts: MutantVerdict[] = []
  let unseen = 0
  const onVerdict = (verdict: MutantVerdict) => {
    verdicts.push(verdict)
    if (killersOf(verdict).length === 0) unseen += 1
    progress.show(`${verdicts.length} of ${mutants.length} mutants, ${unseen} not killed: ${verdict.id}`)
  }
  try {
    await judgeInThreads(
      mutants.map(({ id }) => id),
      {
        worker: workerFile,
        workerData: files,
        threads: Math.min(mostThreads, availableParallelism()),
        layers: layers.map(({ name }) => name),
        onVerdict,
      },
    )
  } finally {
    progress.clear()
  }
  return verdicts
}
