import { basename } from 'node:path'
import { judgeStart, refusal, sizeOf } from './explain-open-error.ts'
import { parseHeader } from './file-header.ts'
import { BrokenJournalError, type JournalStructure, readJournalStructure } from './journal-structure.ts'
import { findLogProblem } from './log-frames.ts'
import { DatabaseOpenError } from './open-errors.ts'
import { readStartInOtherProcess } from './other-process.ts'

const headerBytes = 100
const sectorBytes = 512

/**
 * What speaks against what lies beside a database file; null for nothing. SQLite believes any journal and any log of
 * that name, one of another database or a cut one too, and destroys the file with it:
 * https://www.sqlite.org/howtocorrupt.html (1.4). What is compared is what costs no copy of the database.
 *
 * @param isHot whether SQLite takes the journal for one of a change that was left unfinished
 */
export function findForeignSidecar(path: string, isHot: boolean): DatabaseOpenError | null {
  const journal = `${path}-journal`
  if (isHot && sizeOf(journal) > 0) {
    const problem = findJournalProblem(path, journal)
    if (problem instanceof DatabaseOpenError) return problem
    if (problem !== null) return foreignSidecar(path, journal, 'the whole rollback journal', problem)
  }
  const log = `${path}-wal`
  const problem = sizeOf(log) > 0 ? findLogProblem(path) : null
  return problem === null ? null : foreignSidecar(path, log, 'the write-ahead log', problem)
}

function findJournalProblem(path: string, journal: string): DatabaseOpenError | string | null {
  if (sizeOf(`${path}-wal`) > 0) return 'a rollback journal and a write-ahead log beside it'
  try {
    const structure = readJournalStructure(journal)
    const { firstPage, pageCountBefore, pageSizeBytes } = structure
    const before = readStartInOtherProcess(path, pageSizeBytes)
    if (parseHeader(before) === null) return isTornFrom(before, firstPage) ? null : judgeStart(path)
    const raw = before.subarray(0, headerBytes)
    const recovered = (firstPage ?? before).subarray(0, headerBytes)
    return (
      comparePages(raw, structure) ??
      compareHeaders(raw, recovered, structure, pageCountBefore * pageSizeBytes)
    )
  } catch (error) {
    if (!(error instanceof BrokenJournalError)) throw error
    const isDatabase = parseHeader(readStartInOtherProcess(path, headerBytes)) !== null
    return isDatabase ? error.message : (judgeStart(path) ?? error.message)
  }
}

/** Whether a power loss in the middle of the first page left it so: some sector of it is still what it was. */
function isTornFrom(page: Buffer, before: Buffer | null): boolean {
  if (before === null) return false
  const empty = Buffer.alloc(sectorBytes)
  for (let start = 0; start < page.length; start += sectorBytes) {
    const sector = page.subarray(start, start + sectorBytes)
    if (!sector.equals(empty) && sector.equals(before.subarray(start, start + sectorBytes))) return true
  }
  return false
}

function foreignSidecar(path: string, where: string, expected: string, actual: string): DatabaseOpenError {
  const remedy =
    'nothing was changed: find the one that belongs to the file, or restore the file from a backup, and keep a copy of both'
  return refusal('journal', where, `${expected} of ${basename(path)}`, actual, remedy)
}

/** Before SQLite reads any of it. */
export function comparePages(before: Buffer, journal: JournalStructure): string | null {
  const raw = parseHeader(before)
  if (raw === null) return 'a journal beside a file that is no database'
  if (raw.pageSizeBytes === journal.pageSizeBytes) return null
  return `a journal of a database with pages of ${journal.pageSizeBytes} bytes, and not ${raw.pageSizeBytes}`
}

/**
 * SQLite adds one to the change counter whenever it writes the first page in a transaction. So the page before the
 * transaction has the counter of the file, and is the same page, or the one below it.
 * See https://www.sqlite.org/fileformat2.html#file_change_counter
 */
export function compareHeaders(
  before: Buffer,
  after: Buffer,
  journal: JournalStructure,
  sizeBytes: number,
): string | null {
  const pageCount = parseHeader(after)?.pageCount ?? journal.pageCountBefore
  if (pageCount * journal.pageSizeBytes !== sizeBytes) {
    return `a journal of a database of ${journal.pageCountBefore} pages, and not ${pageCount}`
  }
  const [rawCounter, counter] = [before.readUInt32BE(24), after.readUInt32BE(24)]
  const isSamePage = counter === rawCounter && after.equals(before)
  if (isSamePage || (counter + 1) >>> 0 === rawCounter) return null
  return `a journal of change ${counter} beside a file of change ${rawCounter}`
}
