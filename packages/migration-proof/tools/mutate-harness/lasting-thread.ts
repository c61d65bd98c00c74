import { setTimeout } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { PoolOptions, PoolRunnerInitializer, PoolWorker, WorkerRequest } from 'vitest/node'

/** A thread is replaced after so many mutants, so that what vitest adds to it for each does not pile up. */
const runsOfThread = 100

/** How long a run that was cut short may go on until its thread is ended. */
const patienceMilliseconds = 3000

interface Thread {
  readonly worker: Worker
  runs: number
  isBusy: boolean
}

let resting: Thread | undefined

/**
 * A thread that stays for the next mutant. Vitest ends its threads with each run, and a mutant is a run: to
 * start one and to load every module again takes several times as long as the tests that judge a mutant.
 */
class LastingThread implements PoolWorker {
  readonly name = 'lasting-thread'
  readonly #options: PoolOptions
  readonly #listeners: (readonly [string, (argument: unknown) => void])[] = []
  #thread: Thread | undefined

  constructor(options: PoolOptions) {
    this.#options = options
  }

  get #running(): Thread {
    if (this.#thread === undefined) throw new Error('The thread has not been started.')
    return this.#thread
  }

  async start() {
    const { distPath, env, execArgv } = this.#options
    this.#thread = resting ?? {
      worker: new Worker(`${distPath}/workers/threads.js`, { env, execArgv, stdout: true, stderr: true }),
      runs: 0,
      isBusy: false,
    }
    resting = undefined
  }

  async stop() {
    const thread = this.#running
    // After the first test that fails, vitest does not wait for the rest of the run; the next run must.
    await whenIdle(thread)
    for (const [event, callback] of this.#listeners) thread.worker.off(event, callback)
    this.#thread = undefined
    thread.runs += 1
    if (thread.runs < runsOfThread && !thread.isBusy) resting = thread
    else await thread.worker.terminate()
  }

  send(message: WorkerRequest) {
    const thread = this.#running
    const { worker } = thread
    if (message.type === 'run') noteRun(thread)
    // Answered here: the thread itself would take down what the next run needs.
    if (message.type === 'stop') worker.emit('message', { type: 'stopped', __vitest_worker_response__: true })
    else worker.postMessage(message)
  }

  on(event: string, callback: (argument: unknown) => void) {
    this.#listeners.push([event, callback])
    this.#running.worker.on(event, callback)
  }

  off(event: string, callback: (argument: unknown) => void) {
    this.#running.worker.off(event, callback)
  }

  deserialize(data: unknown) {
    return data
  }
}

/** Notes that a thread runs tests, until it says that it has finished. */
function noteRun(thread: Thread) {
  thread.isBusy = true
  const listen = (message: { type?: unknown } | null) => {
    if (message?.type !== 'testfileFinished') return
    thread.isBusy = false
    thread.worker.off('message', listen)
  }
  thread.worker.on('message', listen)
}

async function whenIdle(thread: Thread) {
  const end = performance.now() + patienceMilliseconds
  while (thread.isBusy && performance.now() < end) await setTimeout(5)
}

/** Ends the thread that waits for another run; without that, the process would not end. */
export async function endRestingThread() {
  await resting?.worker.terminate()
  resting = undefined
}

export const lastingThread: PoolRunnerInitializer = {
  name: 'lasting-thread',
  createPoolWorker: (options) => new LastingThread(options),
}
