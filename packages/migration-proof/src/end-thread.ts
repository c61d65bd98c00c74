import type { Worker } from 'node:worker_threads'

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
