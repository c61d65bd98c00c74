import { parentPort } from 'node:worker_threads'
import { endLateSources, onLateStatement } from '../migrator/late-statements.ts'
import type { Connection } from '../sql/connection.ts'
import type { Observer } from '../upgrade/model.ts'
import { previewUpgrade } from '../upgrade/preview.ts'
import { onLeftFolder } from '../upgrade/run-folder.ts'
import { rehearseUpgrade, runUpgrade } from '../upgrade/run-upgrade.ts'
import { readOutline } from './inspection/model.ts'
import { nameForm } from './inspection/references.ts'
import { loadConfig } from './load-config.ts'
import { receiveTask } from './process/threads.ts'
import { subjectOf } from './subject.ts'
import type { UpgradeMessage, UpgradeTask } from './upgrade/messages.ts'
import { sendError } from './upgrade/messages.ts'

/**
 * Runs in a thread: SQLite's calls take seconds or minutes, during which a thread handles no signals.
 */
async function work(task: UpgradeTask): Promise<UpgradeMessage> {
  const { backupFolder, rehearsalFolder, level, adopt } = task
  const suite = await loadConfig(task.configFile)
  send({ kind: 'subject', subject: subjectOf(suite, task.configFile) })
  const formOf = (connection: Connection, version: number) =>
    nameForm(suite, version, readOutline(connection))
  const observer = observe(task)
  const folders = { backupFolder, rehearsalFolder }
  const options = { plan: suite.plan, forms: suite, adopt, level, ...folders, formOf, observer }
  const preview = previewUpgrade(task.path, options)
  send({ kind: 'preview', preview })
  if (preview.survey.pending.length === 0) return { kind: 'done', report: null }
  const request = { suite, adopt, backupFolder, level, madeAt: new Date() }
  const report =
    rehearsalFolder === null
      ? await runUpgrade(preview, request, observer)
      : await rehearseUpgrade(preview, rehearsalFolder, request, observer)
  return { kind: 'done', report }
}

function observe({ stop }: UpgradeTask): Observer {
  const flag = new Int32Array(stop)
  return {
    report: (event) => send({ kind: 'event', event }),
    isCancelled: () => Atomics.load(flag, 0) !== 0,
  }
}

function send(message: UpgradeMessage) {
  parentPort?.postMessage(message)
}

onLateStatement((error) => send({ kind: 'late', error: sendError(error, 'upgrade') }))
const task = receiveTask<UpgradeTask>()
onLeftFolder((path) => send({ kind: 'left', path }))
/** What the code of the config threw outside of the work, and whatever it is. */
let late: { readonly error: unknown } | null = null

// An uncaught error in the code of a suite would end this thread at once, and leave its folders. Instead, the work stops
// as it does after a signal, and rolls back what it has begun.
process.on('uncaughtException', (error: unknown) => {
  late ??= { error }
  Atomics.store(new Int32Array(task.stop), 0, 1)
})

function conclude(message: UpgradeMessage): UpgradeMessage {
  if (late === null) return message
  const error = sendError(late.error, 'upgrade')
  if (message.kind !== 'done' || message.report === null || task.rehearsalFolder !== null)
    return { kind: 'failed', error }
  const fix = `${error.diagnosis.fix}; the upgrade was already committed, with every check passed`
  return { kind: 'failed', error: { ...error, diagnosis: { ...error.diagnosis, fix } } }
}

work(task)
  .catch((error: unknown): UpgradeMessage => ({ kind: 'failed', error: sendError(error, 'upgrade') }))
  .then((message) => {
    endLateSources()
    send(conclude(message))
  })
