import { existsSync } from 'node:fs'

/**
 * A path of its own for what is made at some time: `PREFIX.20260102T030405Z` and the ending. Where a run of the
 * same second has taken it, a number follows the time.
 */
export function timedPath(prefix: string, time: Date, ending = ''): string {
  const stamp = time.toISOString().replace(/\.\d+/, '').replaceAll(/[-:]/g, '')
  let path = `${prefix}.${stamp}${ending}`
  for (let number = 2; existsSync(path); number++) path = `${prefix}.${stamp}-${number}${ending}`
  return path
}
