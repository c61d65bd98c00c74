import { DiagnosedError, kindOf } from '../errors.ts'
import { errorCode } from '../migrator/errors.ts'
import { runScriptInOtherProcess } from '../migrator/other-process.ts'
import type { MigrationPlan } from '../migrator/plan.ts'
import type { Connection } from '../sql/connection.ts'
import { UpgradeCancelledError } from './errors.ts'
import type { Estimate, Observer, ProofLevel, RowsMethod, Survey } from './model.ts'
import { factorOf, measure, type Rehearsal, rehearseSample } from './rehearse-sample.ts'
import { makeRunFolder } from './run-folder.ts'
import { findSampleRoom, type SampleRoom } from './sample-rows.ts'
import { addUpSpace, type FreeSpace } from './space.ts'

export interface EstimateRequest {
  readonly plan: MigrationPlan
  /** The file that is to be upgraded. */
  readonly path: string
  readonly survey: Survey
  readonly level: ProofLevel
  readonly hasBackup: boolean
  readonly rowsMethod: RowsMethod
  /** Where the sample is while it is upgraded. */
  readonly folder: string
  readonly freeSpace: FreeSpace
  readonly observer: Observer
}

/** An estimate, or why there is none, which is no reason to refuse an upgrade. */
export type Estimated =
  | { readonly estimate: Estimate; readonly noEstimate: null }
  | { readonly estimate: null; readonly noEstimate: string }

/**
 * Upgrades a sample of the database in a folder of its own, with its copy, its checks and its proof, and scales
 * what that took to the size of the file. The time that it takes without any row is not scaled. It is a guess:
 * it does not consider the order of the keys, the disk and other work of the machine.
 *
 * @throws {UpgradeCancelledError}
 * @throws whatever SQLite says when the file itself is damaged
 */
export function estimateUpgrade(source: Connection, request: EstimateRequest): Estimated {
  const { folder } = request
  try {
    const room = findRoom(source, request)
    if (room === null) return { estimate: null, noEstimate: `there is no room for a sample in ${folder}` }
    return { estimate: tryOut(guardSource(source), request, room), noEstimate: null }
  } catch (error) {
    if (error instanceof UpgradeCancelledError) throw error
    if (error instanceof DamagedSourceError) throw error.cause
    return { estimate: null, noEstimate: explain(error, folder) }
  }
}

function tryOut(source: Connection, request: EstimateRequest, room: SampleRoom): Estimate {
  using folder = makeRunFolder(request.folder, request.path)
  request.observer.report({ step: 'preview', folder: folder.path })
  const startMilliseconds = request.hasBackup ? measure(() => runScriptInOtherProcess('')) : 0
  const rehearse = (limit: SampleRoom['limit']) =>
    rehearseSample(source, { ...request, folder: folder.path, startMilliseconds, room: { ...room, limit } })
  // With the rows first: what only a first run needs makes the estimate too long, not too short.
  const withRows = rehearse(room.limit)
  const withoutRows = rehearse({ rows: 0, bytes: 0 })
  return scale(withoutRows, withRows, request.survey, room.isCut)
}

function findRoom(source: Connection, { survey, folder, freeSpace }: EstimateRequest): SampleRoom | null {
  const [need] = addUpSpace([{ folder, purpose: 'the sample', bytes: 0 }], freeSpace)
  return findSampleRoom(survey, countTrees(source), need?.freeBytes ?? 0)
}

function countTrees(source: Connection): number {
  return Number(source.all('SELECT count(*) AS n FROM main.sqlite_schema WHERE rootpage > 0')[0]?.n) + 1
}

/** Thrown when the file that is sampled is damaged. */
class DamagedSourceError extends Error {}

/** Separates damage of the file from failures of the sample. */
function guardSource(source: Connection): Connection {
  return {
    exec: (sql) => source.exec(sql),
    all: (sql, parameters) => {
      try {
        return source.all(sql, parameters)
      } catch (error) {
        const isDamaged = /^SQLITE_(CORRUPT(?!_VTAB)|NOTADB)/.test(errorCode(error) ?? '')
        throw isDamaged ? new DamagedSourceError('The file is damaged.', { cause: error }) : error
      }
    },
    get inTransaction() {
      return source.inTransaction
    },
    openMemory: () => source.openMemory(),
    close: () => source.close(),
  }
}

/** What the system or SQLite says when a file cannot grow; a limit of the process (`ulimit -f`) is an EFBIG. */
const noRoom = /^(ENOSPC|EDQUOT|EFBIG|SQLITE_FULL|SQLITE_IOERR_WRITE|SQLITE_IOERR_TRUNCATE)/

function explain(error: unknown, folder: string): string {
  const causes = listCauses(error)
  const full = causes.map(errorCode).find((code) => code !== null && noRoom.test(code))
  if (full !== undefined) return `a sample in ${folder} could not be written to its end (${full})`
  if (error instanceof DiagnosedError) {
    const { where, expected, actual } = error.diagnosis
    return `a sample of the rows could not be upgraded: ${where}: expected ${expected}, found ${actual}`
  }
  return `a sample in ${folder} could not be tried: ${kindOf(error)}`
}

function listCauses(error: unknown): unknown[] {
  const causes = [error]
  for (let cause = error; cause instanceof Error && causes.length < 10; causes.push(cause))
    cause = cause.cause
  return causes
}

function scale(
  withoutRows: Rehearsal,
  withRows: Rehearsal,
  { pageCount, pageSizeBytes }: Survey,
  isSampleCut: boolean,
): Estimate {
  const { rows, pagesBefore, pagesAfter, newTrees, journalBytes, touchesOldRows } = withRows
  const factor = factorOf(pageCount, pagesBefore)
  const scaled = (duration: 'backupMilliseconds' | 'migrationMilliseconds' | 'proofMilliseconds') => {
    const fixed = Math.min(withoutRows[duration], withRows[duration])
    return Math.round(fixed + (withRows[duration] - fixed) * factor)
  }
  const backupMilliseconds = scaled('backupMilliseconds')
  const migrationMilliseconds = scaled('migrationMilliseconds')
  const proofMilliseconds = scaled('proofMilliseconds')
  const growingPages = Math.max(0, pagesAfter - pagesBefore - newTrees)
  const growthBytes = Math.ceil(growingPages * factor + newTrees) * pageSizeBytes
  return {
    sampledRows: rows,
    isSampleCut,
    backupMilliseconds,
    migrationMilliseconds,
    proofMilliseconds,
    lockedMilliseconds: backupMilliseconds + migrationMilliseconds + proofMilliseconds,
    growthBytes,
    journalBytes: Math.ceil(journalBytes * factor),
    // The sorter writes its runs and then merges them into another file of the same size.
    sorterBytes: growthBytes * 2,
    touchesOldRows,
  }
}
