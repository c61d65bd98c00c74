import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { MessageChannel, Worker } from 'node:worker_threads'
import { SynchronousPort } from '../../engines/synchronous-port.ts'
import { addLateSource, noteLateStatement } from '../../migrator/late-statements.ts'
import { BridgeError, type Refusal } from './errors.ts'
import type { Clock, FromThread, Outcome, Reply, SentError, TaskCall, ThreadData } from './protocol.ts'
import { type ObservedConnection, StatementServer, type TaskConnection } from './statement-server.ts'

export interface BridgeOptions {
  /** The module whose named exports are the tasks, by its path or URL. It may be TypeScript. */
  readonly module: string | URL
  /** The folder of the project: the working directory of the tasks, and where their packages are looked for. */
  readonly folder: string
  /** `still` where two runs are compared; `real` where a file of a user is upgraded. Defaults to `still`. */
  readonly clock?: Clock
  /** How long a task may do nothing that the harness sees. Defaults to 60 s. */
  readonly limitMilliseconds?: number
}

export interface CallOptions {
  /** What the call does, such as `Migration 003_add_author`, for messages. Defaults to the name of the task. */
  readonly where?: string
  /**
   * The same database, by a connection that nothing follows: for what the imitation asks beside the statements of the task,
   * such as how many rows a statement has changed. Defaults to the connection itself.
   */
  readonly facts?: TaskConnection
}

/** The task says where a transaction begins and ends: its statements are executed as they are. */
export interface ObservedCall extends CallOptions {
  readonly transactions?: 'observe'
}

/** The harness has a transaction open. Those of the task are savepoints inside. */
export interface NestedCall extends CallOptions {
  readonly transactions: 'nested'
}

/** A thread in which asynchronous code runs, while its statements run here. */
export interface Bridge {
  /**
   * Runs a task to its end. Each of its statements runs on the connection, in this thread. What the connection throws
   * is thrown in the task as an error of better-sqlite3 where the engine has refused a statement; anything else stops the
   * task: none of its further statements reaches the connection, and the error itself is thrown from here.
   *
   * @param task the name of an export of the module: a function of the argument and of a `TaskProject`
   * @param argument what structured cloning can copy; so is what the task returns
   * @throws {BridgeError}
   * @throws what the task throws; an error of the connection is the same object
   */
  call(task: string, argument: unknown, connection: ObservedConnection, options?: ObservedCall): unknown
  call(task: string, argument: unknown, connection: TaskConnection, options: NestedCall): unknown
  /** Ends the thread. What tasks did after they had settled is noted as a late statement of a migration is. */
  [Symbol.dispose](): void
}

/**
 * Opens a bridge to the asynchronous code of a project. Its thread starts with the first call, serves all of them, and does
 * not keep the process alive.
 *
 * @example
 * ```js
 * using bridge = openBridge({ module: '/app/migrations.js', folder: '/app' })
 * bridge.call('up', { name: '003_add_author' }, connection, { transactions: 'nested' })
 * ```
 */
export function openBridge(options: BridgeOptions): Bridge {
  return new ThreadBridge(options)
}

const defaultLimitMilliseconds = 60_000

/** A thread that has started, and how to talk to it. */
interface Thread {
  readonly worker: Worker
  readonly port: SynchronousPort<Reply, FromThread>
  /** Whether the module of the tasks is loaded: that of a project in TypeScript is compiled first. */
  isReady: boolean
}

class ThreadBridge implements Bridge {
  readonly #module: URL
  readonly #folder: string
  readonly #clock: Clock
  readonly #limit: number
  /** What each call was about, by its number. */
  readonly #calls: string[] = []
  #late: BridgeError[] = []
  #thread: Thread | null = null
  /** Takes the thread out of what may go on at the end of the process. */
  #forget = () => {}

  constructor({
    module,
    folder,
    clock = 'still',
    limitMilliseconds = defaultLimitMilliseconds,
  }: BridgeOptions) {
    this.#module = toUrl(module, folder)
    this.#folder = folder
    this.#clock = clock
    this.#limit = limitMilliseconds
  }

  call(
    task: string,
    argument: unknown,
    connection: ObservedConnection | TaskConnection,
    options: ObservedCall | NestedCall = {},
  ): unknown {
    const { transactions = 'observe', where = `The task ${task}`, facts = connection } = options
    this.#collectLate()
    this.#throwLate()
    const thread = this.#start()
    const id = this.#calls.push(where) - 1
    const server = new StatementServer(connection, transactions, facts)
    thread.worker.postMessage({ id, task, argument } satisfies TaskCall)
    const outcome = this.#serve(thread, id, server)
    const error = findError(where, outcome, server)
    if (server.hasStopped) throw server.stopped
    server.undoOpenTransaction()
    if (error !== null) throw error.thrown
    this.#throwLate()
    return 'value' in outcome ? outcome.value : undefined
  }

  [Symbol.dispose](): void {
    this.#finish(performance.now())
  }

  /** Lets the thread end by itself, at the latest at a time, and notes what its tasks still did. */
  #finish(untilMilliseconds: number): void {
    this.#thread?.worker.postMessage(null)
    while (this.#thread !== null) {
      const message = this.#thread.port.receive(Math.max(untilMilliseconds - performance.now(), 0))
      if (message?.kind === 'late') this.#noteLate(message)
      if (message === null || message.kind === 'ended') this.#end()
    }
    for (const error of this.#late) noteLateStatement(error)
    this.#late = []
  }

  #start(): Thread {
    if (this.#thread !== null) return this.#thread
    const { port1, port2 } = new MessageChannel()
    const signals = new Int32Array(new SharedArrayBuffer(8))
    const workerData: ThreadData = {
      module: this.#module.href,
      folder: this.#folder,
      clock: this.#clock,
      port: port2,
      signals,
    }
    const worker = new Worker(workerFile(), { workerData, transferList: [port2] })
    worker.unref()
    // Whatever ends the thread is seen by the call that waits for it.
    worker.on('error', () => {})
    const thread = { worker, port: new SynchronousPort<Reply, FromThread>(port1, signals, 0), isReady: false }
    this.#thread = thread
    this.#forget = addLateSource({ end: (until) => this.#finish(until) })
    port1.unref()
    return thread
  }

  #end(): void {
    this.#thread?.port.close()
    void this.#thread?.worker.terminate()
    // Until the thread has ended, that would keep the process alive.
    this.#thread?.worker.unref()
    this.#forget()
    this.#thread = null
  }

  /** Runs the statements of a call until it has settled. */
  #serve(thread: Thread, id: number, server: StatementServer): Outcome {
    const { port } = thread
    for (;;) {
      const limit = thread.isReady ? this.#limit : Math.max(this.#limit, defaultLimitMilliseconds)
      const message = port.receive(limit)
      if (message === null) {
        this.#end()
        return { refusal: exceedsLimit(limit) }
      }
      if (message.kind === 'ready') thread.isReady = true
      else if (message.kind === 'request') port.send(server.answer(message.request))
      else if (message.kind === 'late') this.#noteLate(message)
      else if (message.kind === 'ended') {
        this.#end()
        return { refusal: endsThread }
      } else if (message.kind === 'settled' && message.id === id) {
        if ('refusal' in message.outcome && endsUse.has(message.outcome.refusal.reason)) this.#end()
        return message.outcome
      }
    }
  }

  #noteLate({ id, refusal }: { readonly id: number; readonly refusal: Refusal }): void {
    this.#late.push(refuse(this.#calls[id] ?? 'A task', refusal))
  }

  /** Reads what came since the last call. */
  #collectLate(): void {
    for (;;) {
      const message = this.#thread?.port.receiveNow() ?? null
      if (message === null) return
      if (message.kind === 'late') this.#noteLate(message)
      // No call waits for this thread, so that the next one takes a new one.
      if (message.kind === 'ended') this.#end()
    }
  }

  #throwLate(): void {
    const [error] = this.#late
    this.#late = []
    if (error !== undefined) throw error
  }
}

/** After these, code of the task may still wait or run. */
const endsUse: ReadonlySet<string> = new Set(['never-settles', 'process-end', 'late-error'])

const endsThread: Refusal = {
  reason: 'process-end',
  expected: 'a task that settles',
  actual: 'the end of its thread',
  fix: 'remove what ends it',
}

function exceedsLimit(limitMilliseconds: number): Refusal {
  return {
    reason: 'time-limit',
    expected: `a task that runs a statement or settles within ${limitMilliseconds / 1000} s`,
    actual: 'neither',
    fix: 'let it not wait for what never comes, such as a timer that is set again and again or a server',
  }
}

const leftOpen: Refusal = {
  reason: 'open-transaction',
  expected: 'a task that ends the transaction that it has begun',
  actual: 'one that is still open, which was rolled back',
  fix: 'let it commit or roll back before it settles',
}

function findError(
  where: string,
  outcome: Outcome,
  server: StatementServer,
): { readonly thrown: unknown } | null {
  if ('refusal' in outcome) return { thrown: refuse(where, outcome.refusal) }
  if ('error' in outcome) return { thrown: revive(where, outcome.error, server) }
  return server.hasOpenTransaction ? { thrown: refuse(where, leftOpen) } : null
}

function refuse(where: string, { reason, ...diagnosis }: Refusal): BridgeError {
  return new BridgeError(reason, { where, ...diagnosis })
}

/** Makes an error of a task from what was sent of it. */
function revive(where: string, sent: SentError, server: StatementServer): unknown {
  const { name, message, stack, code, cause, failedRequest, refusal } = sent
  if (failedRequest !== null) return server.errorOf(failedRequest)
  if (refusal !== null) return refuse(where, refusal)
  const error = new Error(message, cause === null ? {} : { cause: revive(where, cause, server) })
  Object.defineProperty(error, 'name', { value: name, configurable: true, writable: true })
  if (stack !== null) error.stack = stack
  return code === null ? error : Object.assign(error, { code })
}

function toUrl(module: string | URL, folder: string): URL {
  if (module instanceof URL) return module
  return module.startsWith('file:') ? new URL(module) : pathToFileURL(resolve(folder, module))
}

/** The bundle of `bridge.worker.ts`: this code may be one of its sources, or a part of any other bundle. */
function workerFile(): URL {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) folder = dirname(folder)
  return pathToFileURL(join(folder, 'dist', 'history', 'bridge', 'bridge.worker.js'))
}
