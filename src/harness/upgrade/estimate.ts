import { copyFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { migrate } from '../migrator/migrate.ts'
import type { MigrationPlan } from '../migrator/plan.ts'
import { proveRowsKept } from '../proof/rows/prove-rows-kept.ts'
import { makePrivateFolder } from '../snapshots/private-folder.ts'
import { betterSqliteConnection } from '../sql/better-sqlite.ts'
import type { Connection } from '../sql/connection.ts'
import { checkIntegrity } from './integrity.ts'
import type { Estimate, Survey } from './model.ts'
import { copySample } from './sample.ts'
import { readPragma } from './survey.ts'

/** What was measured while the sample was upgraded. */
interface Rehearsal {
  readonly pagesBefore: number
  readonly pagesAfter: number
  /** The pages that only a new table or index needs, whatever the number of rows. */
  readonly newTrees: number
  readonly journalBytes: number
  readonly backupMilliseconds: number
  readonly migrationMilliseconds: number
  readonly proofMilliseconds: number
}

/**
 * Upgrades a sample of the database in a private folder, with its copy, its checks and its proof, and scales
 * what that took to the size of the file. It is a guess: the order of the keys, the disk and what else the
 * machine does are not in it.
 */
export function estimateUpgrade(source: Connection, plan: MigrationPlan, survey: Survey): Estimate {
  const folder = makePrivateFolder()
  const path = join(folder.path, 'sample.db')
  const sample = new Database(path)
  try {
    const connection = betterSqliteConnection(sample)
    const sampledRows = copySample(source, connection, plan, survey.version)
    return scale(rehearse(connection, path, plan), survey, sampledRows)
  } finally {
    sample.close()
    folder.remove()
  }
}

function rehearse(connection: Connection, path: string, plan: MigrationPlan): Rehearsal {
  connection.exec('PRAGMA cache_size = -2000; PRAGMA foreign_keys = ON')
  const pagesBefore = Number(readPragma(connection, 'page_count'))
  const treesBefore = countTrees(connection)
  let journalBytes = 0
  const backupMilliseconds = measure(() => {
    copyFileSync(path, `${path}-pristine`)
    checkIntegrity(connection)
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
    checkIntegrity(connection)
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

function scale(rehearsal: Rehearsal, { pageCount, pageSizeBytes }: Survey, sampledRows: number): Estimate {
  const { pagesBefore, pagesAfter, newTrees, journalBytes } = rehearsal
  const factor = Math.max(1, pageCount / Math.max(1, pagesBefore))
  const scaled = (milliseconds: number) => Math.round(milliseconds * factor)
  const backupMilliseconds = scaled(rehearsal.backupMilliseconds)
  const migrationMilliseconds = scaled(rehearsal.migrationMilliseconds)
  const proofMilliseconds = scaled(rehearsal.proofMilliseconds)
  const growingPages = Math.max(0, pagesAfter - pagesBefore - newTrees)
  const growthBytes = Math.ceil(growingPages * factor + newTrees) * pageSizeBytes
  return {
    sampledRows,
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
