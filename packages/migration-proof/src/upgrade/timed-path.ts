/** The longest that is put between a prefix and an ending. */
export const longestTime = '.20260102T030405Z-99'

/**
 * Paths for what is made at some time: `PREFIX.20260102T030405Z` and the ending, then the same with a number after the
 * time. The caller takes the first that is free, by making it exclusively.
 */
export function* timedPaths(prefix: string, time: Date, ending = ''): Generator<string, never> {
  const stamp = time.toISOString().replace(/\.\d+/, '').replaceAll(/[-:]/g, '')
  yield `${prefix}.${stamp}${ending}`
  for (let number = 2; ; number++) yield `${prefix}.${stamp}-${number}${ending}`
}
