import { availableParallelism } from 'node:os'
import type { Worker } from 'node:worker_threads'
import { UsageError } from '../errors.ts'
import { currentRun, type ProgramRun, setCurrentRun } from '../program.ts'

/** What a thread is given: its task, and the program that it is a thread of. */
interface ThreadData {
  readonly task: unknown
  readonly run: ProgramRun
}

const own = new Set<Worker>()

/** Starts a thread of this program. It ends with the command, whatever the code of a project left open in it. */
export function startThread(file: URL, task: unknown): Worker {
  const worker = new (threads().Worker)(file, {
    workerData: { task, run: currentRun() } satisfies ThreadData,
  })
  own.add(worker)
  worker.once('exit', () => own.delete(worker))
  return worker
}

/**
 * Ends what is left of the threads, when their results are there.
 *
 * @returns whether all ended by themselves
 */
export async function endThreads(): Promise<boolean> {
  const ended = await Promise.all([...own].map(endThread))
  return ended.every((each) => each)
}

/** How long what the code of a project left open in a thread, such as a timer, may take to end by itself. */
const graceMilliseconds = 250

/**
 * Ends a thread that has no more to do: what is to run a little later in it still runs, so that what it reports is heard.
 *
 * @returns whether the thread ended by itself
 */
export async function endThread(worker: Worker): Promise<boolean> {
  // Of a thread that has ended already no event comes any more.
  if (worker.threadId === -1) return true
  let timer: NodeJS.Timeout | undefined
  const hasEnded = await Promise.race([
    new Promise<true>((resolve) => worker.once('exit', () => resolve(true))),
    new Promise<false>((resolve) => {
      timer = setTimeout(resolve, graceMilliseconds, false)
    }),
  ])
  clearTimeout(timer)
  if (!hasEnded) await worker.terminate()
  return hasEnded
}

/** What this thread was started to do, as `startThread` was given it. */
export function receiveTask<Task>(): Task {
  const { task, run }: { readonly task: Task; readonly run: ProgramRun } = threads().workerData
  setCurrentRun(run)
  return task
}

/** Loaded only then: most commands need none. */
function threads() {
  return process.getBuiltinModule('node:worker_threads')
}

/** The option of each command that does its work in threads. */
export const threadsArgument = {
  type: 'string',
  valueHint: 'number',
  description: 'how many threads do the work; defaults to the number of processors',
} as const

/**
 * The value of `--threads`; defaults to the number of processors.
 *
 * @throws {UsageError} when it is not an integer in range
 */
export function readThreads(text = `${availableParallelism()}`): number {
  if (/^[1-9]\d{0,2}$/.test(text)) return Number(text)
  throw new UsageError({
    where: '--threads',
    expected: 'a whole number from 1 to 999',
    actual: `'${text}'`,
    fix: 'give such a number, or none',
  })
}
