import { Worker } from 'node:worker_threads'

const own = new Set<Worker>()

/** Starts a thread of this program. It ends with the command, whatever the code of a project left open in it. */
export function startThread(file: URL, workerData: unknown): Worker {
  const worker = new Worker(file, { workerData })
  own.add(worker)
  worker.once('exit', () => own.delete(worker))
  return worker
}

/** Ends what is left of the threads, when their results are there. */
export async function endThreads(): Promise<void> {
  await Promise.all([...own].map((worker) => worker.terminate()))
}
