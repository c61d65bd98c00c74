import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

/** The pages that a transaction has written to so far, according to its rollback journal. */
export interface JournalPages {
  readonly pageSizeBytes: number
  /** How many pages the database had before the transaction. */
  readonly pageCountBefore: number
  /** Page number → where its previous content is in the journal, in bytes. */
  readonly offsets: ReadonlyMap<number, number>
}

/** Thrown when a journal is not what SQLite's documentation says, so that its list cannot be trusted. */
export class JournalFormatError extends Error {
  override readonly name = 'JournalFormatError'
}

/** What the journal must say of the database, as SQLite reported it before the transaction. */
export interface DatabaseSize {
  readonly pageSizeBytes: number
  readonly pageCount: number
}

const magic = Buffer.from([0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7])
const headerBytes = 28

/**
 * Reads which pages a rollback journal holds. SQLite writes there what a page held before it changes the page
 * for the first time, so that a page which is not listed is as it was. Free pages are not listed: they held
 * nothing. See https://www.sqlite.org/fileformat2.html#the_rollback_journal
 *
 * @throws {JournalFormatError} when a header, a page number or a checksum is wrong
 */
export function readJournalPages(path: string, size: DatabaseSize): JournalPages {
  const file = openSync(path, 'r')
  try {
    return parseJournal(file, fstatSync(file).size, size)
  } finally {
    closeSync(file)
  }
}

interface JournalHeader {
  readonly nonce: number
  readonly sectorBytes: number
}

function parseJournal(file: number, journalBytes: number, database: DatabaseSize): JournalPages {
  const { pageSizeBytes, pageCount } = database
  const offsets = new Map<number, number>()
  const record = Buffer.alloc(pageSizeBytes + 8)
  let part = readHeader(file, 0, database)
  let offset = part.sectorBytes
  while (offset + record.length <= journalBytes) {
    readFully(file, record, offset)
    if (isRecord(record, part, pageCount)) {
      const page = record.readUInt32BE(0)
      if (!offsets.has(page)) offsets.set(page, offset + 4)
      offset += record.length
      continue
    }
    // Each time that SQLite writes its cache to the file it begins a new part, at the next sector.
    const start = Math.ceil(offset / part.sectorBytes) * part.sectorBytes
    part = readHeader(file, start, database)
    offset = start + part.sectorBytes
  }
  return { pageSizeBytes, pageCountBefore: pageCount, offsets }
}

function isRecord(record: Buffer, { nonce }: JournalHeader, pageCount: number): boolean {
  const page = record.readUInt32BE(0)
  if (page < 1 || page > pageCount) return false
  return record.readUInt32BE(record.length - 4) === checksum(record, nonce)
}

/** The sum of every 200th byte, from the end of the page: https://www.sqlite.org/fileformat2.html#the_rollback_journal */
function checksum(record: Buffer, nonce: number): number {
  let sum = nonce
  for (let index = record.length - 8 - 200; index > 0; index -= 200) sum += record[4 + index] ?? 0
  return sum >>> 0
}

/** SQLite leaves the first 12 bytes of a header zero until the part is on the disk. */
function readHeader(file: number, offset: number, { pageSizeBytes, pageCount }: DatabaseSize): JournalHeader {
  const bytes = Buffer.alloc(headerBytes)
  readFully(file, bytes, offset)
  const isBegun =
    bytes.subarray(0, magic.length).equals(magic) || bytes.subarray(0, 12).equals(Buffer.alloc(12))
  const isOfDatabase = bytes.readUInt32BE(16) === pageCount && bytes.readUInt32BE(24) === pageSizeBytes
  const sectorBytes = bytes.readUInt32BE(20)
  const isSector = sectorBytes >= 32 && sectorBytes <= 65536 && (sectorBytes & (sectorBytes - 1)) === 0
  if (isBegun && isOfDatabase && isSector) return { nonce: bytes.readUInt32BE(12), sectorBytes }
  throw new JournalFormatError(`The journal has neither a record nor a header at byte ${offset}.`)
}

function readFully(file: number, buffer: Buffer, offset: number) {
  const read = readSync(file, buffer, 0, buffer.length, offset)
  if (read !== buffer.length) throw new JournalFormatError(`The journal ends at byte ${offset + read}.`)
}
