import { createHash } from 'node:crypto'
import { withFixedDate } from '../snapshots/clock.ts'

/** 2026-01-01T00:00:00Z, the time on every simulated disk. */
export const nowMilliseconds = Date.UTC(2026, 0, 1)

/**
 * Runs the work with a fixed JavaScript clock, like SQLite's clock on a simulated disk: a version store that writes
 * `Date.now()` then writes the same bytes in each run.
 */
export function withFixedClock<Result>(work: () => Result): Result {
  return withFixedDate(nowMilliseconds, work)
}

/** A source of random numbers that returns the same numbers for the same seed. */
export interface Random {
  /** An integer from 0 up to, but not including, the limit. */
  below(limit: number): number
  fill(bytes: Uint8Array): void
  /** A source of the numbers that this one has yet to return. */
  copy(): Random
}

/**
 * Random numbers from a seed of any number of values. Use a separate seed for each purpose, so that one can be repeated
 * without the other. The generator is Marsaglia's xorshift32:
 * https://www.jstatsoft.org/article/view/v008i14
 */
export function seededRandom(...seed: readonly (string | number)[]): Random {
  return randomAt(seed, 0)
}

/** @param start the state of the generator; 0 before the first number */
function randomAt(seed: readonly (string | number)[], start: number): Random {
  // Derived from the seed only when the first number is drawn: most sources are never used.
  let state = start

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
      for (let index = 0; index < bytes.length; index++) {
        if (index % 4 === 0) value = next()
        bytes[index] = value
        value >>>= 8
      }
    },
    copy: () => randomAt(seed, state),
  }
}

/** Never 0, because the generator would then return only zeros. */
function stateOf(seed: readonly (string | number)[]): number {
  return createHash('sha256').update(JSON.stringify(seed)).digest().readUInt32LE(0) || 1
}
