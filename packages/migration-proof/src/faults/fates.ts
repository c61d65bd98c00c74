import type { PendingEffect } from './pending.ts'
import type { Random } from './random.ts'

/**
 * What a power loss does to a pending effect. `kept`: it arrived. `lost`: it did not. Of a write also
 * `garbled`: its bytes became noise; `zeroed`: the file grew for it, but its bytes did not arrive.
 */
export type Fate = 'lost' | 'kept' | 'garbled' | 'zeroed'

/** The fate of each pending effect, in order. */
export type Fates = readonly Fate[]

/** Up to so many pending effects, every subset of them is tried. */
export const subsetLimit = 5

/**
 * The combinations of fates to try where so many effects are pending: all subsets up to `subsetLimit`, above
 * it none, all, and chosen ones; both with noise.
 *
 * @param rounds how many of each kind to draw where not all are tried
 */
export function chooseFates(count: number, random: Random, rounds: number): Fates[] {
  if (count === 0) return [[]]
  const extremes = [uniform(count, 'garbled'), uniform(count, 'zeroed')]
  if (count <= subsetLimit) return [...allSubsets(count), ...extremes, ...garbleOne(count)]
  const chosen: Fates[] = [uniform(count, 'lost'), uniform(count, 'kept'), ...extremes]
  for (let round = 0; round < rounds; round++) {
    const place = random.below(count)
    chosen.push(
      each(count, (index) => (index < place ? 'kept' : 'lost')),
      each(count, (index) => (index === place ? 'lost' : 'kept')),
      each(count, (index) => (index === place ? 'kept' : 'lost')),
      each(count, (index) => (index === place ? 'garbled' : 'kept')),
      each(count, () => (random.below(2) === 0 ? 'kept' : 'lost')),
      each(count, () => fateNames[random.below(fateNames.length)] ?? 'lost'),
    )
  }
  return chosen
}

const fateNames: readonly Fate[] = ['lost', 'kept', 'garbled', 'zeroed']

function uniform(count: number, fate: Fate): Fates {
  return each(count, () => fate)
}

function each(count: number, fateOf: (index: number) => Fate): Fates {
  return Array.from({ length: count }, (_, index) => fateOf(index))
}

function allSubsets(count: number): Fates[] {
  return Array.from({ length: 2 ** count }, (_, subset) =>
    each(count, (index) => ((subset >> index) % 2 === 1 ? 'kept' : 'lost')),
  )
}

function garbleOne(count: number): Fates[] {
  return Array.from({ length: count }, (_, place) =>
    each(count, (index) => (index === place ? 'garbled' : 'kept')),
  )
}

/** What arrives of the pending effects. Noise touches only bytes that were being written. */
export function arrivals(pending: readonly PendingEffect[], fates: Fates, random: Random): PendingEffect[] {
  return pending.flatMap((effect, place) => {
    const fate = fates[place] ?? 'lost'
    if (fate === 'lost') return []
    if (effect.kind !== 'write' || fate === 'kept') return [effect]
    return fate === 'garbled' ? [garble(effect, random)] : growOnly(effect)
  })
}

type PendingWrite = Extract<PendingEffect, { kind: 'write' }>

/** The size of a file may be safe before its bytes are; until then they read as zeros. */
function growOnly(effect: PendingWrite): PendingEffect {
  return { ...effect, offset: effect.offset + effect.bytes.length, bytes: new Uint8Array(0) }
}

function garble(effect: PendingWrite, random: Random): PendingEffect {
  const bytes = new Uint8Array(effect.bytes.length)
  random.fill(bytes)
  return { ...effect, bytes }
}
