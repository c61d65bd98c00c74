import { pathToFileURL } from 'node:url'
import type { Worker } from 'node:worker_threads'
import { DiagnosedError } from '../../errors.ts'
import { packageFolder } from '../program.ts'
import { noteSentLateStatement, receiveError, type SentError } from '../upgrade/messages.ts'
import { endThread, startThread } from './threads.ts'

/** What threads can do. The module of each kind, which has a function `prepare`, is listed in `job.worker.ts`. */
export type JobKind = 'against' | 'crash' | 'lint' | 'mutate' | 'verify'

/** Does the jobs of one kind, one after the other, in a thread that was made for it. Jobs and results are plain data. */
export interface JobRunner<Job, Result, Progress = never> {
  run(job: Job, report: (progress: Progress) => void): Result
  /** Removes what was made for all jobs. */
  close?(): void
}

/** The task of a thread. */
export interface PoolTask {
  readonly kind: JobKind
  /** The config, which each thread loads by itself. */
  readonly configFile: string
}

export interface PoolOptions<Job> extends PoolTask {
  readonly threads: number
  /** What a job is about, as the beginning of the sentence that its thread ended early. */
  readonly describe: (job: Job) => string
}

/** A message from a thread. An error loses its class on the way. */
export type FromThread<Result, Progress> =
  | { readonly progress: Progress }
  | { readonly result: Result }
  | { readonly failure: SentError }
  /** A statement that a migration ran after it had returned. */
  | { readonly late: SentError }

/** Threads that do jobs in parallel. */
export interface Pool<Job, Result, Progress> {
  /**
   * Does all jobs. Where some fail, the first of them in the order of the jobs is the error, however many threads there are.
   *
   * @param onProgress called with the progress of the running jobs, and the results so far, in the order in which they ended
   * @returns the results in the order of the jobs
   * @throws {DiagnosedError} the error of a job, or that its thread ended early
   */
  run(
    jobs: readonly Job[],
    onProgress?: (running: readonly Progress[], done: readonly Result[]) => void,
  ): Promise<Result[]>
  close(): Promise<void>
}

/** Threads run the bundled file. */
const workerFile = pathToFileURL(`${packageFolder}dist/cli/job.worker.js`)

/** Makes a pool whose threads start with the jobs that need them. Each takes the next job when it has finished one. */
export function openPool<Job, Result, Progress = never>(
  options: PoolOptions<Job>,
): Pool<Job, Result, Progress> {
  const { kind, configFile, threads, describe } = options
  const workers: Worker[] = []
  return {
    run: async (jobs, onProgress = () => {}) => {
      while (workers.length < Math.min(threads, jobs.length)) workers.push(startWorker({ kind, configFile }))
      const queue = [...jobs.entries()]
      const results = new Map<number, Result>()
      const failures = new Map<number, unknown>()
      const running = new Map<Worker, Progress>()
      const report = () => onProgress([...running.values()], [...results.values()])
      const work = async (worker: Worker) => {
        for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
          const [position, job] = next
          const onJobProgress = (progress: Progress) => {
            running.set(worker, progress)
            report()
          }
          try {
            results.set(position, await runOn<Result, Progress>(worker, job, describe(job), onJobProgress))
          } catch (error) {
            // Those before it have all begun: the first failure is the same one for any number of threads.
            failures.set(position, error)
            queue.length = 0
          }
          running.delete(worker)
          report()
        }
      }
      await Promise.all(workers.map(work))
      const [failure] = inOrder(failures)
      if (failure !== undefined) throw failure
      return inOrder(results)
    },
    close: async () => {
      for (const worker of workers) worker.postMessage(null)
      await Promise.all(workers.map(endThread))
    },
  }
}

/** How the threads ended that have: with an error, or with an exit code. */
const ends = new WeakMap<Worker, { readonly error: unknown } | { readonly exitCode: number }>()

function startWorker(task: PoolTask): Worker {
  const worker = startThread(workerFile, task)
  worker.once('error', (error) => ends.set(worker, { error }))
  worker.once('exit', (exitCode) => ends.set(worker, ends.get(worker) ?? { exitCode }))
  worker.on('message', (message: FromThread<unknown, unknown>) => {
    if ('late' in message) noteSentLateStatement(message.late)
  })
  return worker
}

function inOrder<Value>(values: ReadonlyMap<number, Value>): Value[] {
  return [...values].sort(([left], [right]) => left - right).map(([, value]) => value)
}

function runOn<Result, Progress>(
  worker: Worker,
  job: unknown,
  description: string,
  onProgress: (progress: Progress) => void,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      worker.off('message', take)
      worker.off('exit', end)
    }
    const take = (message: FromThread<Result, Progress>) => {
      if ('late' in message) return
      if ('progress' in message) {
        onProgress(message.progress)
        return
      }
      settle()
      if ('result' in message) resolve(message.result)
      else reject(receiveError(message.failure))
    }
    // A thread that exits without an error has no result either.
    const end = () => {
      const ended = ends.get(worker) ?? { exitCode: 0 }
      settle()
      reject('error' in ended ? ended.error : endedEarly(description, ended.exitCode))
    }
    if (ends.has(worker)) return end()
    worker.on('message', take)
    worker.on('exit', end)
    worker.postMessage(job)
  })
}

function endedEarly(where: string, exitCode: number): DiagnosedError {
  return new DiagnosedError({
    where,
    expected: 'a result of its thread',
    actual: `that the thread ended without one, with exit code ${exitCode}`,
    fix: 'look for what ends it in the migrations and in what the suite imports',
  })
}
