import { currentRun, enterRun } from '../../../engines/chance.ts'
import type { SynchronousPort } from '../../../engines/synchronous-port.ts'
import { RefusalError, requireCurrent } from '../current-task.ts'
import type { Answers, FailedRequest, FromThread, Reply, Request } from '../protocol.ts'
import { SqliteError } from './sqlite-error.ts'

let port: SynchronousPort<FromThread, Reply> | null = null

/** Errors that the harness has sent, with the numbers by which it finds its own again. */
const failedRequests = new WeakMap<Error, number>()

export function setPort(to: SynchronousPort<FromThread, Reply>): void {
  port = to
}

/** The number of a failed request; null for any other error. */
export function failedRequestOf(error: Error): number | null {
  return failedRequests.get(error) ?? null
}

/**
 * Asks the harness to do something on its connection, and waits for the answer.
 *
 * @throws the error that the harness sends, as better-sqlite3 would throw it
 */
export function askHarness<Kind extends Request['kind']>(
  request: Extract<Request, { readonly kind: Kind }>,
): Answers[Kind] {
  requireCurrent('sql' in request ? request.sql : '')
  if (port === null) throw new Error('no port was set')
  port.send({ kind: 'request', request })
  const reply = port.receive()
  if (reply === null) throw new Error('the harness did not answer')
  const { version } = reply
  if ((currentRun()?.version ?? null) !== version) enterRun(version === null ? null : { version })
  if ('failure' in reply) throw toError(reply.failure)
  // The harness answers each request with what `Answers` says of its kind.
  return reply.value as Answers[Kind]
}

function toError({ id, kind, message, code }: FailedRequest): Error {
  const error = makeError(kind, message, code)
  failedRequests.set(error, id)
  return error
}

function makeError(kind: FailedRequest['kind'], message: string, code: string | null): Error {
  if (kind === 'sqlite') return new SqliteError(message, code ?? 'SQLITE_ERROR')
  if (kind === 'range') return new RangeError(message)
  if (kind === 'type') return new TypeError(message)
  return new StopError(message)
}

/** Thrown in a task that the harness has stopped. */
class StopError extends Error {
  override readonly name = 'StopError'
}

/** Makes an error stand for the failed request of another one. */
export function copyFailure(from: Error, to: Error): Error {
  const id = failedRequests.get(from)
  if (id !== undefined) failedRequests.set(to, id)
  return to
}

/** Whether an error is one that the code of a project has not made. */
export function isOfHarness(error: unknown): boolean {
  return error instanceof RefusalError || (error instanceof Error && failedRequests.has(error))
}
