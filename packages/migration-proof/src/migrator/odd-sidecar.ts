import { lstatSync, type Stats } from 'node:fs'
import { ifNameable } from '../engines/database-path.ts'
import type { Diagnosis } from '../errors.ts'

/**
 * What SQLite cannot use under a name that it gives to a file beside a database, such as a folder or a link; null for
 * nothing. SQLite itself calls it an error of the disk.
 */
export function findOddSidecar(path: string): Diagnosis | null {
  for (const where of ['-journal', '-wal'].map((ending) => path + ending)) {
    const found = ifNameable(() => lstatSync(where, { throwIfNoEntry: false }))
    if (found === undefined || found.isFile()) continue
    const remedy = found.isSymbolicLink()
      ? 'put the file that it leads to in its place where that is of this database, or move the link away'
      : 'move it away: SQLite uses that name for a file of its own'
    return { where, expected: 'a regular file, or none', actual: describeOdd(found), remedy }
  }
  return null
}

function describeOdd(found: Stats): string {
  if (found.isSymbolicLink()) return 'a symbolic link'
  return found.isDirectory() ? 'a folder' : 'a device or pipe'
}
