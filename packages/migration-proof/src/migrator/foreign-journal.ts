import { basename } from 'node:path'
import type { DatabaseOpenError } from '../engines/errors.ts'
import { refusal, sizeOf } from './explain-open-error.ts'
import {
  BrokenJournalError,
  findLogProblem,
  finishTogether,
  type Journal,
  type JournalStructure,
  parseHeader,
  readJournalStructure,
} from './journal-structure.ts'
import { readStartInOtherProcess } from './other-process.ts'

const headerBytes = 100

/**
 * Why a journal or a log beside a database file is not of that file; null for no reason. SQLite uses any journal and any
 * log with that name, also a truncated one or one of another database, and destroys the file with it:
 * https://www.sqlite.org/howtocorrupt.html (1.4). Compared is only what needs no copy of the database.
 *
 * @param isHot whether SQLite takes the journal for one of a change that was left unfinished
 */
export function findForeignSidecar(path: string, isHot: boolean): DatabaseOpenError | null {
  const journal = `${path}-journal`
  if (isHot && sizeOf(journal) > 0) {
    const expected = 'the whole rollback journal'
    try {
      const problem = findJournalProblem(path, journal)
      if (problem !== null) return foreignSidecar(path, journal, expected, problem)
    } catch (error) {
      if (!(error instanceof BrokenJournalError)) throw error
      if (error.hasHeader)
        return foreignSidecar(
          path,
          journal,
          expected,
          error.message,
          error.namesOtherFile ? finishTogether : findOwn,
        )
    }
  }
  const log = `${path}-wal`
  const problem = sizeOf(log) > 0 ? findLogProblem(path) : null
  return problem === null ? null : foreignSidecar(path, log, 'the write-ahead log', problem)
}

/**
 * A power loss may leave a first page that is torn, and a journal whose header never arrived: those are left to SQLite,
 * as is a file that was empty before.
 */
function findJournalProblem(path: string, journal: string): string | null {
  const raw = readStartInOtherProcess(path, headerBytes)
  if (parseHeader(raw) === null) return null
  const structure = readJournalStructure(journal)
  const { firstPage, pageCountBefore, pageSizeBytes } = structure
  if (pageCountBefore === 0) return null
  const recovered = (firstPage ?? raw).subarray(0, headerBytes)
  return (
    comparePages(raw, structure) ?? compareHeaders(raw, recovered, structure, pageCountBefore * pageSizeBytes)
  )
}

const findOwn =
  'nothing was changed: find the one that belongs to the file, or restore the file from a backup, and keep a copy of both'

function foreignSidecar(
  path: string,
  where: string,
  expected: string,
  actual: string,
  fix = findOwn,
): DatabaseOpenError {
  return refusal('journal', where, `${expected} of ${basename(path)}`, actual, fix)
}

/**
 * What shows that a journal is not of a file before SQLite reads any of it. Of a file in WAL mode SQLite writes a journal
 * only when it changes the mode, and that change is in the first page.
 */
export function comparePages(before: Buffer, journal: Journal): string | null {
  const raw = parseHeader(before)
  if (raw === null) return 'a journal beside a file that is no database'
  if (raw.pageSizeBytes !== journal.pageSizeBytes) {
    return `a journal of a database with pages of ${journal.pageSizeBytes} bytes, and not ${raw.pageSizeBytes}`
  }
  const isOfRollbackMode = journal.hasPages && journal.firstPage === null
  return raw.isInWalMode && isOfRollbackMode
    ? 'a journal without the first page beside a file in WAL mode'
    : null
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
