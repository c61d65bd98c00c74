import { tmpdir } from 'node:os'
import { dirname, resolve } from 'node:path'
import { defineCommand } from 'citty'
import { absolutePathOf } from '../engines/database-path.ts'
import { DiagnosedError, shownPath } from '../errors.ts'
import type { Preview, ProofLevel, UpgradeEvent, UpgradeReport } from '../upgrade/model.ts'
import { noteLeftFolder } from '../upgrade/run-folder.ts'
import { configArgument, findConfigFile } from './config-file.ts'
import { type ExitCode, exitCodes, UsageError } from './errors.ts'
import { print, printJson, say } from './output/print.ts'
import { printable } from './output/printable.ts'
import { renderProblems } from './output/problem.ts'
import { progressOn } from './output/progress.ts'
import { styleFor } from './output/style.ts'
import { startThread } from './process/threads.ts'
import { setSubject } from './subject.ts'
import { dieBySignal, watchPreview, watchSignals } from './upgrade/abandon.ts'
import { followUpgrade } from './upgrade/follow.ts'
import type { SentError, UpgradeMessage, UpgradeTask } from './upgrade/messages.ts'
import { noteSentLateStatement, receiveError } from './upgrade/messages.ts'
import { renderPreview, renderReport } from './upgrade/render.ts'

export interface UpgradeHandlers {
  readonly onPreview: (preview: Preview) => void
  readonly onEvent: (event: UpgradeEvent) => void
}

/** How the work in the thread ended. */
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
 * Thrown when the thread ended without a result: the code of the suite called `process.exit`, or awaits a promise that
 * never settles. SQLite rolls back what was not committed when the file is opened next.
 */
class WorkerEndedError extends DiagnosedError {
  override readonly name = 'WorkerEndedError'

  constructor({ path, configFile }: UpgradeTask, exitCode: number) {
    super({
      where: shownPath(configFile),
      expected: 'code that does not end the process during the upgrade',
      actual: `that the work ended before its result, with exit code ${exitCode}`,
      fix: `remove process.exit and promises that never settle from the config and its migrations, inspect ${path}, and run again`,
    })
  }
}

export const upgradeCommand = defineCommand({
  meta: {
    name: 'upgrade',
    description:
      'Upgrade a database file to the latest version, safely: one backup, all migrations in one transaction, and ' +
      'every check before it is committed. Stop the server first. If it is stopped or killed at any moment, the file ' +
      'keeps its contents, and the upgrade can be run again. Ctrl-C stops it after the running statement, with the ' +
      'exit code of the signal; a second one stops it immediately.',
    examples: [
      {
        call: 'upgrade server.db --dry-run',
        does: 'try the upgrade on a private copy, without changing the file',
      },
      { call: 'upgrade server.db', does: 'back up the file, upgrade it and check the result' },
      { call: 'upgrade server.db --thorough', does: 'also check each entry of each index, which takes long' },
    ],
  },
  args: {
    file: { type: 'positional', required: true, description: 'the database file' },
    'dry-run': {
      type: 'boolean',
      description: 'do everything on a private copy, without changing the file',
    },
    'backup-dir': {
      type: 'string',
      valueHint: 'folder',
      description: 'where to put the backup, or the copy of --dry-run; defaults to the folder of the file',
    },
    'no-backup': {
      type: 'boolean',
      description: 'make no backup: a committed upgrade can then not be undone',
    },
    quick: {
      type: 'boolean',
      description: 'prove only what was written to: its pages, trees and rows, and the backup',
    },
    thorough: {
      type: 'boolean',
      description: 'also look up each entry of each index, before and after, and read the backup again',
    },
    adopt: {
      type: 'boolean',
      description:
        'also upgrade the database of another application: add the tables of this one, and keep all others',
    },
    config: configArgument,
    json: { type: 'boolean', description: 'print the results as JSON' },
  },
  run: async ({ args, rawArgs }): Promise<ExitCode> => {
    // citty parses --no-backup as the negation of an option `backup`.
    const task = readTask(args.file, { ...args, 'no-backup': rawArgs.includes('--no-backup') })
    const asJson = args.json === true
    const stop = new Int32Array(task.stop)
    let preview: Preview | null = null
    using follower = followUpgrade(progressOn(process.stderr), sayIn(asJson))
    using unfinished = watchPreview(task.path)
    using signals = watchSignals((signal) => {
      Atomics.store(stop, 0, 1)
      unfinished.stop(() => {
        signals[Symbol.dispose]()
        dieBySignal(signal)
      })
      follower.note('Stopping after the running statement; press again to stop at once.')
    })
    const { report, error } = await startUpgrade(task, {
      onPreview: (seen) => {
        preview = seen
        unfinished.end()
        if (!asJson) print(describe(seen, task))
        follower.begin(seen)
      },
      onEvent: (event) => {
        unfinished.report(event)
        follower.report(event)
      },
    })
    unfinished.end()
    follower[Symbol.dispose]()
    signals[Symbol.dispose]()
    if (error === null) return conclude(task, preview, report, asJson)
    if (error.name === 'UpgradeCancelledError' && signals.received !== null) {
      say(error.message)
      return dieBySignal(signals.received)
    }
    return fail(error, preview, asJson)
  },
})

interface GivenArguments {
  readonly 'backup-dir'?: string | undefined
  readonly 'no-backup'?: boolean | undefined
  readonly 'dry-run'?: boolean | undefined
  readonly quick?: boolean | undefined
  readonly thorough?: boolean | undefined
  readonly adopt?: boolean | undefined
  readonly config?: string | undefined
}

function readTask(file: string, args: GivenArguments): UpgradeTask {
  const { 'backup-dir': backupDir, 'no-backup': noBackup = false, 'dry-run': isRehearsal = false } = args
  if (noBackup && backupDir !== undefined && !isRehearsal) {
    throw new UsageError({
      where: '--no-backup',
      expected: 'no --backup-dir beside it',
      actual: 'both',
      fix: 'leave one of them out',
    })
  }
  const folder = backupDir === undefined ? null : resolve(backupDir)
  const path = absolutePathOf(file)
  return {
    configFile: findConfigFile(args.config),
    path,
    backupFolder: noBackup ? null : (folder ?? dirname(path)),
    rehearsalFolder: isRehearsal ? (folder ?? tmpdir()) : null,
    level: readLevel(args),
    adopt: args.adopt === true,
    stop: new SharedArrayBuffer(4),
  }
}

function readLevel({ quick = false, thorough = false }: GivenArguments): ProofLevel {
  if (quick && thorough) {
    throw new UsageError({
      where: '--quick',
      expected: 'no --thorough beside it',
      actual: 'both',
      fix: 'leave one of them out',
    })
  }
  return quick ? 'quick' : thorough ? 'thorough' : 'default'
}

/** Without a terminal, each step is logged as a line; a terminal shows progress instead, and JSON is for machines. */
function sayIn(asJson: boolean): (line: string) => void {
  if (asJson || process.stderr.isTTY) return () => {}
  return say
}

function describe(preview: Preview, { backupFolder, rehearsalFolder }: UpgradeTask): string {
  const style = styleFor(process.stdout)
  return renderPreview(preview, { style, backupFolder, isRehearsal: rehearsalFolder !== null })
}

function conclude(
  { rehearsalFolder }: UpgradeTask,
  preview: Preview | null,
  report: UpgradeReport | null,
  asJson: boolean,
): ExitCode {
  const isRehearsal = rehearsalFolder !== null
  const outcome = report === null ? 'up-to-date' : isRehearsal ? 'rehearsed' : 'upgraded'
  if (asJson) printJson({ outcome, preview, report })
  else if (report === null) print(describeNothing(preview))
  else print(renderReport(report, isRehearsal, styleFor(process.stdout)))
  return exitCodes.proven
}

/** Why there was nothing to do, either before the work began or after it got the lock. */
function describeNothing(preview: Preview | null): string {
  if (preview === null || preview.survey.pending.length === 0) {
    return 'The schema is up to date: there is nothing to do.'
  }
  const { path, survey } = preview
  return (
    `Another process upgraded ${printable(path)} to version ${survey.target} after it was inspected: ` +
    'there is nothing left to do, and nothing was proven.'
  )
}

function fail(error: SentError, preview: Preview | null, asJson: boolean): ExitCode {
  if (error.problems.length === 0) throw receiveError(error)
  const { name, message, problems } = error
  if (asJson) printJson({ outcome: 'not-proven', preview, error: { name, message, problems } })
  else print(renderProblems(problems, styleFor(process.stdout)))
  say(`${styleFor(process.stderr)('red', 'Error:')} ${message}`)
  return exitCodes.notProven
}
