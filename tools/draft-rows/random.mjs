import { createHash } from 'node:crypto'

/**
 * Chance that repeats: SHA-256 of the seed and a counter. It depends on nothing that a Node version could change.
 *
 * @param {string} seed
 */
export function createRandom(seed) {
  let counter = 0

  /** @param {number} count at most 32 */
  const bytes = (count) => {
    counter += 1
    return new Uint8Array(createHash('sha256').update(`${seed}/${counter}`).digest().subarray(0, count))
  }
  /** @param {number} low @param {number} high both can be drawn */
  const int = (low, high) => low + (new DataView(bytes(4).buffer).getUint32(0) % (high - low + 1))
  /** @template T @param {readonly T[]} list @returns {T} */
  const pick = (list) => list[int(0, list.length - 1)]
  /** @param {number} count of bytes before encoding */
  const token = (count) => Buffer.from(bytes(count)).toString('base64url')

  return { bytes, int, pick, token }
}
