import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { betterSqliteConnection, openMemory } from '../engines/better-sqlite3.ts'
import { errorMessage, shownPath } from '../errors.ts'
import { packageFolder } from '../package-folder.ts'
import { isJavaScriptStill } from '../snapshots/clock.ts'
import { type Bridge, openBridge } from './bridge/open-bridge.ts'
import type { Clock } from './bridge/protocol.ts'
import { HistoryError, resolveFolder } from './sql-folder.ts'

/** Runs work with the tasks of a tool, in a thread that starts with the first call and ends with the process. */
export type ToolTasks = <Result>(work: (tasks: Bridge) => Result) => Result

/**
 * Opens the tasks of `tasks/TOOL.worker.ts`, which find the packages of the project from the folder of the config. Their clock
 * stands still where that of this thread does.
 */
export function openTasks(tool: string): ToolTasks {
  const folder = resolveFolder('.')
  const module = pathToFileURL(join(packageFolder(), 'dist', 'history', 'tasks', `${tool}.worker.js`))
  // What follows a statement of a call may make another one: that needs a thread which is not waiting.
  const idle: Readonly<Record<Clock, Bridge[]>> = { still: [], real: [] }
  return (work) => {
    const clock = isJavaScriptStill() ? 'still' : 'real'
    const bridge = idle[clock].pop() ?? openBridge({ module, folder, clock })
    try {
      return work(bridge)
    } finally {
      idle[clock].push(bridge)
    }
  }
}

/**
 * Asks code of the project what it says of its migrations. What it asks a database for, it asks an empty one.
 *
 * @param source the file or folder that the task imports
 * @throws {HistoryError} when the code fails
 */
export function askProject<Answer>(
  tasks: ToolTasks,
  task: string,
  argument: object,
  source: string,
  what: { readonly expected: string; readonly fix: string },
): Answer {
  const empty = betterSqliteConnection(openMemory())
  try {
    // What the task of that name returns is a part of this package.
    return tasks((bridge) => bridge.call(task, argument, empty)) as Answer
  } catch (cause) {
    const actual = `the error '${errorMessage(cause)}'`
    throw new HistoryError({ where: shownPath(source), actual, ...what }, { cause })
  } finally {
    empty.close()
  }
}
