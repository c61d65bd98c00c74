import { copyFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { migrate } from '../migrator/migrate.ts'
import type { MigrationPlan } from '../migrator/plan.ts'
import { proveRowsKept } from '../proof/rows/prove-rows-kept.ts'
import { makePrivateFolder } from '../snapshots/private-folder.ts'
import { betterSqliteConnection } from '../sql/better-sqlite.ts'
import type { Connection } from '../sql/connection.ts'
import { checkIntegrity, integrityCacheKibibytes } from './integrity.ts'
import type { Estimate, Survey } from './model.ts'
import { copySample } from './sample.ts'
import { readPragma } from './survey.ts'

/** What was measured while the sample was upgraded. */
interface Rehearsal {
  readonly rows: number
  readonly pagesBefore: number
  readonly pagesAfter: number
  /** The pages that only a new table or index needs, whatever the number of rows. */
  readonly newTrees: number
  readonly journalBytes: number
  readonly backupMilliseconds: number
  readonly migrationMilliseconds: number
  readonly proofMilliseconds: number
}

/** How many rows of each table are tried. */
const rowsPerTable = 20_000

/** The inner pages of the trees stay in any cache. */
const leastCacheKibibytes = 400

/**
 * Upgrades a sample of the database in a private folder, with its copy, its checks and its proof, and scales
 * what that took to the size of the file. What it takes without any row is no matter of the size. It is a guess:
 * the order of the keys, the disk and what else the machine does are not in it.
 */
export function estimateUpgrade(source: Connection, plan: MigrationPlan, survey: Survey): Estimate {
  // The rows first: what only a first run takes makes the guess too long, and not too short.
  const withRows = rehearseSample(source, plan, survey, rowsPerTable)
  const withoutRows = rehearseSample(source, plan, survey, 0)
  return scale(withoutRows, withRows, survey)
}

function rehearseSample(
  source: Connection,
  plan: MigrationPlan,
  { version, pageCount }: Survey,
  rowsAtMost: number,
): Rehearsal {
  const folder = makePrivateFolder()
  const path = join(folder.path, 'sample.db')
  const sample = new Database(path)
  try {
    const connection = betterSqliteConnection(sample)
    const rows = copySample(source, connection, plan, version, rowsAtMost)
    return { rows, ...rehearse(connection, path, plan, pageCount) }
  } finally {
    sample.close()
    folder.remove()
  }
}

/** The cache of the check is as much smaller as the sample is, so that as many pages are read again and again. */
function rehearse(
  connection: Connection,
  path: string,
  plan: MigrationPlan,
  pageCount: number,
): Omit<Rehearsal, 'rows'> {
  const pagesBefore = Number(readPragma(connection, 'page_count'))
  const factor = factorOf(pageCount, pagesBefore)
  const cacheKibibytes = Math.max(leastCacheKibibytes, Math.round(integrityCacheKibibytes / factor))
  const check = () => checkIntegrity(connection, cacheKibibytes)
  connection.exec('PRAGMA cache_size = -2000; PRAGMA foreign_keys = ON')
  const treesBefore = countTrees(connection)
  let journalBytes = 0
  const backupMilliseconds = measure(() => {
    copyFileSync(path, `${path}-pristine`)
    check()
  })
  const migrationMilliseconds = measure(() =>
    migrate(connection, plan, {
      transaction: 'all',
      beforeCommit: () => {
        journalBytes = statSync(`${path}-journal`, { throwIfNoEntry: false })?.size ?? 0
      },
    }),
  )
  const proofMilliseconds = measure(() => {
    proveRowsKept(connection, { pristine: { path: `${path}-pristine` }, exclude: plan.versions.tables })
    check()
  })
  return {
    pagesBefore,
    pagesAfter: Number(readPragma(connection, 'page_count')),
    newTrees: countTrees(connection) - treesBefore,
    journalBytes,
    backupMilliseconds,
    migrationMilliseconds,
    proofMilliseconds,
  }
}

/** How many times as large the file is. */
function factorOf(pageCount: number, sampledPages: number): number {
  return Math.max(1, pageCount / Math.max(1, sampledPages))
}

function scale(withoutRows: Rehearsal, withRows: Rehearsal, { pageCount, pageSizeBytes }: Survey): Estimate {
  const { rows, pagesBefore, pagesAfter, newTrees, journalBytes } = withRows
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
    backupMilliseconds,
    migrationMilliseconds,
    proofMilliseconds,
    lockedMilliseconds: backupMilliseconds + migrationMilliseconds + proofMilliseconds,
    growthBytes,
    journalBytes: Math.ceil(journalBytes * factor),
    // The sorter writes its runs and then merges them into another file of the same size.
    sorterBytes: growthBytes * 2,
  }
}

function countTrees(connection: Connection): number {
  return Number(connection.all('SELECT count(*) AS n FROM sqlite_schema WHERE rootpage > 0')[0]?.n)
}

function measure(work: () => void): number {
  const start = performance.now()
  work()
  return performance.now() - start
}
