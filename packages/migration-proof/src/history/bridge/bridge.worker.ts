import { parentPort, workerData } from 'node:worker_threads'
import { SynchronousPort } from '../../engines/synchronous-port.ts'
import { errorMessage, readText } from '../../errors.ts'
import {
  type CurrentTask,
  currentTask,
  onLate,
  RefusalError,
  runAsCurrent,
  settleCurrent,
} from './current-task.ts'
import { failedRequestOf, isOfHarness, setPort } from './driver/ask-harness.ts'
import { replaceDriver } from './driver/replace-driver.ts'
import type { Refusal } from './errors.ts'
import type { FromThread, Outcome, Reply, SentError, TaskCall, ThreadData } from './protocol.ts'
import { keepJavaScriptStill } from './still-javascript.ts'
import { importModule, openProject } from './task-project.ts'

/** A thread of tasks: it runs the asynchronous code of a project, whose statements the harness runs. */
const { module, folder, clock, port: messagePort, signals }: ThreadData = workerData
const port = new SynchronousPort<FromThread, Reply>(messagePort, signals, 1)
// Taken before the code of the project can replace it.
const { setImmediate: runSoon } = globalThis

setPort(port)
// Whatever ends this thread, the harness must not wait for it.
process.on('exit', () => port.send({ kind: 'ended' }))
const restart = clock === 'still' ? keepJavaScriptStill() : () => {}
process.cwd = () => folder
replaceDriver()
guardEnd()
watchErrors()
onLate((id, refusal) => port.send({ kind: 'late', id, refusal }))

const project = openProject(folder)
/** The number of the latest call. */
let latestId = -1
let loaded: Promise<Record<string, unknown>> | null = null

// Where no more calls come, the thread ends when nothing is left in it.
parentPort?.on('message', (call: TaskCall | null) => void (call === null ? parentPort?.close() : serve(call)))

async function serve({ id, task, argument }: TaskCall): Promise<void> {
  // While the task runs, nothing but its own work keeps the event loop of this thread going.
  parentPort?.unref()
  latestId = id
  restart()
  const outcome = await new Promise<Outcome>((resolve) => {
    const current: CurrentTask = { id, hasSettled: false, refuse: (refusal) => resolve({ refusal }) }
    const work = async () => {
      loaded ??= load()
      const run = (await loaded)[task]
      if (typeof run !== 'function') return { refusal: noTask(task) }
      return { value: await run(argument, project) }
    }
    runAsCurrent(current, work).then(resolve, (error: unknown) => resolve(toOutcome(error)))
  })
  const refusal = settleCurrent()
  // What was forgotten and waits for nothing runs now, and is seen as late.
  for (let turn = 0; turn < 2; turn++) await new Promise<void>((resolve) => runSoon(resolve))
  parentPort?.ref()
  settle(id, refusal === null || 'refusal' in outcome ? outcome : { refusal })
}

async function load(): Promise<Record<string, unknown>> {
  const exported = await importModule(new URL(module))
  port.send({ kind: 'ready' })
  return exported
}

function settle(id: number, outcome: Outcome): void {
  try {
    port.send({ kind: 'settled', id, outcome })
  } catch (error) {
    const refusal: Refusal = {
      reason: 'not-sendable',
      expected: 'a result that can be copied to another thread',
      actual: `the error '${errorMessage(error)}'`,
      fix: 'return data alone',
    }
    port.send({ kind: 'settled', id, outcome: { refusal } })
  }
}

function noTask(task: string): Refusal {
  return {
    reason: 'no-task',
    expected: `a function ${task} among the exports of ${module}`,
    actual: 'none',
    fix: 'export it',
  }
}

function toOutcome(error: unknown): Outcome {
  if (error instanceof Error) return { error: toSent(error) }
  return {
    refusal: {
      reason: 'not-an-error',
      expected: 'success, or an error',
      actual: `${typeof error} '${errorMessage(error)}', which was thrown`,
      fix: 'throw an Error',
    },
  }
}

/** How many causes of an error are sent. */
const mostCauses = 5

function toSent(error: Error, depth = 0): SentError {
  const cause = depth < mostCauses ? findCause(error) : null
  return {
    name: readText(error, 'name') ?? 'Error',
    message: errorMessage(error),
    stack: readText(error, 'stack'),
    code: readText(error, 'code'),
    cause: cause === null ? null : toSent(cause, depth + 1),
    failedRequest: failedRequestOf(error),
    refusal: error instanceof RefusalError ? error.refusal : null,
  }
}

/** Tools name what they wrap in many ways: `driverError`, `previous`, `original`. */
function findCause(error: Error): Error | null {
  if (error.cause instanceof Error) return error.cause
  return (
    Object.values(error).find((value): value is Error => value instanceof Error && isOfHarness(value)) ?? null
  )
}

/** The code of a project cannot end this thread. */
function guardEnd(): void {
  for (const name of ['exit', 'reallyExit', 'abort'] as const) {
    const refuse = (given?: unknown) => {
      const refusal: Refusal = {
        reason: 'process-end',
        expected: 'a task that settles',
        actual: `a call of process.${name}(${typeof given === 'number' ? given : ''})`,
        fix: 'remove the call',
      }
      currentTask()?.refuse(refusal)
      throw new RefusalError(refusal)
    }
    Object.defineProperty(process, name, { value: refuse, configurable: true, writable: true })
  }
  process.on('beforeExit', () =>
    currentTask()?.refuse({
      reason: 'never-settles',
      expected: 'a promise that settles',
      actual: 'one that nothing can settle any more',
      fix: 'resolve or reject it, or do not wait for it',
    }),
  )
}

/** What no code of the project catches would end its process, and with it the migration. */
function watchErrors(): void {
  const fail = (error: unknown) => {
    if (error instanceof RefusalError) return
    const refusal: Refusal = {
      reason: 'late-error',
      expected: 'all errors by the promise that the task returns',
      actual: `the error '${errorMessage(error)}' beside it`,
      fix: 'await every promise that it makes',
    }
    const current = currentTask()
    if (current !== null) current.refuse(refusal)
    else port.send({ kind: 'late', id: latestId, refusal })
  }
  process.on('uncaughtException', fail)
  process.on('unhandledRejection', fail)
}
