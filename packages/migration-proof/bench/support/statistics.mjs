// @ts-check
/**
 * @param {readonly number[]} numbers
 */
export function median(numbers) {
  const sorted = [...numbers].sort((left, right) => left - right)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2
}

/**
 * @typedef {object} Ratio
 * @property {number} median of the ratios of the pairs
 * @property {number} least
 * @property {number} most
 * @property {number} pairs
 */

/**
 * The ratio of the first to the second, pair by pair.
 *
 * @param {readonly number[]} ours
 * @param {readonly number[]} theirs
 * @returns {Ratio}
 */
export function ratioOf(ours, theirs) {
  const ratios = ours.map((value, pair) => value / (theirs[pair] ?? Number.NaN))
  return {
    median: median(ratios),
    least: Math.min(...ratios),
    most: Math.max(...ratios),
    pairs: ratios.length,
  }
}

/**
 * Measures contenders in turns: each round runs all of them, every other round in the opposite order, so that other load
 * on the machine affects all alike. A first round is not counted.
 *
 * @template {Record<string, number>} Measurement
 * @param {Readonly<Record<string, () => Measurement>>} contenders
 * @param {number} rounds
 * @returns {Record<string, Measurement[]>}
 */
export function interleave(contenders, rounds) {
  /** @type {Record<string, Measurement[]>} */
  const results = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]))
  for (let round = -1; round < rounds; round++) {
    const entries = Object.entries(contenders)
    if (round % 2 !== 0) entries.reverse()
    for (const [name, measure] of entries) {
      const measurement = measure()
      if (round >= 0) results[name]?.push(measurement)
    }
  }
  return results
}
