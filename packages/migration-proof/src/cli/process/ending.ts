import { endLateSources, lateStatements } from '../../migrator/late-statements.ts'
import { type ExitCode, exitCodes } from '../errors.ts'
import { explainOutputFailure, explainUnfinished, reportError, warn } from '../explain-error.ts'
import { warnOfLeftFolders } from '../output/leftovers.ts'
import { flushOutput, keepOutput, outputFailure } from '../output/streams.ts'
import { endNow, exitProcess, guardProcess, whenIdle } from './guard.ts'
import { endThreads } from './threads.ts'

/** Readable names of what keeps a process alive, by Node's names. */
const words: Readonly<Record<string, string>> = {
  Timeout: 'a timer',
  Immediate: 'an immediate',
  TCPServerWrap: 'a server',
  TCPSocketWrap: 'a connection',
  TCPWrap: 'a connection',
  PipeWrap: 'a pipe',
  PipeServerWrap: 'a server on a pipe',
  TTYWrap: 'the terminal',
  UDPWrap: 'a UDP socket',
  ProcessWrap: 'a child process',
  FSEventWrap: 'a watched file',
  StatWatcher: 'a watched file',
  SignalWrap: 'a listener of a signal',
  MessagePort: 'a message port',
}

/** The open handles of this process, by their kinds, before the code of a project was loaded. */
function listOpenHandles(): readonly string[] {
  return process.getActiveResourcesInfo()
}

/** What was opened since then and is still open, such as `a timer, 2 connections`. */
function describeOpenHandles(before: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const kind of listOpenHandles()) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  for (const kind of before) counts.set(kind, (counts.get(kind) ?? 0) - 1)
  const open = [...counts].filter(([, count]) => count > 0)
  // Node names no threads.
  if (open.length === 0) return 'something that Node does not name, such as a thread'
  return open.map(([kind, count]) => describe(words[kind] ?? kind, count)).join(', ')
}

function describe(word: string, count: number): string {
  return count === 1 ? word : `${word.replace(/^(an?|the) /, '')} (${count} of them)`
}

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
    endLateSources()
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
