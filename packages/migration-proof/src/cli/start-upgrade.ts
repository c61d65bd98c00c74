import { DiagnosedError } from '../errors.ts'
import { noteLeftFolder } from '../upgrade/left-folders.ts'
import type { Preview, UpgradeEvent, UpgradeReport } from '../upgrade/model.ts'
import { shownPath } from './config-file.ts'
import { startThread } from './process/threads.ts'
import { setSubject } from './subject.ts'
import type { SentError, UpgradeMessage, UpgradeTask } from './upgrade/messages.ts'
import { noteSentLateStatement } from './upgrade/sent-error.ts'

export interface UpgradeHandlers {
  readonly onPreview: (preview: Preview) => void
  readonly onEvent: (event: UpgradeEvent) => void
}

/** How the work of the worker ended. */
export type UpgradeEnd =
  | { readonly report: UpgradeReport | null; readonly error: null }
  | { readonly report: null; readonly error: SentError }

/** Does the work of `upgrade` in a thread of its own. */
export function startUpgrade(
  task: UpgradeTask,
  { onPreview, onEvent }: UpgradeHandlers,
): Promise<UpgradeEnd> {
  // The same path from dist/cli and from a chunk beside it.
  const worker = startThread(new URL('../cli/upgrade.worker.js', import.meta.url), task)
  return new Promise((resolve, reject) => {
    worker.on('message', (message: UpgradeMessage) => {
      if (message.kind === 'subject') setSubject(message.subject)
      else if (message.kind === 'preview') onPreview(message.preview)
      else if (message.kind === 'event') onEvent(message.event)
      else if (message.kind === 'late') noteSentLateStatement(message.error)
      else if (message.kind === 'left') noteLeftFolder(message.path)
      else if (message.kind === 'done') resolve({ report: message.report, error: null })
      else resolve({ report: null, error: message.error })
    })
    worker.on('error', reject)
    worker.on('exit', (code) => reject(new WorkerEndedError(task, code)))
  })
}

/**
 * Thrown when the thread ended without a result: the code of the suite called `process.exit`, or waits for what never
 * comes. SQLite takes back what was not committed when the file is opened next.
 */
class WorkerEndedError extends DiagnosedError {
  override readonly name = 'WorkerEndedError'

  constructor({ path, configFile }: UpgradeTask, exitCode: number) {
    super({
      where: shownPath(configFile),
      expected: 'code that leaves the process alone until the upgrade has ended',
      actual: `that the work ended before its result, with exit code ${exitCode}`,
      remedy: `take process.exit, and promises that never settle, out of the config and its migrations, look at ${path}, and run again`,
    })
  }
}
