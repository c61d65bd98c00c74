import { defineCommand } from 'citty'
import { absolutePathOf } from '../engines/database-path.ts'
import { UpgradeCancelledError } from '../upgrade/errors.ts'
import { configArgument, findConfigFile } from './config-file.ts'
import { type ExitCode, exitCodes } from './exit-codes.ts'
import { printJson } from './output/json.ts'
import { print, say } from './output/print.ts'
import { progressOn } from './output/progress.ts'
import { styleFor } from './output/style.ts'
import type { RestoreTask } from './restore/messages.ts'
import { renderRestore } from './restore/render.ts'
import { startRestore } from './restore/start.ts'
import { receiveError } from './upgrade/sent-error.ts'
import { dieBySignal, watchSignals } from './upgrade/signals.ts'

export const restoreCommand = defineCommand({
  meta: {
    name: 'restore',
    description:
      'Put a backup in the place of a database file, after a check of the backup. Stop the server first. The file ' +
      'that is there is set aside, so that what was written since the backup is not lost. Ctrl-C stops it, with the ' +
      'exit code of the signal and the file as it was.',
  },
  args: {
    file: { type: 'positional', required: true, description: 'the database file' },
    backup: { type: 'positional', required: true, description: 'the backup that upgrade made' },
    force: {
      type: 'boolean',
      description: 'restore an empty database, one of another application, or one of a newer version as well',
    },
    config: configArgument,
    json: { type: 'boolean', description: 'print the results as JSON' },
  },
  run: async ({ args }): Promise<ExitCode> => {
    const task: RestoreTask = {
      configFile: findConfigFile(args.config),
      givenConfig: args.config,
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
