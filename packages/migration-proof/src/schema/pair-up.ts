/** Two things that belong together, or one whose partner is missing. */
export type Pair<Item> =
  | { readonly expected: Item; readonly actual: Item }
  | { readonly expected: Item; readonly actual: null }
  | { readonly expected: null; readonly actual: Item }

/** What two things of a pair have in common; null for a thing that has none of it. */
export type PairingKey<Item> = (item: Item) => string | null

/**
 * Pairs two lists by the first key, what is left by the second, and so on: from the same in all to the same
 * in little, so that a thing that changed is shown as changed, and not as one missing and one extra.
 */
export function pairUp<Item>(
  expected: readonly Item[],
  actual: readonly Item[],
  keys: readonly PairingKey<Item>[],
): Pair<Item>[] {
  const partners = new Map<Item, Item>()
  let left: readonly Item[] = actual
  for (const key of keys) {
    const unpaired = expected.filter((item) => !partners.has(item))
    left = pairByKey(unpaired, left, key, partners)
  }
  return [
    ...expected.map((item): Pair<Item> => {
      const partner = partners.get(item)
      return partner === undefined ? { expected: item, actual: null } : { expected: item, actual: partner }
    }),
    ...left.map((item): Pair<Item> => ({ expected: null, actual: item })),
  ]
}

/** Returns those of the actual items that are left. */
function pairByKey<Item>(
  expected: readonly Item[],
  actual: readonly Item[],
  key: PairingKey<Item>,
  partners: Map<Item, Item>,
): Item[] {
  const waiting = new Map<string, Item[]>()
  for (const item of expected) {
    const value = key(item)
    if (value !== null) waiting.set(value, [...(waiting.get(value) ?? []), item])
  }
  return actual.filter((item) => {
    const value = key(item)
    const partner = value === null ? undefined : waiting.get(value)?.shift()
    if (partner !== undefined) partners.set(partner, item)
    return partner === undefined
  })
}
