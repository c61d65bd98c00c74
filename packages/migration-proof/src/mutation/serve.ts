import type { MessagePort } from 'node:worker_threads'
import type { Diagnosis } from '../errors.ts'
import { onLateStatement } from '../migrator/late-statements.ts'
import { mutantChecks } from './checks/index.ts'
import { openContext } from './checks/mutant-check.ts'
import { judgeMutant, type MutantVerdict } from './judge.ts'
import type { MutationSubject } from './model.ts'
import { listMutants } from './mutants.ts'

/** What a thread is asked: a mutant, and the checks to run on it; null when there is no more. */
export type Question = { readonly id: string; readonly checks: readonly string[] } | null

/** What a thread answers: a verdict, null when it has no more to do, or a statement of a migration that had returned. */
export type Answer = MutantVerdict | null | { readonly late: Diagnosis }

/** Judges the mutants that the main thread asks for. Mutants hold functions: each thread makes its own. */
export async function serveMutants(port: MessagePort, subject: MutationSubject): Promise<void> {
  const mutants = new Map(listMutants(subject.suite).map((mutant) => [mutant.id, mutant]))
  const answer = (given: Answer) => port.postMessage(given)
  onLateStatement(({ diagnosis }) => answer({ late: diagnosis }))
  const context = await openContext(subject)
  port.on('message', (question: Question) => {
    if (question === null) {
      context.close()
      // Nothing keeps this thread alive then but what the suite left open.
      answer(null)
      port.close()
      return
    }
    const mutant = mutants.get(question.id)
    if (mutant === undefined) throw new Error(`This thread has no mutant ${question.id}`)
    // What was made of a mutant goes with it.
    mutants.delete(question.id)
    const chosen = mutantChecks.filter(({ name }) => question.checks.includes(name))
    answer(judgeMutant(mutant, context, chosen))
  })
}
