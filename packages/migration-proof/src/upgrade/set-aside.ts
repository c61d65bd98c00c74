import { lstatSync, rmSync } from 'node:fs'
import { ifNameable } from '../engines/database-path.ts'
import { keepAs } from './exclusive-name.ts'
import { type FileIdentity, isSameFile, readIdentity } from './file-identity.ts'
import { timedPaths } from './timed-path.ts'

/** What SQLite keeps beside a database file. */
export const sidecarEndings = ['-wal', '-journal', '-shm'] as const

/** A file that has a second name. */
interface Kept {
  readonly first: string
  readonly second: string
  readonly identity: FileIdentity
}

/** A database file with what lies beside it, each with a second name: `data.db.replaced.TIME` and the same endings. */
export interface KeptSet {
  /** The second name of the file, whether or not there is one. */
  readonly aside: string
  readonly files: readonly Kept[]
}

/**
 * Gives a database file and what lies beside it second names that no file has, the file itself last: a kill meanwhile
 * leaves no file without what belongs to it.
 */
export function keepSet(path: string, madeAt: Date): KeptSet {
  for (const aside of timedPaths(`${path}.replaced`, madeAt)) {
    const set = tryToKeep(path, aside)
    if (set !== null) return set
  }
  throw new Error('The times never end.')
}

/** Takes the second names back. */
export function forgetSet({ files }: KeptSet): void {
  for (const { second } of files.toReversed()) rmSync(second, { force: true })
}

/** Removes the first names of what lies beside the file, unless another file has one by now. */
export function removeSidecars({ files }: KeptSet, path: string): void {
  for (const { first, identity } of files) if (first !== path && isSameFile(first, identity)) rmSync(first)
}

/** Null where one of the names is taken. */
function tryToKeep(path: string, aside: string): KeptSet | null {
  const endings = [...sidecarEndings, '']
  // A log of another file beside the one that is set aside would destroy that.
  const find = (ending: string) => ifNameable(() => lstatSync(aside + ending, { throwIfNoEntry: false }))
  if (endings.some((ending) => find(ending) !== undefined)) return null
  const files: Kept[] = []
  for (const ending of endings) {
    const identity = readIdentity(path + ending)
    if (identity === null) continue
    if (!keepAs(path + ending, aside + ending)) {
      forgetSet({ aside, files })
      return null
    }
    files.push({ first: path + ending, second: aside + ending, identity })
  }
  return { aside, files }
}
