import { withEncoding } from './encoding.ts'
import type { ConditionedFile } from './file.ts'
import { changeCopy, unchangedContent } from './file.ts'
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

/** Pages of another size than the usual 4096 bytes: https://www.sqlite.org/pragma.html#pragma_page_size */
export function withPageSize(bytes: Uint8Array, folder: string, pageBytes: 512 | 65_536): ConditionedFile {
  return rebuild(bytes, folder, `page-size-${pageBytes}`, `page_size = ${pageBytes}`)
}

/** Pages that belong to pointer maps: https://www.sqlite.org/pragma.html#pragma_auto_vacuum */
export function withAutoVacuum(
  bytes: Uint8Array,
  folder: string,
  mode: 'FULL' | 'INCREMENTAL',
): ConditionedFile {
  return rebuild(bytes, folder, `auto-vacuum-${mode.toLowerCase()}`, `auto_vacuum = ${mode}`)
}

/** The rollback journal that SQLite uses by default. */
function inDeleteMode(bytes: Uint8Array, folder: string): ConditionedFile {
  const file = changeCopy(bytes, folder, 'delete-mode', (connection) => {
    connection.exec('PRAGMA journal_mode = DELETE')
  })
  return unchangedContent(file)
}

/** VACUUM builds the file again with the new setting, but never while it is in WAL mode. */
function rebuild(bytes: Uint8Array, folder: string, name: string, setting: string): ConditionedFile {
  const file = changeCopy(bytes, folder, name, (connection) => {
    const steps = ['PRAGMA synchronous = OFF', 'PRAGMA journal_mode = DELETE', `PRAGMA ${setting}`, 'VACUUM']
    for (const sql of [...steps, 'PRAGMA journal_mode = WAL']) connection.exec(sql)
  })
  return unchangedContent(file)
}
