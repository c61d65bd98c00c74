import { Worker } from 'node:worker_threads'
import { endThread } from '../end-thread.ts'
import { DiagnosedError } from '../errors.ts'
import { noteLateStatement } from '../migrator/late-statements.ts'
import type { MutantVerdict } from './judge.ts'
import type { Answer, Question } from './serve.ts'

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
