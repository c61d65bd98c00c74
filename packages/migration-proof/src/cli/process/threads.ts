import type { Worker } from 'node:worker_threads'
import { endThread } from '../../end-thread.ts'
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
