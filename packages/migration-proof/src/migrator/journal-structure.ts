import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs'
import { ifNameable } from '../engines/database-path.ts'
import { errorCode } from './errors.ts'
import { readStartInOtherProcess } from './other-process.ts'

/** What a write-ahead log says of the database that it belongs to, up to the last change that was committed. */
interface LogFrames {
  readonly pageSizeBytes: number
  /** The oldest version of the first page; null where the log has none. */
  readonly firstPage: Buffer | null
  /** A hash of each version of the first page. */
  readonly firstPageHashes: ReadonlySet<string>
  /** How many pages the database has after the last commit; null where nothing was committed. */
  readonly pageCount: number | null
}

const logHeaderBytes = 32
const frameHeaderBytes = 24
const logMagics = [0x37_7f_06_82, 0x37_7f_06_83]

/** Why the write-ahead log beside a database file is not of that file; null for no reason. */
export function findLogProblem(path: string): string | null {
  // A process that goes on writing may have changed one of the two while they were read.
  return readProblem(path) === null ? null : readProblem(path)
}

/** Whether changes were committed to the write-ahead log beside a database file: SQLite makes them part of the file. */
export function holdsCommittedLog(path: string): boolean {
  const log = `${path}-wal`
  const found = ifNameable(() => statSync(log, { throwIfNoEntry: false }))
  return found?.isFile() === true && readLogFrames(log)?.pageCount != null
}

function readProblem(path: string): string | null {
  const frames = readLogFrames(`${path}-wal`)
  if (frames === null || frames.pageCount === null) return null
  return compareWithFile(readStartInOtherProcess(path, frames.pageSizeBytes), frames)
}

/**
 * The first page of the file is either in the log, or it is the one from which the oldest first page in the log was made.
 * Without any first page in the log, the database has as many pages as before, and of two copies in WAL mode nothing
 * shows whose log it is.
 */
function compareWithFile(start: Buffer, frames: LogFrames): string | null {
  const { pageSizeBytes, firstPage, pageCount } = frames
  const file = parseHeader(start)
  if (file === null) return null
  if (!file.isInWalMode && !wasMadeInRollbackMode(frames))
    return 'a log with committed changes beside a file in rollback mode'
  // One page holds no table: the log holds everything.
  if (file.pageCount === 1) return null
  if (file.pageSizeBytes !== pageSizeBytes) {
    return `one of a database with pages of ${pageSizeBytes} bytes, and not ${file.pageSizeBytes}`
  }
  if (firstPage === null) {
    const isSame = file.pageCount === null || file.pageCount === pageCount
    return isSame ? null : `one of a database of ${pageCount} pages, and not ${file.pageCount}`
  }
  return frames.firstPageHashes.has(hashOf(start)) ? null : compareFirstPages(start, firstPage)
}

// Fields of the first page: https://www.sqlite.org/fileformat2.html#the_database_header
const reservedBytesOffset = 20
const changeCounterOffset = 24
const schemaCookieOffset = 40
const largestRootOffset = 52
const encodingOffset = 56
const userVersionOffset = 60
const applicationIdOffset = 68

/**
 * Why one first page cannot follow another; null for no reason. A writer of the first page adds at most one to the change
 * counter of the page that it has read, and a checkpoint copies it as it is, so that in WAL mode few changes are counted. A
 * change of the schema always adds to the schema cookie. Without one, the tables that the page lists are the same.
 */
function compareFirstPages(before: Buffer, after: Buffer): string | null {
  const [wasChange, change] = [before, after].map((page) => page.readUInt32BE(changeCounterOffset))
  if (change !== wasChange && change !== ((wasChange ?? 0) + 1) >>> 0)
    return `one that begins at change ${change} beside a file of change ${wasChange}`
  const [wasCookie = 0, cookie = 0] = [before, after].map((page) => page.readUInt32BE(schemaCookieOffset))
  if (cookie < wasCookie)
    return `one that begins at change ${cookie} of the schema beside a file of change ${wasCookie}`
  const otherMark = compareMarks(before, after)
  if (otherMark !== null) return otherMark
  if (cookie === wasCookie && !haveSameSchema(before, after))
    return 'one of another schema at the same change of the schema'
  return shareNoName(before, after) ? 'one of a database that has none of its tables and indexes' : null
}

/** Whether none of several names is left. The only table of a file may have been renamed. */
function shareNoName(before: Buffer, after: Buffer): boolean {
  const [were, are] = [readNames(before), readNames(after)]
  return were !== null && are !== null && were.length > 1 && were.every((name) => !are.includes(name))
}

/**
 * The names of what a first page lists, without those that SQLite gives; null where it lists other pages.
 * See https://www.sqlite.org/fileformat2.html#b_tree_pages
 */
function readNames(page: Buffer): readonly string[] | null {
  const leaf = 13
  if (page[databaseHeaderBytes] !== leaf) return null
  const cells = page.readUInt16BE(databaseHeaderBytes + 3)
  try {
    const names = Array.from({ length: cells }, (_, cell) =>
      readName(page, page.readUInt16BE(databaseHeaderBytes + 8 + 2 * cell)),
    )
    return names.filter((name) => !name.startsWith('sqlite_'))
  } catch (error) {
    // A damaged page: SQLite reports it.
    if (error instanceof RangeError) return null
    throw error
  }
}

/** The second column of the row in a cell, in the bytes of the text encoding. */
function readName(page: Buffer, cell: number): string {
  const [, afterLength] = readVarint(page, cell)
  const [, header] = readVarint(page, afterLength)
  const [headerBytes, types] = readVarint(page, header)
  const [type, afterType] = readVarint(page, types)
  const [nameType] = readVarint(page, afterType)
  const start = header + headerBytes + textBytes(type)
  const end = start + textBytes(nameType)
  if (end > page.length) throw new RangeError('The name is on another page')
  return page.toString('latin1', start, end)
}

/** How long a text is, by its type: https://www.sqlite.org/fileformat2.html#record_format */
function textBytes(type: number): number {
  return (type - 13) / 2
}

/** A variable-length integer, and the offset after it. Those of names and lengths have few bytes. */
function readVarint(page: Buffer, start: number): readonly [value: number, end: number] {
  let value = 0
  for (let offset = start; ; offset += 1) {
    const byte = page.readUInt8(offset)
    value = value * 128 + (byte % 128)
    if (byte < 128) return [value, offset + 1]
  }
}

/** An application may set its marks later, and raise its version. */
function compareMarks(before: Buffer, after: Buffer): string | null {
  const lasting = [
    ['text encoding', encodingOffset],
    ['application_id', applicationIdOffset],
  ] as const
  for (const [name, offset] of lasting) {
    const [was, is] = [before.readInt32BE(offset), after.readInt32BE(offset)]
    if (was !== 0 && is !== was) return `one of a database with ${name} ${is}, and not ${was}`
  }
  const [wasVersion, version] = [before.readInt32BE(userVersionOffset), after.readInt32BE(userVersionOffset)]
  return version < wasVersion
    ? `one that begins at user_version ${version} beside a file of user_version ${wasVersion}`
    : null
}

/** Whether the part of two first pages that lists the tables is the same. With auto_vacuum, it names pages that may move. */
function haveSameSchema(before: Buffer, after: Buffer): boolean {
  const movesPages = (page: Buffer) => page.readUInt32BE(largestRootOffset) !== 0
  if (movesPages(before) || movesPages(after)) return movesPages(before) === movesPages(after)
  const end = before.length - (before[reservedBytesOffset] ?? 0)
  return before.subarray(databaseHeaderBytes, end).equals(after.subarray(databaseHeaderBytes, end))
}

function hashOf(page: Buffer): string {
  return process.getBuiltinModule('node:crypto').createHash('sha256').update(page).digest('hex')
}

/**
 * SQLite marks a file as one in WAL mode before it creates the log, and removes the log before it marks the file back;
 * killed at any write between the two, it leaves no log with a commit beside a file in rollback mode. The exception: beside
 * such a file it writes to any log that it finds there, also to a damaged one. Then the first page in the log is of a file
 * in rollback mode as well. See https://www.sqlite.org/fileformat2.html#file_format_version_numbers
 */
function wasMadeInRollbackMode({ firstPage }: LogFrames): boolean {
  return firstPage !== null && parseHeader(firstPage)?.isInWalMode === false
}

/**
 * Reads the frames of a write-ahead log; null for a file that SQLite would not take for one.
 * See https://www.sqlite.org/fileformat2.html#the_write_ahead_log
 */
function readLogFrames(path: string): LogFrames | null {
  const file = openIfThere(path)
  if (file === null) return null
  try {
    return parseLog(file, fstatSync(file).size)
  } finally {
    closeSync(file)
  }
}

/** Opens a log or journal; null if another process removed it, as the last connection to close does. */
function openIfThere(path: string): number | null {
  try {
    return openSync(path, 'r')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null
    throw error
  }
}

function parseLog(file: number, logBytes: number): LogFrames | null {
  const header = Buffer.alloc(logHeaderBytes)
  if (readSync(file, header, 0, header.length, 0) < header.length) return null
  if (!logMagics.includes(header.readUInt32BE(0))) return null
  const pageSizeBytes = header.readUInt32BE(8)
  if (!isPower(pageSizeBytes, 512)) return null
  const salts = header.subarray(16, 24)
  let firstPage: Buffer | null = null
  const firstPageHashes = new Set<string>()
  // Those of a transaction whose end is not in the log do not count.
  const unfinished: Buffer[] = []
  let pageCount: number | null = null
  const start = Buffer.alloc(frameHeaderBytes)
  const frameBytes = frameHeaderBytes + pageSizeBytes
  for (let offset = logHeaderBytes; offset + frameBytes <= logBytes; offset += frameBytes) {
    readSync(file, start, 0, start.length, offset)
    // Frames of before the last checkpoint have other salts, and are not read any more.
    if (!start.subarray(8, 16).equals(salts)) break
    if (start.readUInt32BE(0) === 1) {
      const page = Buffer.alloc(pageSizeBytes)
      readSync(file, page, 0, page.length, offset + frameHeaderBytes)
      unfinished.push(page)
    }
    if (start.readUInt32BE(4) === 0) continue
    pageCount = start.readUInt32BE(4)
    for (const page of unfinished.splice(0)) {
      firstPage ??= page
      firstPageHashes.add(hashOf(page))
    }
  }
  return { pageSizeBytes, firstPage, firstPageHashes, pageCount }
}

/** What the first 100 bytes of a database file say: https://www.sqlite.org/fileformat2.html#the_database_header */
export interface FileHeader {
  readonly pageSizeBytes: number
  /** Null where the header's count is stale: the file was last written by a SQLite before 3.7.0. */
  readonly pageCount: number | null
  readonly isInWalMode: boolean
}

const databaseMagic = Buffer.from('SQLite format 3\0')
const databaseHeaderBytes = 100

// https://www.sqlite.org/fileformat2.html#file_format_version_numbers
const readVersionOffset = 19
const walVersion = 2

/** The header of a database file; null for a file that does not begin like one. */
export function parseHeader(start: Buffer): FileHeader | null {
  if (start.length < databaseHeaderBytes || !start.subarray(0, databaseMagic.length).equals(databaseMagic))
    return null
  const pageSize = start.readUInt16BE(16)
  const isCountValid = start.readUInt32BE(24) === start.readUInt32BE(92)
  return {
    pageSizeBytes: pageSize === 1 ? 65536 : pageSize,
    pageCount: isCountValid ? start.readUInt32BE(28) : null,
    isInWalMode: start[readVersionOffset] === walVersion,
  }
}

/**
 * Whether bytes look like noise, as encrypted and compressed files do: Shannon's entropy is near the most that
 * so few bytes can have. Text and databases stay below 6 bits a byte.
 */
export function looksRandom(bytes: Buffer): boolean {
  const counts = new Map<number, number>()
  for (const byte of bytes) counts.set(byte, (counts.get(byte) ?? 0) + 1)
  const entropyBits = [...counts.values()]
    .map((count) => count / bytes.length)
    .reduce((sum, share) => sum - share * Math.log2(share), 0)
  return bytes.length >= 512 && entropyBits > 7
}

/** What a rollback journal says of the database before the transaction. */
export interface JournalStructure {
  readonly pageSizeBytes: number
  readonly pageCountBefore: number
}

export interface Journal extends JournalStructure {
  /** The first page of the database before the transaction; null where it had not changed it yet. */
  readonly firstPage: Buffer | null
  /** Whether the journal holds any page that SQLite would write back. */
  readonly hasPages: boolean
}

/** Thrown when SQLite would not take back all that the journal was written for. */
export class BrokenJournalError extends Error {
  override readonly name = 'BrokenJournalError'
  /** Without a header, SQLite had not begun to change the database. */
  readonly hasHeader: boolean
  /** Whether it names a file that SQLite deletes after the rollback, whatever it is. */
  readonly namesOtherFile: boolean

  constructor(message: string, { hasHeader = true, namesOtherFile = false } = {}) {
    super(message)
    this.hasHeader = hasHeader
    this.namesOtherFile = namesOtherFile
  }
}

/** What to do about a journal that SQLite takes back together with those of other databases. */
export const finishTogether =
  'nothing was changed: keep a copy of the file and of what is beside it, and open the file once with the program that owns it, or with sqlite3, so that SQLite finishes the change together with the other databases'

interface Header extends JournalStructure {
  /** How many records SQLite had brought to the disk; null where it did not count them. */
  readonly recordCount: number | null
  readonly nonce: number
  readonly sectorBytes: number
}

const journalMagic = Buffer.from([0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7])
const journalHeaderBytes = 28
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
  const file = openIfThere(path)
  if (file === null) throw new BrokenJournalError('no journal any more', { hasHeader: false })
  try {
    return readParts(file, fstatSync(file).size)
  } finally {
    closeSync(file)
  }
}

function readParts(file: number, journalBytes: number): Journal {
  refuseSuperJournal(file, journalBytes)
  const first = readHeader(file, 0, journalBytes)
  if (first === null) throw new BrokenJournalError('a journal without a whole header', { hasHeader: false })
  let part: Header | null = first
  let offset = 0
  let firstPage: Buffer | null = null
  let hasPages = false
  while (part !== null) {
    const start = offset + first.sectorBytes
    const read = readRecords(file, start, part, journalBytes)
    firstPage ??= read.firstPage
    hasPages ||= read.end > start
    // What is not counted is one part.
    if (part.recordCount === null) break
    // Each time that SQLite writes its cache to the file it begins a new part, at the next sector.
    offset = Math.ceil(read.end / first.sectorBytes) * first.sectorBytes
    part = readHeader(file, offset, journalBytes, first)
  }
  const { pageSizeBytes, pageCountBefore } = first
  return { pageSizeBytes, pageCountBefore, firstPage, hasPages }
}

/** Null where no part begins. */
function readHeader(file: number, offset: number, journalBytes: number, first?: Header): Header | null {
  const bytes = Buffer.alloc(journalHeaderBytes)
  if (readSync(file, bytes, 0, journalHeaderBytes, offset) < journalHeaderBytes) return null
  if (!bytes.subarray(0, journalMagic.length).equals(journalMagic)) return null
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
    throw new BrokenJournalError('a journal with a damaged header', { hasHeader: false })
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
  if (hasName && end.subarray(8).equals(journalMagic)) {
    throw new BrokenJournalError('a journal of a change of several databases', { namesOtherFile: true })
  }
}
