import type { Survey } from './model.ts'
import type { RowsLimit } from './sample-rows.ts'

/** What a sample may hold, and take of its disk. */
export interface SampleRoom {
  readonly limit: RowsLimit
  /** The most that its file may hold. */
  readonly pagesLimit: number
  /** The most that the sample, its copy, its journal and its growth take of the disk together. */
  readonly neededBytes: number
  /** Whether a disk with more room would hold a larger sample. */
  readonly isCut: boolean
}

/** How many rows of each table are tried. */
const rowsPerTable = 20_000

/** How many bytes of all rows are tried. */
const bytesLimit = 32_000_000

/** The file, its copy and its journal with their indexes, and what the migrations add. */
const peakPerByte = 8

/** The tables and indexes that the migrations make take a page each, whatever the number of rows; more than any plan has. */
const newPages = 512

/** A sample of less says nothing. */
const leastBytes = 1000

/** The lock of its folder. */
const lockBytes = 16_384

/**
 * How large a sample the disk can hold.
 *
 * @param trees how many tables and indexes the schema has: each takes a page, whatever is in it
 * @returns null where there is no room for any
 */
export function findSampleRoom(
  { pageCount, pageSizeBytes }: Survey,
  trees: number,
  freeBytes: number,
): SampleRoom | null {
  const fixedBytes = 2 * trees * pageSizeBytes + lockBytes
  const wantedBytes = Math.min(bytesLimit, 2 * pageCount * pageSizeBytes)
  const bytes = Math.min(wantedBytes, Math.floor((freeBytes - fixedBytes) / peakPerByte))
  if (bytes < leastBytes) return null
  const bytesOfRows = fixedBytes + bytes * peakPerByte
  const neededBytes = bytesOfRows + Math.max(0, Math.min(newPages * pageSizeBytes, freeBytes - bytesOfRows))
  return {
    limit: { rows: rowsPerTable, bytes },
    pagesLimit: Math.ceil(neededBytes / pageSizeBytes),
    neededBytes,
    isCut: bytes < wantedBytes,
  }
}
