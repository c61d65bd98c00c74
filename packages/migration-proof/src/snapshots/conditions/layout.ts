import { type ConditionedFile, changeCopy, unchangedContent } from './file.ts'

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

/** The rollback journal that SQLite uses until it is told otherwise. */
export function inDeleteMode(bytes: Uint8Array, folder: string): ConditionedFile {
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
