import type { DiskFile } from './disk.ts'

/** A file that SQLite has open. */
export interface OpenFile {
  readonly file: DiskFile
  /** Its name; empty for a temporary file, which no power loss can leave behind. */
  readonly name: string
  readonly isDeletedOnClose: boolean
  /** Whether the folder must be synced with the next sync of the file, as for each new journal. */
  needsDirectorySync: boolean
}

/** The files that SQLite has open, by the address of its handle. */
export type OpenFiles = Map<number, OpenFile>
