import { setTimeout } from 'node:timers/promises'
import { noteLeftFolder } from '../../upgrade/left-folders.ts'
import type { RestoreReport } from '../../upgrade/restore-file.ts'
import { removeRunFiles } from '../../upgrade/run-files.ts'
import { removeOrNote } from '../../upgrade/run-folder.ts'
import { startThread } from '../process/threads.ts'
import { setSubject } from '../subject.ts'
import type { SentError } from '../upgrade/messages.ts'
import { type RestoreMessage, type RestoreTask, restoreStates } from './messages.ts'

/** How the work ended. */
export type RestoreEnd =
  | { readonly kind: 'done'; readonly report: RestoreReport }
  | { readonly kind: 'failed'; readonly error: SentError }
  /** It did not heed the request to stop, and all that it had made was removed. */
  | { readonly kind: 'abandoned' }

export interface RunningRestore {
  readonly end: Promise<RestoreEnd>
  /** Asks it to stop; once the file is being replaced, that comes too late. */
  stop(): void
}

/** How long the work may take to stop by itself: it hears nothing during one call of SQLite. */
const patienceMilliseconds = 300

/** Does the work of `restore` in a thread of its own. */
export function startRestore(
  task: RestoreTask,
  onProgress: (copiedPages: number, totalPages: number) => void,
): RunningRestore {
  // The same path from dist/cli and from a chunk beside it.
  const worker = startThread(new URL('../cli/restore.worker.js', import.meta.url), task)
  let folder: string | null = null
  let isEnded = false
  let abandon = () => {}
  const end = new Promise<RestoreEnd>((resolve, reject) => {
    abandon = () => resolve({ kind: 'abandoned' })
    worker.on('message', (message: RestoreMessage) => {
      if (message.kind === 'subject') setSubject(message.subject)
      else if (message.kind === 'folder') folder = message.path
      else if (message.kind === 'left') noteLeftFolder(message.path)
      else if (message.kind === 'progress') onProgress(message.copiedPages, message.totalPages)
      else {
        isEnded = true
        resolve(message)
      }
    })
    worker.on('error', reject)
    worker.on('exit', (code) => {
      isEnded = true
      reject(new Error(`The worker ended with exit code ${code} and no result.`))
    })
  })
  const stop = async () => {
    const { working, stopped, replacing } = restoreStates
    const shared = new Int32Array(task.state)
    if (Atomics.compareExchange(shared, 0, working, stopped) === replacing) return
    await setTimeout(patienceMilliseconds)
    // It may have made its folder, and says so in a moment, or that it has stopped.
    while (!isEnded && folder === null && Atomics.load(shared, 1) === 1) await setTimeout(10)
    // Nothing but this folder was written to. What remains of it is removed by the next run.
    const made = folder
    if (made !== null) removeOrNote(made, () => removeRunFiles(made))
    abandon()
  }
  return { end, stop: () => void stop() }
}
