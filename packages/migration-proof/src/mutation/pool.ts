import { type MessagePort, Worker } from 'node:worker_threads'
import { endThread } from '../end-thread.ts'
import { DiagnosedError, type Diagnosis } from '../errors.ts'
import { noteLateStatement, onLateStatement } from '../migrator/run-up.ts'
import { mutantChecks } from './checks/index.ts'
import { openContext } from './checks/mutant-check.ts'
import type { MutantVerdict } from './judge.ts'
import { judgeMutant } from './judge.ts'
import type { MutationSubject } from './model.ts'
import { listControls, listMutants } from './mutants.ts'

export interface PoolOptions {
  /** The module that calls `serveMutants`. */
  readonly worker: URL
  readonly workerData: unknown
  readonly threads: number
  readonly checks: readonly string[]
  /** Whether a mutant need not be judged any more. */
  readonly isSkipped: (id: string) => boolean
  /** Called with each verdict, in no particular order. */
  readonly onVerdict: (verdict: MutantVerdict) => void
}

/** Judges mutants and controls on several threads. Each takes the next mutant when it has finished one. */
export async function judgeInThreads(ids: readonly string[], options: PoolOptions): Promise<void> {
  const { worker: file, workerData, checks, isSkipped, onVerdict } = options
  let queue = [...ids]
  const next = (): Question => {
    queue = queue.filter((id) => !isSkipped(id))
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

/** A thread that ends early leaves a mutant that was not judged. */
function endedEarly(id: string, exitCode: number): DiagnosedError {
  return new DiagnosedError({
    where: `Mutant ${id}`,
    expected: 'a verdict of its thread',
    actual: `that the thread ended without one, with exit code ${exitCode}`,
    fix: 'look for what ends it in the migrations and in what the suite imports',
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

/** A request to a thread: a mutant, and the checks to run on it; null when there are no more. */
export type Question = { readonly id: string; readonly checks: readonly string[] } | null

/** The reply of a thread: a verdict, null once it has finished, or a statement that a migration ran after it returned. */
export type Answer = MutantVerdict | null | { readonly late: Diagnosis }

/** Judges the mutants that the main thread asks for. Mutants hold functions: each thread makes its own. */
export async function serveMutants(port: MessagePort, subject: MutationSubject): Promise<void> {
  const listed = listMutants(subject.suite)
  const answer = (given: Answer) => port.postMessage(given)
  onLateStatement(({ diagnosis }) => answer({ late: diagnosis }))
  const context = await openContext(subject)
  const all = [...listControls(context.subject.suite, listed), ...listed]
  const mutants = new Map(all.map((mutant) => [mutant.id, mutant]))
  port.on('message', (question: Question) => {
    if (question === null) {
      context.close()
      // After this, only what the suite left open keeps this thread alive.
      answer(null)
      port.close()
      return
    }
    const mutant = mutants.get(question.id)
    if (mutant === undefined) throw new Error(`This thread has no mutant ${question.id}`)
    // The databases of a mutant are released with it.
    mutants.delete(question.id)
    const chosen = mutantChecks.filter(({ name }) => question.checks.includes(name))
    answer(judgeMutant(mutant, context, chosen))
  })
}
