import type { Database } from '../engines/better-sqlite3.ts'
import { runScriptInOtherProcess, startScriptInOtherProcess } from '../migrator/other-process.ts'

/** Which bytes a backup has, and whether they are those of its file. */
export interface BackupComparison {
  /** What tells the file that was read from another one of its name. */
  readonly dev: string
  readonly ino: string
  /** The first page in which the two differ; null where none does. */
  readonly differsAt: number | null
  /** A checksum of the whole backup. */
  readonly checksum: number
}

/**
 * Reads a file in pieces, without the page that SQLite locks: on some systems no other process can read that one, and it holds
 * nothing. See https://www.sqlite.org/fileformat2.html#the_lock_byte_page
 */
const readPieces = `
  const { fstatSync, openSync, readSync } = require('node:fs')
  const { crc32 } = require('node:zlib')
  const lockByte = 0x40000000
  function readPiece(file, bytes, start, end) {
    for (let read = 0; read < end - start; ) {
      const more = readSync(file, bytes, read, end - start - read, start + read)
      if (more === 0) return bytes.subarray(0, read)
      read += more
    }
    return bytes.subarray(0, end - start)
  }
  function* pieces(totalBytes, pageBytes) {
    const limits = [lockByte, lockByte + pageBytes].filter((limit) => limit < totalBytes)
    for (let start = 0; start < totalBytes; ) {
      const next = limits.find((limit) => limit > start) ?? totalBytes
      const end = Math.min(start + 1024 * 1024, next)
      if (start !== lockByte) yield [start, end]
      start = end
    }
  }`

/**
 * Compares each page. In the header of a copy SQLite counts changes from its own start and marks it as one of rollback mode; the number
 * of pages is compared by the size: https://www.sqlite.org/fileformat2.html#the_database_header
 */
const compareScript = `${readPieces}
  const [, source, backup, pageSize, pageCount] = process.argv
  const pageBytes = Number(pageSize)
  const totalBytes = pageBytes * Number(pageCount)
  const ownOfCopy = [[18, 20], [24, 32], [40, 44], [92, 100]]
  const [from, copy] = [openSync(source, 'r'), openSync(backup, 'r')]
  const [old, made] = [Buffer.alloc(1024 * 1024), Buffer.alloc(1024 * 1024)]
  const { dev, ino } = fstatSync(from, { bigint: true })
  let differsAt = fstatSync(copy).size === totalBytes ? null : Number(pageCount)
  let checksum = 0
  for (const [start, end] of pieces(totalBytes, pageBytes)) {
    const expected = readPiece(from, old, start, end)
    const actual = readPiece(copy, made, start, end)
    checksum = crc32(actual, checksum)
    if (start === 0) for (const field of ownOfCopy) for (const bytes of [expected, actual]) bytes.fill(0, ...field)
    if (expected.equals(actual)) continue
    let same = 0
    while (expected[same] === actual[same] && same < end - start) same += 1
    differsAt = Math.min(differsAt ?? Infinity, Math.floor((start + same) / pageBytes) + 1)
  }
  process.stdout.write(JSON.stringify({ dev: String(dev), ino: String(ino), differsAt, checksum }))`

const checksumScript = `${readPieces}
  const [, backup, pageSize] = process.argv
  const file = openSync(backup, 'r')
  const bytes = Buffer.alloc(1024 * 1024)
  let checksum = 0
  for (const [start, end] of pieces(fstatSync(file).size, Number(pageSize)))
    checksum = crc32(readPiece(file, bytes, start, end), checksum)
  process.stdout.write(String(checksum))`

/**
 * Starts to compare a backup with its file, page by page, in a process of its own. Nothing may write to either of them until the
 * result is there.
 *
 * @param database the connection that holds the lock
 */
export async function compareBackup(
  database: Database.Database,
  path: string,
  backup: string,
): Promise<BackupComparison> {
  // What is committed may be in the log alone. It becomes part of the file at the end in any case.
  database.pragma('wal_checkpoint(TRUNCATE)')
  const [size, count] = ['page_size', 'page_count'].map((name) => database.pragma(name, { simple: true }))
  const answer = await startScriptInOtherProcess(compareScript, path, backup, `${size}`, `${count}`)
  return JSON.parse(answer)
}

/** The checksum of a backup as it is now. */
export function readChecksum(backup: string, pageSizeBytes: number): number {
  return Number(runScriptInOtherProcess(checksumScript, backup, `${pageSizeBytes}`).toString())
}
