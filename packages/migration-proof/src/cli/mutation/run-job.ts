import { modelsOf } from '../../behaviour/models.ts'
import { mutantChecks } from '../../mutation/checks/index.ts'
import { openContext } from '../../mutation/checks/mutant-check.ts'
import { judgeMutant, type MutantVerdict } from '../../mutation/judge.ts'
import { listControls, listMutants } from '../../mutation/mutants.ts'
import { loadConfig } from '../load-config.ts'
import type { JobRunner } from '../process/pool.ts'

/** A mutant, and the checks to run on it. */
export interface MutantJob {
  readonly id: string
  readonly checks: readonly string[]
}

/** What each thread of `mutate` does. Mutants hold functions: each thread makes its own. */
export async function prepare(configFile: string): Promise<JobRunner<MutantJob, MutantVerdict>> {
  const suite = await loadConfig(configFile)
  const listed = listMutants(suite)
  const context = await openContext({ suite, models: modelsOf(suite.facts.tables) })
  const all = [...listControls(context.subject.suite, listed), ...listed]
  const mutants = new Map(all.map((mutant) => [mutant.id, mutant]))
  return {
    run: ({ id, checks }) => {
      const mutant = mutants.get(id)
      if (mutant === undefined) throw new Error(`This thread has no mutant ${id}`)
      // The databases of a mutant are released with it.
      mutants.delete(id)
      const chosen = mutantChecks.filter(({ name }) => checks.includes(name))
      return judgeMutant(mutant, context, chosen)
    },
    close: () => context.close(),
  }
}
