import { lateStatements } from '../../migrator/late-statements.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import { explainOutputFailure, explainUnfinished } from '../explain-error.ts'
import { warnOfLeftFolders } from '../output/left-folders.ts'
import { flushOutput, keepOutput, outputFailure } from '../output/streams.ts'
import { reportError, warn } from '../report-error.ts'
import { endNow, exitProcess, guardProcess } from './guard.ts'
import { whenIdle } from './idle.ts'
import { describeOpenHandles, listOpenHandles } from './open-handles.ts'
import { endThreads } from './threads.ts'

/** How long what a project left open may take to end by itself. */
const graceMilliseconds = 250

/**
 * Runs the command that the arguments name, and ends the process with its exit code. That is 1 until the command has
 * ended by itself and its result was written, whatever the code of a project does to the process.
 */
export function runToEnd(
  given: readonly string[],
  run: (given: readonly string[]) => Promise<ExitCode>,
): void {
  let isRunning = true
  let exitCode: ExitCode = exitCodes.notProven
  process.exitCode = exitCode
  guardProcess()
  keepOutput()
  const openBefore = listOpenHandles()

  const reported = new Set<string>()
  // A migration that goes on when it has returned was proven without what it did then, even where it swallows the error.
  const judge = (code: ExitCode): ExitCode => {
    const late = lateStatements()
    for (const error of late.filter(({ message }) => !reported.has(message))) {
      reported.add(error.message)
      reportError(error, given)
    }
    return late.length > 0 && code === exitCodes.proven ? exitCodes.notProven : code
  }
  const conclude = async (code: ExitCode) => {
    isRunning = false
    const haveEnded = await endThreads()
    if (!haveEnded && code === exitCodes.proven) warn(leftOpen('something in its thread'))
    warnOfLeftFolders()
    await flushOutput()
    const failure = outputFailure()
    if (failure !== null) warn(explainOutputFailure(failure, code))
    exitCode = judge(failure !== null && code === exitCodes.proven ? exitCodes.notProven : code)
    await flushOutput()
  }
  let isFailing = false
  const fail = (error: unknown) => {
    // What fails while this ends is a consequence.
    if (isFailing) return
    isFailing = true
    if (error instanceof Error) reported.add(error.message)
    reportError(error, given)
    conclude(exitCodes.notProven).then(() => exitProcess(exitCode))
  }

  process.on('uncaughtException', fail)
  whenIdle(() => {
    if (isRunning) fail(explainUnfinished(given))
  })
  process.on('exit', function end() {
    if (isRunning) reportError(explainUnfinished(given), given)
    for (const listener of process.rawListeners('exit')) if (listener !== end) callQuietly(listener, exitCode)
    exitCode = judge(exitCode)
    // Now, before a listener that was called again could set another exit code.
    endNow(exitCode)
  })

  run(given).then(async (code) => {
    await conclude(code)
    setTimeout(async () => {
      warn(leftOpen(describeOpenHandles(openBefore)))
      await flushOutput()
      exitProcess(exitCode)
    }, graceMilliseconds).unref()
  })
}

function leftOpen(what: string): string {
  return `The result is whole, but the config left open what keeps the process alive: ${what}; close it there, or unref() it.`
}

function callQuietly(listener: unknown, exitCode: ExitCode): void {
  if (typeof listener !== 'function') return
  try {
    Reflect.apply(listener, process, [exitCode])
  } catch {
    // The result is out: what a project does after it changes nothing.
  }
}
