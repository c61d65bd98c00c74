import { Worker } from 'node:worker_threads'
import type { MutantVerdict } from './judge.ts'
import type { Question } from './serve.ts'

export interface PoolOptions {
  /** The module that calls `serveMutants`. */
  readonly worker: URL
  readonly workerData: unknown
  readonly threads: number
  readonly layers: readonly string[]
  /** Told of each verdict, in no certain order. */
  readonly onVerdict: (verdict: MutantVerdict) => void
}

/** Judges mutants on some threads. Each takes the next mutant when it has done one. */
export async function judgeInThreads(ids: readonly string[], options: PoolOptions): Promise<void> {
  const { worker: file, workerData, layers, onVerdict } = options
  const queue = [...ids]
  const next = (): Question => {
    const id = queue.shift()
    return id === undefined ? null : { id, layers }
  }
  const threads = Math.min(options.threads, ids.length)
  const workers = Array.from({ length: threads }, () => new Worker(file, { workerData }))
  try {
    await Promise.all(workers.map((worker) => feed(worker, next, onVerdict)))
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
}

function feed(
  worker: Worker,
  next: () => Question,
  onVerdict: (verdict: MutantVerdict) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.on('message', (verdict: MutantVerdict) => {
      onVerdict(verdict)
      worker.postMessage(next())
    })
    worker.on('error', reject)
    worker.on('exit', () => resolve())
    worker.postMessage(next())
  })
}
