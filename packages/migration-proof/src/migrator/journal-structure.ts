import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

/** What a rollback journal says of the database before the transaction. */
export interface JournalStructure {
  readonly pageSizeBytes: number
  readonly pageCountBefore: number
}

export interface Journal extends JournalStructure {
  /** The first page of the database before the transaction; null where it had not changed it yet. */
  readonly firstPage: Buffer | null
}

/** Thrown when SQLite would not take back all that the journal was written for. */
export class BrokenJournalError extends Error {
  override readonly name = 'BrokenJournalError'
  /** Without a header, SQLite had not begun to change the database. */
  readonly hasHeader: boolean

  constructor(message: string, hasHeader = true) {
    super(message)
    this.hasHeader = hasHeader
  }
}

interface Header extends JournalStructure {
  /** How many records SQLite had brought to the disk; null where it did not count them. */
  readonly recordCount: number | null
  readonly nonce: number
  readonly sectorBytes: number
}

const magic = Buffer.from([0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7])
const headerBytes = 28
const uncounted = 0xff_ff_ff_ff
const lockByteOffset = 0x40_00_00_00

/**
 * Reads whether a rollback journal is whole: SQLite brings its records to the disk, and then their number into a
 * header, before it changes the database. At the first record that is missing or damaged SQLite stops, removes the
 * journal, and leaves half of a change in the file. See https://www.sqlite.org/fileformat2.html#the_rollback_journal
 *
 * @throws {BrokenJournalError} for a journal that is cut or damaged, or belongs to a change of several databases
 */
export function readJournalStructure(path: string): Journal {
  const file = openSync(path, 'r')
  try {
    return readParts(file, fstatSync(file).size)
  } finally {
    closeSync(file)
  }
}

function readParts(file: number, journalBytes: number): Journal {
  refuseSuperJournal(file, journalBytes)
  const first = readHeader(file, 0, journalBytes)
  if (first === null) throw new BrokenJournalError('a journal without a whole header', false)
  let part: Header | null = first
  let offset = 0
  let firstPage: Buffer | null = null
  while (part !== null) {
    const read = readRecords(file, offset + first.sectorBytes, part, journalBytes)
    firstPage ??= read.firstPage
    // What is not counted is one part.
    if (part.recordCount === null) break
    // Each time that SQLite writes its cache to the file it begins a new part, at the next sector.
    offset = Math.ceil(read.end / first.sectorBytes) * first.sectorBytes
    part = readHeader(file, offset, journalBytes, first)
  }
  const { pageSizeBytes, pageCountBefore } = first
  return { pageSizeBytes, pageCountBefore, firstPage }
}

/** Null where no part begins. */
function readHeader(file: number, offset: number, journalBytes: number, first?: Header): Header | null {
  const bytes = Buffer.alloc(headerBytes)
  if (readSync(file, bytes, 0, headerBytes, offset) < headerBytes) return null
  if (!bytes.subarray(0, magic.length).equals(magic)) return null
  const recordCount = bytes.readUInt32BE(8)
  const header = {
    recordCount: recordCount === uncounted ? null : recordCount,
    nonce: bytes.readUInt32BE(12),
    pageCountBefore: bytes.readUInt32BE(16),
    // SQLite reads both of the first header alone.
    sectorBytes: first?.sectorBytes ?? bytes.readUInt32BE(20),
    pageSizeBytes: first?.pageSizeBytes ?? bytes.readUInt32BE(24),
  }
  if (!isPower(header.sectorBytes, 32) || !isPower(header.pageSizeBytes, 512)) {
    throw new BrokenJournalError('a journal with a damaged header', false)
  }
  return offset + header.sectorBytes > journalBytes ? null : header
}

function isPower(bytes: number, least: number): boolean {
  return bytes >= least && bytes <= 65536 && (bytes & (bytes - 1)) === 0
}

/** Reads the records of a part. Where SQLite did not count them, it takes those up to the first that is not whole. */
function readRecords(
  file: number,
  start: number,
  { recordCount, nonce, pageSizeBytes }: Header,
  journalBytes: number,
): { readonly end: number; readonly firstPage: Buffer | null } {
  const record = Buffer.alloc(pageSizeBytes + 8)
  const count = recordCount ?? Math.floor((journalBytes - start) / record.length)
  let offset = start
  let firstPage: Buffer | null = null
  for (let number = 1; number <= count; number++) {
    if (offset + record.length > journalBytes) {
      throw new BrokenJournalError(`a journal that ends before record ${number} of ${count}`)
    }
    readSync(file, record, 0, record.length, offset)
    const page = record.readUInt32BE(0)
    const isPage = page > 0 && (page - 1) * pageSizeBytes !== lockByteOffset
    if (!isPage || record.readUInt32BE(record.length - 4) !== checksum(record, nonce)) {
      if (recordCount === null) break
      throw new BrokenJournalError(`a journal whose record ${number} of ${count} is damaged`)
    }
    if (page === 1) firstPage ??= Buffer.from(record.subarray(4, 4 + pageSizeBytes))
    offset += record.length
  }
  return { end: offset, firstPage }
}

/** The sum of every 200th byte, from the end of the page. */
function checksum(record: Buffer, nonce: number): number {
  let sum = nonce
  for (let index = record.length - 8 - 200; index > 0; index -= 200) sum += record[4 + index] ?? 0
  return sum >>> 0
}

/**
 * A journal that ends with the name of another file takes part in a change of several databases. SQLite removes that
 * file after the rollback, whatever it is, and without it removes the journal alone.
 */
function refuseSuperJournal(file: number, journalBytes: number) {
  const end = Buffer.alloc(16)
  if (journalBytes < end.length) return
  readSync(file, end, 0, end.length, journalBytes - end.length)
  const nameBytes = end.readUInt32BE(0)
  const hasName = nameBytes > 0 && nameBytes <= journalBytes - end.length
  if (hasName && end.subarray(8).equals(magic)) {
    throw new BrokenJournalError('a journal of a change of several databases')
  }
}
