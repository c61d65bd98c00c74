import type { MessagePort } from 'node:worker_threads'
import { judgeMutant } from './judge.ts'
import { layers } from './layers/index.ts'
import { openContext } from './layers/layer.ts'
import type { MutationSubject } from './model.ts'
import { listMutants } from './mutants.ts'

/** What a thread is asked: a mutant, and the layers to run on it; null when there is no more. */
export type Question = { readonly id: string; readonly layers: readonly string[] } | null

/** Judges the mutants that the main thread asks for. Mutants hold functions: each thread makes its own. */
export async function serveMutants(port: MessagePort, subject: MutationSubject): Promise<void> {
  const mutants = new Map(listMutants(subject.suite).map((mutant) => [mutant.id, mutant]))
  const context = await openContext(subject)
  port.on('message', (question: Question) => {
    if (question === null) {
      context.starts.close()
      // The main thread ends this one: what the suite left open, such as a timer, would keep it alive.
      port.postMessage(null)
      return
    }
    const mutant = mutants.get(question.id)
    if (mutant === undefined) throw new Error(`This thread has no mutant ${question.id}`)
    // What was made of a mutant goes with it.
    mutants.delete(question.id)
    const chosen = layers.filter(({ name }) => question.layers.includes(name))
    port.postMessage(judgeMutant(mutant, context, chosen))
  })
}
