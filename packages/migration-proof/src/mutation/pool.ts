import { type MessagePort, Worker } from 'node:worker_threads'
import { endThread } from '../end-thread.ts'
import { DiagnosedError, type Diagnosis } from '../errors.ts'
import { noteLateStatement, onLateStatement } from '../migrator/run-up.ts'
import { mutantChecks } from './checks/index.ts'
import { openContext } from './checks/mutant-check.ts'
import type { MutantVerdict } from './judge.ts'
import { judgeMutant } from './judge.ts'
import type { MutationSubject } from './model.ts'
import { listMutants } from './mutants.ts'

export interface PoolOptions {
  /** The module that calls `serveMutants`. */
  readonly worker: URL
  readonly workerData: unknown
  readonly threads: number
  readonly checks: readonly string[]
  /** Told of each verdict, in no certain order. */
  readonly onVerdict: (verdict: MutantVerdict) => void
}

/** Judges mutants on some threads. Each takes the next mutant when it has done one. */
export async function judgeInThreads(ids: readonly string[], options: PoolOptions): Promise<void> {
  const { worker: file, workerData, checks, onVerdict } = options
  const queue = [...ids]
  const next = (): Question => {
    const id = queue.shift()
    return id === undefined ? null : { id, checks }
  }
  const threads = Math.min(options.threads, ids.length)
  const workers = Array.from({ length: threads }, () => new Worker(file, { workerData }))
  try {
    await Promise.all(workers.map((worker) => feed(worker, next, onVerdict)))
  } finally {
    await Promise.all(workers.map(endThread))
  }
}

/** A thread that ends by itself before it is asked to leaves a mutant that nothing has judged. */
function endedEarly(id: string, exitCode: number): DiagnosedError {
  return new DiagnosedError({
    where: `Mutant ${id}`,
    expected: 'a verdict of its thread',
    actual: `that the thread ended without one, with exit code ${exitCode}`,
    remedy: 'look for what ends it in the migrations and in what the suite imports',
  })
}

function feed(
  worker: Worker,
  next: () => Question,
  onVerdict: (verdict: MutantVerdict) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let question: Question = null
    const ask = () => {
      question = next()
      worker.postMessage(question)
    }
    worker.on('message', (answer: Answer) => {
      if (answer === null) resolve()
      else if ('late' in answer) noteLateStatement(new DiagnosedError(answer.late))
      else {
        onVerdict(answer)
        ask()
      }
    })
    worker.on('error', reject)
    worker.on('exit', (exitCode) => {
      if (question === null) resolve()
      else reject(endedEarly(question.id, exitCode))
    })
    ask()
  })
}

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
