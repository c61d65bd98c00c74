import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

/** What a write-ahead log says of the database that it belongs to, up to the last change that was committed. */
export interface LogFrames {
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

/**
 * Reads the frames of a write-ahead log; null for a file that SQLite would not take for one.
 * See https://www.sqlite.org/fileformat2.html#the_write_ahead_log
 */
export function readLogFrames(path: string): LogFrames | null {
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
