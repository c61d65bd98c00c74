import { withEncoding } from './encoding.ts'
import type { ConditionedFile } from './file.ts'
import { inDeleteMode, withAutoVacuum, withPageSize } from './layout.ts'
import { withFramesInWal, withHotJournal } from './leftovers.ts'
import { withOldOrphans, withOwnObjects } from './own.ts'

/** A condition that files in the field are found in, and that an upgrade must cope with. */
export interface FieldCondition {
  /** Completes "a file …". */
  readonly name: string
  /**
   * Makes a file in this condition. It holds the rows of the snapshot, and what the result says besides.
   *
   * @param bytes a snapshot, as `loadSnapshot` gives it
   * @param folder an empty private folder
   */
  readonly make: (bytes: Uint8Array, folder: string) => ConditionedFile
}

/**
 * The conditions that files in the field are found in.
 *
 * @example
 * ```js
 * import { mkdtempSync } from 'node:fs'
 * import Database from 'better-sqlite3'
 * import { fieldConditions, loadSnapshot } from 'migration-proof'
 *
 * const { bytes } = loadSnapshot('fixtures', 'v1')
 * const condition = fieldConditions.find(({ name }) => name === 'in UTF-16le')
 * const file = condition.make(bytes, mkdtempSync('field-'))
 * console.log(new Database(file.path).pragma('encoding', { simple: true })) // UTF-16le
 * ```
 */
export const fieldConditions: readonly FieldCondition[] = [
  { name: 'with all its pages in the WAL', make: withFramesInWal },
  { name: 'with a hot rollback journal', make: withHotJournal },
  { name: 'with pages of 512 bytes', make: (bytes, folder) => withPageSize(bytes, folder, 512) },
  { name: 'with pages of 65536 bytes', make: (bytes, folder) => withPageSize(bytes, folder, 65_536) },
  { name: 'in UTF-16le', make: (bytes, folder) => withEncoding(bytes, folder, 'UTF-16le') },
  { name: 'in UTF-16be', make: (bytes, folder) => withEncoding(bytes, folder, 'UTF-16be') },
  { name: 'with full auto_vacuum', make: (bytes, folder) => withAutoVacuum(bytes, folder, 'FULL') },
  {
    name: 'with incremental auto_vacuum',
    make: (bytes, folder) => withAutoVacuum(bytes, folder, 'INCREMENTAL'),
  },
  { name: 'in DELETE journal mode', make: inDeleteMode },
  { name: 'with a table, an index and a trigger of one’s own', make: withOwnObjects },
  { name: 'with old orphans', make: withOldOrphans },
]
