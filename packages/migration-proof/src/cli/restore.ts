import { setTimeout } from 'node:timers/promises'
import { defineCommand } from 'citty'
import { formatCount } from '../count.ts'
import { absolutePathOf } from '../engines/database-path.ts'
import { UpgradeCancelledError } from '../upgrade/errors.ts'
import type { RestoreReport } from '../upgrade/restore-file.ts'
import { removeRunFiles } from '../upgrade/run-files.ts'
import { noteLeftFolder, removeOrNote } from '../upgrade/run-folder.ts'
import { configArgument, findConfigFile } from './config-file.ts'
import { type ExitCode, exitCodes } from './errors.ts'
import { renderLeftovers } from './output/leftovers.ts'
import { print, printJson, say } from './output/print.ts'
import { printable } from './output/printable.ts'
import { progressOn } from './output/progress.ts'
import { type Style, styleFor } from './output/style.ts'
import { startThread } from './process/threads.ts'
import type { RestoreMessage, RestoreTask } from './restore/messages.ts'
import { restoreStates } from './restore/messages.ts'
import { setSubject } from './subject.ts'
import { dieBySignal, watchSignals } from './upgrade/abandon.ts'
import type { SentError } from './upgrade/messages.ts'
import { receiveError } from './upgrade/messages.ts'
import { renderRecovery } from './upgrade/render.ts'

/** How the work ended. */
export type RestoreEnd =
  | { readonly kind: 'done'; readonly report: RestoreReport }
  | { readonly kind: 'failed'; readonly error: SentError }
  /** It did not stop when asked, and everything that it had made was removed. */
  | { readonly kind: 'abandoned' }

export interface RunningRestore {
  readonly end: Promise<RestoreEnd>
  /** Asks it to stop, which has no effect once the file is being replaced. */
  stop(): void
}

/** How long the work may take to stop by itself: it cannot react during a call of SQLite. */
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
    // If it has just made its folder, it soon reports that, or that it has stopped.
    while (!isEnded && folder === null && Atomics.load(shared, 1) === 1) await setTimeout(10)
    // Only this folder was written to. The next run removes what remains of it.
    const made = folder
    if (made !== null) removeOrNote(made, () => removeRunFiles(made))
    abandon()
  }
  return { end, stop: () => void stop() }
}

export const restoreCommand = defineCommand({
  meta: {
    name: 'restore',
    description:
      'Restore a database file from the backup that an upgrade made: the backup is checked, and replaces the file. Stop ' +
      'the server first. The current file is kept under another name, so that nothing written since the backup is lost. ' +
      'Ctrl-C stops it with the exit code of the signal, and leaves the file unchanged.',
    examples: [
      { call: 'restore server.db server.db.v2.20260102T030405Z.backup', does: 'restore this backup' },
      {
        call: 'restore server.db copies/server.db --force',
        does: 'restore a copy over an empty or newer database',
      },
    ],
  },
  args: {
    file: { type: 'positional', required: true, description: 'the database file' },
    backup: { type: 'positional', required: true, description: 'the backup that upgrade made' },
    force: {
      type: 'boolean',
      description: 'also restore an empty database, or one of another application or a newer version',
    },
    config: configArgument,
    json: { type: 'boolean', description: 'print the results as JSON' },
  },
  run: async ({ args }): Promise<ExitCode> => {
    const task: RestoreTask = {
      configFile: findConfigFile(args.config),
      path: absolutePathOf(args.file),
      backup: absolutePathOf(args.backup),
      isForced: args.force === true,
      state: new SharedArrayBuffer(8),
    }
    const progress = progressOn(process.stderr)
    const restore = startRestore(task, (copied, total) =>
      progress.show(`Copying: ${copied} of ${total} pages`),
    )
    using signals = watchSignals(() => restore.stop())
    const end = await restore.end.finally(() => progress.clear())
    signals[Symbol.dispose]()
    if (end.kind === 'done') {
      if (args.json) printJson(end.report)
      else print(renderRestore(end.report, styleFor(process.stdout)))
      return exitCodes.proven
    }
    const isStopped = end.kind === 'abandoned' || end.error.name === 'UpgradeCancelledError'
    if (isStopped && signals.received !== null) {
      say(new UpgradeCancelledError(task.path, 'restore').message)
      return dieBySignal(signals.received)
    }
    throw end.kind === 'failed' ? receiveError(end.error) : new UpgradeCancelledError(task.path, 'restore')
  },
})

/** What was restored, who owns it, and where the previous file is. */
export function renderRestore(report: RestoreReport, style: Style): string {
  const { path, backup, sizeBytes, leftovers } = report
  const verdict = `${printable(path)} is ${printable(backup)} again: ${describeContents(report)}, ${formatCount(sizeBytes)} bytes, and sound.`
  return [
    style('green', verdict),
    ...describeOwnership(report),
    ...renderRecovery(backup, report.recoveredFrom),
    ...describeAside(report),
    ...renderLeftovers(leftovers),
  ].join('\n')
}

function describeContents({ contents: { application, kind, version, form } }: RestoreReport): string {
  if (kind === 'empty') return 'an empty database'
  if (kind === 'foreign') return 'a database of another application'
  const name = printable(application ?? '')
  if (kind === 'unreadable') return `${name}, of a version that cannot be read`
  if (kind === 'newer') return `${name}, version ${version}, which this release does not know`
  return `${name}, version ${version}${form === null ? '' : ` (${printable(form)})`}`
}

/** Says nothing if owner and mode did not change. */
function describeOwnership({ replaced, ownership }: RestoreReport): string[] {
  const { userId, groupId, mode, from } = ownership
  if (replaced !== null && from === 'file') return []
  const whose = {
    file: 'as before',
    folder: 'as its folder does',
    backup: 'as the backup does',
    process: 'since only root can give it to another user',
  }[from]
  return [
    `  It belongs to user ${userId} and group ${groupId}, ${whose}, with mode ${mode.toString(8).padStart(4, '0')}.`,
  ]
}

function describeAside({ replaced, setAside }: RestoreReport): string[] {
  if (replaced !== null) {
    const beside = setAside.length === 1 ? '' : ', with the files that SQLite kept beside it'
    return [`  The previous file is ${printable(replaced)}${beside}: delete it once it is no longer needed.`]
  }
  if (setAside.length === 0) return []
  return [
    `  There was no file, but files that SQLite keeps beside one. They are kept as ${setAside.map(printable).join(', ')}, and may hold the rows that were committed last.`,
  ]
}
