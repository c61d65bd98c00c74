/** The name that was most likely meant; null where none is near. */
export function suggest(given: string, names: readonly string[]): string | null {
  const ranked = names
    .filter((name) => !isOtherNumber(given, name))
    .map((name) => ({ name, distance: name.startsWith(given) ? 0 : editDistance(given, name) }))
    .sort((left, right) => left.distance - right.distance)
  const [nearest] = ranked
  const isNear = nearest !== undefined && nearest.distance <= Math.max(1, given.length / 3)
  // Of one letter, nothing is left where it is changed.
  return isNear && nearest.distance < given.length ? nearest.name : null
}

/** Of `v1` and `v7` neither is a slip for the other. */
function isOtherNumber(given: string, name: string): boolean {
  return given !== name && given.replaceAll(/\d+/g, '#') === name.replaceAll(/\d+/g, '#')
}

/** How many letters must be added, removed or changed to make one word of the other (Levenshtein). */
function editDistance(from: string, to: string): number {
  let above = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (const [row, letter] of [...from].entries()) {
    const line = [row + 1]
    for (let column = 1; column <= to.length; column++) {
      const change = (above[column - 1] ?? 0) + Number(letter !== to[column - 1])
      line.push(Math.min((above[column] ?? 0) + 1, (line[column - 1] ?? 0) + 1, change))
    }
    above = line
  }
  return above[to.length] ?? 0
}
