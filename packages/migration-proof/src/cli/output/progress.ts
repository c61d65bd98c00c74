import { printable } from './printable.ts'

/** Where work shows how far it is. */
export interface Progress {
  /** @param millisecondsLeft how long it still takes; left out where that is not known */
  show(line: string, millisecondsLeft?: number | null): void
  /** Removes the line from a terminal, before anything else is printed. */
  clear(): void
}

/** From when on the time that work has taken says something of the time that it still takes. */
const least = { milliseconds: 500, share: 0.005 }

/**
 * Estimates how long work still takes, by the pace since the first call: what starts it, such as threads that load the config, is
 * no part of the pace.
 *
 * @param now the time in milliseconds
 * @returns gives the milliseconds that are left for the share that is done, from 0 to 1; null where the work has only begun
 */
export function startPace(now: () => number = () => performance.now()): (share: number) => number | null {
  let first: { readonly share: number; readonly at: number } | null = null
  return (share) => {
    first ??= { share, at: now() }
    const taken = now() - first.at
    const done = share - first.share
    return taken < least.milliseconds || done < least.share ? null : (taken * (1 - share)) / done
  }
}

const usualColumns = 80

/** A log gets a line at most this often. */
const logIntervalMilliseconds = 30_000

/**
 * Shows progress: on a terminal in one line that is overwritten, elsewhere in a line every 30 seconds, so that a log
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
    const show: Progress['show'] = (line, left) => {
      if (now() - last < logIntervalMilliseconds) return
      last = now()
      stream.write(`… ${printable(line)}${describeLeft(left)}\n`)
    }
    return { show, clear: () => {} }
  }
  return {
    show: (line, left) => {
      // A terminal whose size no one has set has none.
      const columns = (stream.columns > 0 ? stream.columns : usualColumns) - 1
      const end = describeLeft(left).slice(0, columns)
      stream.write(`\r\u001B[2K${printable(line).slice(0, columns - end.length)}${end}`)
    },
    clear: () => {
      stream.write('\r\u001B[2K')
    },
  }
}

function describeLeft(milliseconds: number | null = null): string {
  if (milliseconds === null || milliseconds < 1000) return ''
  return `, about ${describeRoughly(milliseconds / 1000)} left`
}

/** An estimate is no more exact than that. */
function describeRoughly(seconds: number): string {
  if (seconds < 20) return `${Math.round(seconds)} s`
  if (seconds < 100) return `${Math.round(seconds / 5) * 5} s`
  const minutes = Math.round(seconds / 60)
  return minutes < 100 ? `${minutes} min` : `${Math.round(minutes / 60)} h`
}
