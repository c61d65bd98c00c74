import { spawnSync } from 'node:child_process'
import { closeSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { makePrivateFolder, type PrivateFolder } from '../snapshots/private-folder.ts'
import type { Connection } from '../sql/connection.ts'
import { type DatabaseSize, type JournalPages, readJournalPages } from './journal-pages.ts'

/** The database from before the transaction, attached when it is first asked for. */
export interface Pristine {
  /** The name under which it is attached. */
  attach(): string
  /** Must be called outside the transaction: inside, SQLite detaches nothing. */
  [Symbol.dispose](): void
}

const schemaName = 'database_before_upgrade'

/**
 * The database from before: the backup, or without one a private copy that is made from the file and its
 * rollback journal.
 *
 * @param path the file that is being upgraded
 * @param backup the backup of it; null for none
 * @param size what the database had before the transaction
 */
export function openPristine(
  connection: Connection,
  path: string,
  backup: string | null,
  size: DatabaseSize,
): Pristine {
  let folder: PrivateFolder | null = null
  let isAttached = false
  return {
    attach: () => {
      if (isAttached) return schemaName
      if (backup === null) folder = makePrivateFolder()
      const source = folder === null ? backup : rebuildBefore(path, join(folder.path, 'before.db'), size)
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
  copyElsewhere(path, copy)
  restorePages(`${path}-journal`, copy, pages)
  return copy
}

/**
 * Copies a file in a process of its own. This process must not open the file beside SQLite: closing it would
 * drop the locks. See https://www.sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_
 */
function copyElsewhere(path: string, copy: string) {
  const script = 'const [, from, to] = process.argv; require("node:fs").copyFileSync(from, to, 2)'
  const { status, stderr, error } = spawnSync(process.execPath, ['-e', script, path, copy], {
    encoding: 'utf8',
  })
  if (status !== 0) throw error ?? new Error(`The copy for the proof could not be made: ${stderr}`)
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
