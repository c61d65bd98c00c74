import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { parseHeader } from './file-header.ts'
import { readStartInOtherProcess } from './other-process.ts'

/** What a write-ahead log says of the database that it belongs to, up to the last change that was committed. */
interface LogFrames {
  readonly pageSizeBytes: number
  /** The first 100 bytes of each version of the first page, oldest first. */
  readonly headers: readonly Buffer[]
  /** How many pages the database has after the last commit; null where nothing was committed. */
  readonly pageCount: number | null
}

const logHeaderBytes = 32
const frameHeaderBytes = 24
const databaseHeaderBytes = 100
const magics = [0x37_7f_06_82, 0x37_7f_06_83]

/** What speaks against the write-ahead log beside a database file; null for nothing. */
export function findLogProblem(path: string): string | null {
  // A process that goes on writing may have changed one of the two while they were read.
  return readProblem(path) === null ? null : readProblem(path)
}

function readProblem(path: string): string | null {
  const frames = readLogFrames(`${path}-wal`)
  if (frames === null || frames.pageCount === null) return null
  return compareWithFile(readStartInOtherProcess(path, 100), frames)
}

/**
 * A writer of the first page adds at most one to the change counter of the page that it has read, and a
 * checkpoint copies it as it is. So the first page of the file is either in the log, or it is the one from which
 * the first page in the log was made. Without any first page in the log, the database has as many pages as before.
 */
function compareWithFile(start: Buffer, { pageSizeBytes, headers, pageCount }: LogFrames): string | null {
  const file = parseHeader(start)
  // One page holds no table: all that there is is in the log.
  if (file === null || file.pageCount === 1) return null
  if (file.pageSizeBytes !== pageSizeBytes) {
    return `one of a database with pages of ${pageSizeBytes} bytes, and not ${file.pageSizeBytes}`
  }
  const [first] = headers
  if (first === undefined) {
    const isSame = file.pageCount === null || file.pageCount === pageCount
    return isSame ? null : `one of a database of ${pageCount} pages, and not ${file.pageCount}`
  }
  const [inFile, inLog] = [start.readUInt32BE(24), first.readUInt32BE(24)]
  const isNext = inLog === inFile || inLog === (inFile + 1) >>> 0
  if (isNext || headers.some((header) => header.equals(start))) return null
  return `one that begins at change ${inLog} beside a file of change ${inFile}`
}

/**
 * Reads the frames of a write-ahead log; null for a file that SQLite would not take for one.
 * See https://www.sqlite.org/fileformat2.html#the_write_ahead_log
 */
function readLogFrames(path: string): LogFrames | null {
  const file = openSync(path, 'r')
  try {
    return parseLog(file, fstatSync(file).size)
  } finally {
    closeSync(file)
  }
}

function parseLog(file: number, logBytes: number): LogFrames | null {
  const header = Buffer.alloc(logHeaderBytes)
  if (readSync(file, header, 0, header.length, 0) < header.length) return null
  if (!magics.includes(header.readUInt32BE(0))) return null
  const pageSizeBytes = header.readUInt32BE(8)
  const salts = header.subarray(16, 24)
  const headers: Buffer[] = []
  let committed = 0
  let pageCount: number | null = null
  const frame = Buffer.alloc(frameHeaderBytes + databaseHeaderBytes)
  const frameBytes = frameHeaderBytes + pageSizeBytes
  for (let offset = logHeaderBytes; offset + frameBytes <= logBytes; offset += frameBytes) {
    readSync(file, frame, 0, frame.length, offset)
    // Frames of before the last checkpoint have other salts, and are not read any more.
    if (!frame.subarray(8, 16).equals(salts)) break
    if (frame.readUInt32BE(0) === 1) headers.push(Buffer.from(frame.subarray(frameHeaderBytes)))
    if (frame.readUInt32BE(4) === 0) continue
    pageCount = frame.readUInt32BE(4)
    committed = headers.length
  }
  return { pageSizeBytes, headers: headers.slice(0, committed), pageCount }
}
