/** Numbers that look random and are the same for the same seed. */
export interface Random {
  /** From 0 up to, and without, a limit. */
  below(limit: number): number
  /** From the first to the last number, both included. */
  between(first: number, last: number): number
  chance(probability: number): boolean
  pick<T>(items: readonly T[]): T
  /** One of the names, as often as its weight says. */
  weigh<T extends string>(weights: Readonly<Record<T, number>>): T
}

/** Mulberry32, seeded with several numbers: small, and good enough to draw the steps of a test. */
export function randomFrom(...seeds: readonly number[]): Random {
  let state = seeds.reduce((mixed, seed) => mix((mixed ^ seed) >>> 0), 0x9e3779b9)
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    return mix(state) / 2 ** 32
  }
  const below = (limit: number) => Math.floor(next() * limit)
  return {
    below,
    between: (first, last) => first + below(last - first + 1),
    chance: (probability) => next() < probability,
    pick: <T>(items: readonly T[]) => {
      const [item] = items.slice(below(items.length))
      if (item === undefined) throw new RangeError('There is nothing to choose from.')
      return item
    },
    weigh: <T extends string>(weights: Readonly<Record<T, number>>) => weigh(weights, next()),
  }
}

function mix(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 15), value | 1)
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
  return (mixed ^ (mixed >>> 14)) >>> 0
}

function weigh<T extends string>(weights: Readonly<Record<T, number>>, point: number): T {
  const names = Object.keys(weights) as T[]
  let rest = point * names.reduce((sum, name) => sum + weights[name], 0)
  for (const name of names) {
    rest -= weights[name]
    if (rest < 0) return name
  }
  throw new RangeError('No name has a weight.')
}
