import { printable } from './printable.ts'

/** One line on a terminal that is written over and over. */
export interface Progress {
  show(line: string): void
  /** Takes the line away, before anything else is printed. */
  clear(): void
}

/** Shows progress on a terminal; anywhere else it stays silent, so that logs do not fill with it. */
export function progressOn(stream: NodeJS.WriteStream): Progress {
  if (stream.isTTY !== true) return { show: () => {}, clear: () => {} }
  return {
    show: (line) => {
      stream.write(`\r\u001B[2K${printable(line).slice(0, stream.columns - 1)}`)
    },
    clear: () => {
      stream.write('\r\u001B[2K')
    },
  }
}
