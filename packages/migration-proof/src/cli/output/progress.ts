import { printable } from './printable.ts'

/** Where work shows how far it is. */
export interface Progress {
  show(line: string): void
  /** Removes the line from a terminal, before anything else is printed. */
  clear(): void
}

/** A log gets a line at most this often. */
const logIntervalMilliseconds = 20_000

/**
 * Shows progress: on a terminal in one line that is overwritten, elsewhere in a line every 20 seconds, so that a log
 * shows that the work goes on and does not fill up.
 *
 * @param now the time in milliseconds
 */
export function progressOn(
  stream: Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'write'>,
  now: () => number = () => performance.now(),
): Progress {
  if (stream.isTTY !== true) {
    let last = now()
    const show = (line: string) => {
      if (now() - last < logIntervalMilliseconds) return
      last = now()
      stream.write(`${printable(line)}\n`)
    }
    return { show, clear: () => {} }
  }
  return {
    show: (line) => {
      stream.write(`\r\u001B[2K${printable(line).slice(0, stream.columns - 1)}`)
    },
    clear: () => {
      stream.write('\r\u001B[2K')
    },
  }
}
