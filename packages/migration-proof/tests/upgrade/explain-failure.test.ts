// Goal: after a failure, a message says that every proof has passed only where it has.
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { betterSqliteConnection } from '../../src/engines/better-sqlite3.ts'
import { migrate } from '../../src/index.ts'
import { explainFailure } from '../../src/upgrade/explain-failure.ts'
import { readIdentity } from '../../src/upgrade/file-identity.ts'
import { toyPlan } from '../migrator/toy-plan.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'explain-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const proven = 'the upgrade was committed with every proof passed'
const unproven = 'a part of the upgrade was committed although not every proof had passed'

it.for([
  [true, proven, 'keep the backup BACKUP'],
  [false, unproven, 'restore the backup BACKUP before the server starts'],
] as const)('of a file that is upgraded, proven: %s', ([isProven, says, fix]) => {
  const path = join(folder, 'a.db')
  const database = new Database(path)
  migrate(betterSqliteConnection(database), toyPlan)
  database.close()
  const backup = join(folder, 'b.db')
  copyFileSync(path, backup)
  const failed = {
    path,
    identity: readIdentity(path),
    plan: toyPlan,
    from: 1,
    step: null,
    backup,
    hasBegunToChange: true,
  }
  const error = explainFailure(new Error('disk'), { ...failed, isProven, isCommitted: isProven })
  expect(error).toMatchObject({ name: 'UpgradeCommittedError' })
  expect(String(error)).toContain(says)
  expect(String(error)).toContain(fix.replace('BACKUP', backup))
  expect(String(error)).not.toContain(isProven ? unproven : proven)
})

it('a file in WAL mode is read where there is no room for its -shm', () => {
  const path = join(folder, 'a.db')
  const database = new Database(path)
  database.pragma('journal_mode = WAL')
  migrate(betterSqliteConnection(database), toyPlan, { target: 1 })
  database.close()
  // A folder of that name is as good as a full disk: SQLite makes no file of that name.
  mkdirSync(`${path}-shm`)
  const failed = { path, identity: readIdentity(path), plan: toyPlan, from: 1, step: null, backup: null }
  const disk = Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' })
  const error = explainFailure(disk, {
    ...failed,
    hasBegunToChange: true,
    isProven: true,
    isCommitted: false,
  })
  expect(String(error)).toContain('everything was undone, and the file, read again, is at version 1')
})
