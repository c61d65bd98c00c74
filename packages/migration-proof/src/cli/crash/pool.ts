import { pathToFileURL } from 'node:url'
import type { Worker } from 'node:worker_threads'
import { endThread } from '../../end-thread.ts'
import { DiagnosedError, type Diagnosis } from '../../errors.ts'
import { startThread } from '../process/threads.ts'
import { packageFolder } from '../program.ts'
import type { SentError } from '../upgrade/messages.ts'
import { noteSentLateStatement } from '../upgrade/messages.ts'
import type { Job } from './jobs.ts'
import type { JobProgress, JobResult } from './run-job.ts'

/** A message from a thread. */
export type FromWorker =
  | { readonly progress: JobProgress }
  | { readonly result: JobResult }
  | { readonly failure: WorkerFailure }
  /** A statement that a migration ran after it had returned. */
  | { readonly late: SentError }

/** Why a job failed. An error loses its class when it is sent between threads. */
export interface WorkerFailure {
  readonly message: string
  readonly diagnosis: Diagnosis | null
}

/** Threads run the bundled file. */
const workerFile = pathToFileURL(`${packageFolder}dist/cli/crash.worker.js`)

/** Threads that run jobs in parallel. */
export interface Pool {
  /**
   * Runs all jobs.
   *
   * @param onProgress called with the progress of the running jobs, and the results of those that are done
   * @returns the results in the order of the jobs, regardless of the order in which they ended
   */
  run(
    jobs: readonly Job[],
    onProgress: (running: readonly JobProgress[], done: readonly JobResult[]) => void,
  ): Promise<JobResult[]>
  close(): Promise<void>
}

export function openPool(threads: number, configFile: string): Pool {
  const workers = Array.from({ length: threads }, () => startThread(workerFile, { configFile }))
  for (const worker of workers) {
    worker.on('message', (message: FromWorker) => {
      if ('late' in message) noteSentLateStatement(message.late)
    })
  }
  return {
    run: async (jobs, onProgress) => {
      const queue = [...jobs.entries()]
      const results = new Map<number, JobResult>()
      const running = new Map<Worker, JobProgress>()
      const report = () => onProgress([...running.values()], [...results.values()])
      const work = async (worker: Worker) => {
        for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
          const [index, job] = next
          const result = await runOn(worker, job, (progress) => {
            running.set(worker, progress)
            report()
          })
          running.delete(worker)
          results.set(index, result)
          report()
        }
      }
      await Promise.all(workers.map(work))
      return [...results].sort(([left], [right]) => left - right).map(([, result]) => result)
    },
    close: async () => {
      for (const worker of workers) worker.postMessage(null)
      await Promise.all(workers.map(endThread))
    },
  }
}

function runOn(worker: Worker, job: Job, onProgress: (progress: JobProgress) => void): Promise<JobResult> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      worker.off('message', take)
      worker.off('error', fail)
      worker.off('exit', end)
    }
    const take = (message: FromWorker) => {
      if ('late' in message) return
      if ('progress' in message) {
        onProgress(message.progress)
        return
      }
      settle()
      if ('result' in message) resolve(message.result)
      else reject(errorOf(job, message.failure))
    }
    const fail = (error: unknown) => {
      settle()
      reject(error)
    }
    // A thread that exits without an error has no result either.
    const end = (exitCode: number) => fail(endedEarly(job, exitCode))
    worker.on('message', take)
    worker.on('error', fail)
    worker.on('exit', end)
    worker.postMessage(job)
  })
}

function endedEarly({ path, journalMode }: Job, exitCode: number): DiagnosedError {
  return new DiagnosedError({
    where: `The upgrade of ${path} in journal mode ${journalMode}`,
    expected: 'a result of its thread',
    actual: `that the thread ended without one, with exit code ${exitCode}`,
    fix: 'look for what ends it in the migrations and in what the suite imports',
  })
}

/** The error of a job: its own diagnosis, or otherwise that the upgrade failed without a fault. */
function errorOf({ path, journalMode }: Job, { message, diagnosis }: WorkerFailure): DiagnosedError {
  if (diagnosis !== null) return new DiagnosedError(diagnosis)
  return new DiagnosedError({
    where: `The upgrade of ${path} in journal mode ${journalMode}`,
    expected: 'success without a fault',
    actual: `the error '${message}'`,
    fix: 'fix it first',
  })
}
