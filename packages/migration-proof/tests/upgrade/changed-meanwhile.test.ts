// Goal: what changed between the look at a file and its lock is seen under the lock: nothing is reported as upgraded
// and proven that another process did, and a backup is called by the version that it holds.
import { copyFileSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeEach, expect, it } from 'vitest'
import { betterSqliteConnection, migrate } from '../../src/index.ts'
import { latestVersionOf } from '../../src/migrator/plan.ts'
import { previewUpgrade } from '../../src/upgrade/preview.ts'
import { runUpgrade } from '../../src/upgrade/run-upgrade.ts'
import { forum as suite } from '../support/forum.ts'
import { makePlace } from './place.ts'

const place = makePlace()
const { file } = place
afterAll(place.remove)
beforeEach(place.clear)

const latest = latestVersionOf(suite.plan)

/** Looks at a file of version 2, lets another process do something with it, and upgrades it. */
function upgradeAfter(work: (database: Database.Database) => void) {
  copyFileSync(join(suite.fixtures, 'snapshots', 'v2.db'), file)
  const backupFolder = dirname(file)
  const preview = previewUpgrade(file, { plan: suite.plan, backupFolder, rehearsalFolder: null })
  expect(preview.survey.pending.map(({ version }) => version)).toEqual([3, 4, 5])
  const server = new Database(file)
  work(server)
  server.close()
  const request = { suite, backupFolder, madeAt: new Date(0) } as const
  return runUpgrade(preview, request, { report: () => {}, isCancelled: () => false })
}

function versionOf(path: string): unknown {
  const database = new Database(path, { readonly: true })
  try {
    return database.prepare('SELECT max(version) FROM schema_version').pluck().get()
  } finally {
    database.close()
  }
}

it('a server that has migrated to the end leaves nothing to do: no backup, and no proof', async () => {
  const report = await upgradeAfter((database) => migrate(betterSqliteConnection(database), suite.plan))
  expect(report).toBeNull()
  expect(readdirSync(dirname(file))).toEqual([basename(file)])
  expect(versionOf(file)).toBe(latest)
})

it('a server that has migrated in part is the beginning of the upgrade, and the backup is called by its version', async () => {
  const report = await upgradeAfter((database) => {
    migrate(betterSqliteConnection(database), suite.plan, { target: 4 })
  })
  expect(report).toMatchObject({ from: 4, to: latest, applied: [5] })
  expect(basename(report?.backup ?? '')).toMatch(/\.v4\./)
  expect(versionOf(report?.backup ?? '')).toBe(4)
})

it('a trigger on the versions that has come is refused, and the file stays as it was', async () => {
  let before = Buffer.alloc(0)
  const run = upgradeAfter((database) => {
    database.exec('CREATE TRIGGER own AFTER INSERT ON schema_version BEGIN DELETE FROM post; END')
    database.pragma('wal_checkpoint(TRUNCATE)')
    before = readFileSync(file)
  })
  await expect(run).rejects.toMatchObject({ reason: 'trigger-on-versions' })
  expect(readFileSync(file).equals(before)).toBe(true)
  expect(readdirSync(dirname(file))).toEqual([basename(file)])
})

it('a newer server is refused', async () => {
  const run = upgradeAfter((database) => {
    migrate(betterSqliteConnection(database), suite.plan)
    database.exec(`INSERT INTO schema_version (version) VALUES (${latest + 1})`)
  })
  await expect(run).rejects.toMatchObject({ reason: 'newer-version' })
})

it('a table of one’s own that has come is kept', async () => {
  const report = await upgradeAfter((database) =>
    database.exec('CREATE TABLE own (a); INSERT INTO own VALUES (7)'),
  )
  expect(report?.proofs.map(({ outcome }) => outcome)).not.toContain('failed')
  const database = new Database(file)
  expect(database.prepare('SELECT a FROM own').pluck().get()).toBe(7)
  database.close()
})
