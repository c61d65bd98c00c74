import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import type { RowsProof } from '../../../src/checks/rows/model.ts'
import { proveRowsKept, type RowsProofOptions } from '../../../src/checks/rows/prove-rows-kept.ts'
import { betterSqliteConnection } from '../../../src/engines/better-sqlite3.ts'

/** Builds a database, keeps a copy of it, changes it, and compares the two. */
export function proveChange(
  before: string,
  change: string,
  options: Omit<RowsProofOptions, 'original'> = {},
): RowsProof {
  const folder = mkdtempSync(join(tmpdir(), 'rows-'))
  const path = join(folder, 'upgraded.db')
  const original = join(folder, 'original.db')
  try {
    runSql(path, before)
    copyFileSync(path, original)
    const database = new Database(path)
    try {
      database.unsafeMode().exec(change)
      return proveRowsKept(betterSqliteConnection(database), { ...options, original: { path: original } })
    } finally {
      database.close()
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function runSql(path: string, sql: string) {
  const database = new Database(path)
  // Only so can a test make what a hostile or an old tool left behind.
  database.unsafeMode().exec(sql)
  database.close()
}
