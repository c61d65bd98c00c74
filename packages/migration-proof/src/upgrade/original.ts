import { closeSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { copyInOtherProcess } from '../migrator/other-process.ts'
import type { Connection } from '../sql/connection.ts'
import { type DatabaseSize, type JournalPages, readJournalPages } from './journal-pages.ts'
import { runFiles } from './run-files.ts'
import { makeRunFolder, type RunFolder } from './run-folder.ts'

/** The database from before the transaction, attached when it is first asked for. */
export interface Original {
  /** The name under which it is attached. */
  attach(): string
  /** Must be called outside the transaction: inside, SQLite detaches nothing. */
  [Symbol.dispose](): void
}

const schemaName = 'database_before_upgrade'

/**
 * The database from before: the backup, or without one a copy beside the file that is made from it and
 * its rollback journal.
 *
 * @param path the file that is being upgraded
 * @param backup the backup of it; null for none
 * @param size what the database had before the transaction
 */
export function openOriginal(
  connection: Connection,
  path: string,
  backup: string | null,
  size: DatabaseSize,
): Original {
  let folder: RunFolder | null = null
  let isAttached = false
  return {
    attach: () => {
      if (isAttached) return schemaName
      if (backup === null) folder = makeRunFolder(dirname(path), path)
      const source = folder === null ? backup : rebuildBefore(path, join(folder.path, runFiles.before), size)
      connection.all(`ATTACH ? AS ${schemaName}`, [source])
      isAttached = true
      return schemaName
    },
    [Symbol.dispose]: () => {
      if (isAttached) connection.exec(`DETACH ${schemaName}`)
      folder?.remove()
    },
  }
}

/** Copies the file and puts back what the touched pages held. */
function rebuildBefore(path: string, copy: string, size: DatabaseSize): string {
  const pages = readJournalPages(`${path}-journal`, size)
  copyInOtherProcess(path, copy)
  restorePages(`${path}-journal`, copy, pages)
  return copy
}

function restorePages(
  journal: string,
  copy: string,
  { pageSizeBytes, pageCountBefore, offsets }: JournalPages,
) {
  const from = openSync(journal, 'r')
  const to = openSync(copy, 'r+')
  const page = Buffer.alloc(pageSizeBytes)
  try {
    ftruncateSync(to, pageCountBefore * pageSizeBytes)
    for (const [number, offset] of offsets) {
      readSync(from, page, 0, pageSizeBytes, offset)
      writeSync(to, page, 0, pageSizeBytes, (number - 1) * pageSizeBytes)
    }
  } finally {
    closeSync(from)
    closeSync(to)
  }
}
