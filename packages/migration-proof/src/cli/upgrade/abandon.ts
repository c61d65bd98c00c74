import { expressionToOpen } from '../../engines/better-sqlite3.ts'
import { UpgradeCancelledError } from '../../upgrade/errors.ts'
import { isSameFile, readIdentity } from '../../upgrade/file-identity.ts'
import type { UpgradeEvent } from '../../upgrade/model.ts'
import { removeRunFiles } from '../../upgrade/run-files.ts'
import { removeOrNote } from '../../upgrade/run-folder.ts'
import { sidecarSizeOf } from '../../upgrade/tidy-sidecars.ts'
import { tryToCleanUp } from '../../upgrade/with-clean-up.ts'
import { warnOfLeftFolders } from '../output/leftovers.ts'
import { say } from '../output/print.ts'

/** Signals by which a user or a system asks a process to end; a closed terminal sends SIGHUP. */
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

export type StopSignal = (typeof signals)[number]

export interface SignalWatch {
  /** The first signal that came; null while none has. */
  readonly received: StopSignal | null
  [Symbol.dispose](): void
}

/**
 * Asks the work to stop at the first signal, and ends this process at the second, as if there were no listener.
 */
export function watchSignals(onFirst: (signal: StopSignal) => void): SignalWatch {
  let received: StopSignal | null = null
  const listener = (signal: NodeJS.Signals) => {
    const known = signals.find((name) => name === signal)
    if (known === undefined) return
    if (received !== null) endBySignal(known)
    received = known
    onFirst(known)
  }
  const stopWatching = () => {
    for (const signal of signals) process.off(signal, listener)
  }
  const endBySignal = (signal: StopSignal) => {
    stopWatching()
    process.kill(process.pid, signal)
  }
  for (const signal of signals) process.on(signal, listener)
  return {
    get received() {
      return received
    },
    [Symbol.dispose]: stopWatching,
  }
}

/** Ends this process by a signal, so that its parent process sees why. No listener of that signal may be left. */
export function dieBySignal(signal: StopSignal): Promise<never> {
  warnOfLeftFolders()
  process.kill(process.pid, signal)
  return new Promise(() => {
    setTimeout(() => {}, 60_000)
  })
}

/** As the last connection that may write, it lets SQLite remove the sidecars: https://www.sqlite.org/wal.html#the_wal_file */
const scriptFor = (path: string) => `
  process.stdin.resume().on('error', () => {}).on('close', () => {
    const database = ${expressionToOpen(path)}
    database.exec('PRAGMA query_only = ON; SELECT count(*) FROM sqlite_schema')
    database.close()
  })`

/**
 * Notes what is beside a file in WAL mode before it is looked at.
 *
 * @returns what starts a process that removes the empty `-wal` and the `-shm` which the look has made, once this process
 *   has died. While a statement of the look runs, its connection is open, and SQLite removes neither.
 */
function watchForDeath(path: string): () => void {
  const identity = readIdentity(path)
  const isClean = ['-wal', '-shm'].every((ending) => sidecarSizeOf(path + ending) === null)
  return () => {
    const isLeft = sidecarSizeOf(`${path}-wal`) === 0 && sidecarSizeOf(`${path}-shm`) !== null
    if (identity === null || !isClean || !isLeft || !isSameFile(path, identity)) return
    const { spawn } = process.getBuiltinModule('node:child_process')
    // The system closes its standard input when this process dies. The signals of the terminal are not for it.
    const child = spawn(process.execPath, ['-e', scriptFor(path)], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      env: { ...process.env, NODE_OPTIONS: '', ELECTRON_RUN_AS_NODE: '1' },
    })
    child.on('error', () => {})
  }
}

/** How long a statement of the preview may run on after the first signal. */
const patienceMilliseconds = 400

/** Ends this process where a statement of the preview keeps the worker from stopping. */
export interface AbandonablePreview {
  /** Notes the folders that the preview makes. */
  report(event: UpgradeEvent): void
  /** From now on the file may be changed, and nothing is abandoned. */
  end(): void
  /** Gives the worker some time to stop by itself, and then calls what ends the process. */
  stop(die: () => void): void
  [Symbol.dispose](): void
}

/** The preview changes nothing, so that it can be abandoned at any moment: only its own folders must go. */
export function watchPreview(path: string): AbandonablePreview {
  const folders = new Set<string>()
  const tidyAfterDeath = watchForDeath(path)
  let isOver = false
  let timer: NodeJS.Timeout | undefined
  const end = () => {
    isOver = true
    clearTimeout(timer)
  }
  const abandon = (die: () => void) => {
    // The worker may be writing into it, and Windows removes no open file: then the next run knows it by its lock.
    for (const folder of folders) removeOrNote(folder, () => removeRunFiles(folder))
    tryToCleanUp(tidyAfterDeath)
    say(new UpgradeCancelledError(path).message)
    die()
  }
  return {
    report: (event) => {
      if (event.step === 'preview') folders.add(event.folder)
    },
    end,
    stop: (die) => {
      if (!isOver) timer = setTimeout(abandon, patienceMilliseconds, die)
    },
    [Symbol.dispose]: end,
  }
}
