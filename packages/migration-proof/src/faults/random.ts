import { createHash } from 'node:crypto'
import { withFixedDate } from '../snapshots/clock.ts'

/** 2026-01-01T00:00:00Z, the time on every simulated disk. */
export const nowMilliseconds = Date.UTC(2026, 0, 1)

/**
 * Runs the work while the clock of JavaScript stands still, as that of SQLite does on a simulated disk: a version
 * store that writes `Date.now()` then writes the same bytes in each run.
 */
export function withFixedClock<Result>(work: () => Result): Result {
  return withFixedDate(nowMilliseconds, work)
}

/** A source of random numbers that gives the same ones for the same seed. */
export interface Random {
  /** A whole number from 0 up to, but not including, the limit. */
  below(limit: number): number
  fill(bytes: Uint8Array): void
}

/**
 * Random numbers from a seed of any parts; whoever draws for two things takes a seed for each, so that one
 * can be drawn again without the other. The generator is Marsaglia's xorshift32:
 * https://www.jstatsoft.org/article/view/v008i14
 */
export function seededRandom(...seed: readonly (string | number)[]): Random {
  // Made from the seed with the first number: most that have a source draw none.
  let state = 0

  const next = () => {
    if (state === 0) state = stateOf(seed)
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    state >>>= 0
    return state
  }

  return {
    below: (limit) => Math.floor((next() / 2 ** 32) * limit),
    fill: (bytes) => {
      let value = 0
      for (let place = 0; place < bytes.length; place++) {
        if (place % 4 === 0) value = next()
        bytes[place] = value
        value >>>= 8
      }
    },
  }
}

/** Never 0, from which the generator would not come away. */
function stateOf(seed: readonly (string | number)[]): number {
  return createHash('sha256').update(JSON.stringify(seed)).digest().readUInt32LE(0) || 1
}
