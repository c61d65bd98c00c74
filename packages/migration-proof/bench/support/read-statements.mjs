// @ts-check
import { readFileSync } from 'node:fs'

/**
 * What `writeStatements` wrote, at the path that is the second argument of a peer.
 *
 * @returns {{ version: number, statements: string[] }[]}
 */
export function readStatements() {
  const [, , , path = ''] = process.argv
  return JSON.parse(readFileSync(path, 'utf8'))
}
