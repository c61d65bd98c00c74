import { parentPort } from 'node:worker_threads'
import { UpgradeCancelledError } from '../upgrade/errors.ts'
import { restoreFile } from '../upgrade/restore-file.ts'
import { onLeftFolder } from '../upgrade/run-folder.ts'
import { readOutline } from './inspection/model.ts'
import { nameForm } from './inspection/references.ts'
import { loadConfig } from './load-config.ts'
import { receiveTask } from './process/threads.ts'
import { type RestoreMessage, type RestoreTask, restoreStates } from './restore/messages.ts'
import { subjectOf } from './subject.ts'
import { sendError } from './upgrade/messages.ts'

/** Runs in a thread: the check of the backup takes seconds or minutes, during which a thread handles no signals. */
async function work({ configFile, path, backup, isForced, state }: RestoreTask): Promise<RestoreMessage> {
  const suite = await loadConfig(configFile)
  send({ kind: 'subject', subject: subjectOf(suite, configFile) })
  const shared = new Int32Array(state)
  const { working, stopped, replacing } = restoreStates
  const refuseStopped = (isStopped: boolean) => {
    if (isStopped) throw new UpgradeCancelledError(path, 'restore')
  }
  Atomics.store(shared, 1, 1)
  refuseStopped(Atomics.load(shared, 0) === stopped)
  const report = await restoreFile({
    path,
    backup,
    isForced,
    subject: { ...suite, formOf: (connection, version) => nameForm(suite, version, readOutline(connection)) },
    madeAt: new Date(),
    report: (copiedPages, totalPages) => {
      refuseStopped(Atomics.load(shared, 0) === stopped)
      send({ kind: 'progress', copiedPages, totalPages })
    },
    onRunFolder: (folder) => send({ kind: 'folder', path: folder }),
    beforeReplacing: () => refuseStopped(Atomics.compareExchange(shared, 0, working, replacing) === stopped),
  })
  return { kind: 'done', report }
}

function send(message: RestoreMessage) {
  parentPort?.postMessage(message)
}

const task = receiveTask<RestoreTask>()
onLeftFolder((path) => send({ kind: 'left', path }))
work(task).then(send, (error: unknown) => send({ kind: 'failed', error: sendError(error, 'restore') }))
