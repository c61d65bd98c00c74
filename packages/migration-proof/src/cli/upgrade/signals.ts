import { warnOfLeftFolders } from '../output/leftovers.ts'

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
