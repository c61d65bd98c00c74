import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { MessageChannel, Worker } from 'node:worker_threads'
import { DiagnosedError } from '../errors.ts'
import { packageFolder } from '../package-folder.ts'
import type { Connection, SqlRow } from '../sql/connection.ts'
import {
  decodeRow,
  type EngineAnswers,
  type EngineReply,
  type EngineRequest,
  type EngineThreadData,
  type FromEngineThread,
} from './engine-protocol.ts'
import { EngineError } from './errors.ts'
import { connectionOf } from './statement-connection.ts'
import { SynchronousPort } from './synchronous-port.ts'

/** Thrown when the process of an engine ended instead of answering: the engine has crashed, or cannot run here. */
export class EngineEndedError extends DiagnosedError {
  override readonly name = 'EngineEndedError'
}

/** An error of an engine that has no code of SQLite. Its code is found from its message by the connection. */
class EngineMessageError extends Error {}

/** An error of a batch, of which nothing was kept. */
export class BatchError extends EngineError {
  /** The number of the statement that failed, from 0; null where the end of the transaction did. */
  readonly index: number | null

  constructor(code: string, message: string, index: number | null) {
    super(code, message)
    this.index = index
  }
}

/** A database of an engine in a process. */
export interface ProcessDatabase {
  readonly connection: Connection
  /**
   * Runs statements as one, of an engine that takes a transaction only as a whole, and returns the rows of each.
   *
   * @throws {BatchError} when one fails
   */
  runBatch(statements: readonly string[], isTransaction: boolean): SqlRow[][]
}

export interface EngineProcessOptions {
  /** What it is, for messages. */
  readonly shown: string
  /** The runtime, which runs a program of this package. */
  readonly runtime: string
  /** Which of them: the name of a file beside this one. */
  readonly program: 'engine-host' | 'workerd-host'
  readonly engine: string
  readonly entry: string | null
  readonly options: Readonly<Record<string, unknown>>
}

/** A process that runs an engine. Each request waits for its answer. */
export interface EngineProcess {
  /** The version of the runtime. */
  readonly runtimeVersion: string
  /** Whether it can be asked no more. */
  readonly hasEnded: boolean
  open(path: string): ProcessDatabase
  [Symbol.dispose](): void
}

/**
 * Starts a process that runs an engine. A thread beside this one talks to it, since this one waits without its event loop.
 *
 * @throws {EngineEndedError} when it cannot start
 * @throws {EngineError} when the engine cannot be loaded
 */
export function startEngine(options: EngineProcessOptions): EngineProcess {
  const { shown, runtime, engine, entry } = options
  const { port1, port2 } = new MessageChannel()
  const signals = new Int32Array(new SharedArrayBuffer(8))
  const program = builtFile(`${options.program}.program.js`)
  // Bun reads settings from its working directory, which must be no folder of other users.
  const folder = dirname(program)
  const workerData: EngineThreadData = { command: [runtime, program], folder, port: port2, signals }
  const worker = new Worker(pathToFileURL(builtFile('engine-process.worker.js')), {
    workerData,
    transferList: [port2],
  })
  worker.unref()
  port1.unref()
  const port = new SynchronousPort<string | null, FromEngineThread>(port1, signals, 0)
  let end: EngineEndedError | null = null
  const ask = <Kind extends EngineRequest['kind']>(
    request: Extract<EngineRequest, { kind: Kind }>,
  ): EngineAnswers[Kind] => {
    if (end === null) port.send(JSON.stringify(request))
    const message = end === null ? port.receive() : null
    if (message?.kind === 'ended') end = endedEarly(shown, message)
    if (end !== null) throw end
    const reply: EngineReply = JSON.parse(message?.kind === 'line' ? message.line : '{}')
    if ('value' in reply) return reply.value as EngineAnswers[Kind]
    const { message: text, code, index = null } = reply.failure
    if (request.kind === 'batch') throw new BatchError(code ?? 'SQLITE_ERROR', text, index)
    throw code === null ? new EngineMessageError(text) : new EngineError(code, text)
  }
  const open = (path: string): ProcessDatabase => {
    const database = ask<'open'>({ kind: 'open', path })
    let isOpen = true
    const connection = connectionOf({
      run: (sql) => ask<'run'>({ kind: 'run', database, sql }).map(decodeRow),
      isInTransaction: () => ask<'in-transaction'>({ kind: 'in-transaction', database }),
      openMemory: () => open(':memory:').connection,
      close: () => {
        if (isOpen && end === null) ask<'close'>({ kind: 'close', database })
        isOpen = false
      },
    })
    const runBatch = (statements: readonly string[], isTransaction: boolean) =>
      ask<'batch'>({ kind: 'batch', database, statements, isTransaction }).map((rows) => rows.map(decodeRow))
    return { connection, runBatch }
  }
  const stop = () => {
    if (end === null) port.send(null)
    end ??= endedEarly(shown, { kind: 'ended', how: 'it was closed', lastWords: '' })
  }
  try {
    const loaded = ask<'load'>({ kind: 'load', engine, entry, options: options.options })
    return {
      runtimeVersion: loaded.runtime,
      get hasEnded() {
        return end !== null
      },
      open,
      [Symbol.dispose]: stop,
    }
  } catch (error) {
    stop()
    throw error
  }
}

function endedEarly(
  shown: string,
  { how, lastWords }: Extract<FromEngineThread, { kind: 'ended' }>,
): EngineEndedError {
  const lines = lastWords.split('\n').filter((line) => line.trim() !== '')
  return new EngineEndedError({
    where: `The process of ${shown}`,
    expected: 'an answer',
    actual: lines.length === 0 ? `its end (${how})` : `its end (${how}), after '${lines[0]?.trim()}'`,
    fix: 'run the same statements with the engine by hand to see why',
  })
}

function builtFile(name: string): string {
  return join(packageFolder(), 'dist', 'engines', name)
}
