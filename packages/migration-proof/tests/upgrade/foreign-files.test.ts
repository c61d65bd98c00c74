// Goal: another application's database is refused as it is, with nothing left beside it, unless that was asked for.
import { copyFileSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { previewUpgrade } from '../../src/upgrade/preview.ts'
import { runUpgrade } from '../../src/upgrade/run-upgrade.ts'
import { makePlace } from './place.ts'

const place = makePlace()
const { folder, suite } = place
const file = join(folder, 'Cookies')
afterAll(place.remove)
beforeEach(place.clear)

function makeFile(sql: string) {
  const database = new Database(file)
  database.exec(sql)
  database.close()
}

function look(adopt: boolean) {
  return previewUpgrade(file, { plan: suite.plan, backupFolder: folder, rehearsalFolder: null, adopt })
}

const cookies = `CREATE TABLE cookies (host_key TEXT NOT NULL, name TEXT NOT NULL, value TEXT);
  CREATE UNIQUE INDEX cookies_index ON cookies (host_key, name);
  CREATE VIRTUAL TABLE search USING fts5 (text); INSERT INTO search VALUES ('some words');
  INSERT INTO cookies VALUES ('example.org', 'a', 'b')`

describe.for(['DELETE', 'WAL'])('another application’s file in %s mode', (mode) => {
  it.for([
    ['with tables', cookies],
    ['with views alone', 'CREATE VIEW everything AS SELECT 1 AS one'],
    ['with nothing but its mark', 'PRAGMA application_id = 1196444487; CREATE TABLE a (b); DROP TABLE a'],
    [
      'with one table of a known name and another shape',
      `${cookies}; CREATE TABLE tag (id INTEGER, label TEXT)`,
    ],
  ])('%s is refused as it was', ([, sql]) => {
    makeFile(`PRAGMA journal_mode = ${mode}; ${sql}`)
    const before = readFileSync(file)
    expect(() => look(false)).toThrow(/another application|Name that version 1 needs/)
    expect(readFileSync(file)).toEqual(before)
    expect(readdirSync(folder)).toEqual(['Cookies'])
  })

  it('is adopted where that is asked for, and keeps what it has', async () => {
    makeFile(`PRAGMA journal_mode = ${mode}; ${cookies}`)
    const preview = look(true)
    expect(preview.survey).toMatchObject({ version: 0, target: 2 })
    const request = {
      suite,
      adopt: true,
      backupFolder: folder,
      madeAt: new Date(0),
    } as const
    const report = await runUpgrade(preview, request, { report: () => {}, isCancelled: () => false })
    expect(report?.applied).toEqual([1, 2])
    const database = new Database(file, { readonly: true })
    expect(database.prepare('SELECT name FROM cookies').pluck().all()).toEqual(['a'])
    expect(database.prepare("SELECT text FROM search WHERE search MATCH 'words'").pluck().all()).toEqual([
      'some words',
    ])
    database.close()
  })
})

it('a look at a file in WAL mode leaves a log that was there before', () => {
  copyFileSync(place.image, file)
  const writer = new Database(file)
  writer.exec("PRAGMA journal_mode = WAL; INSERT INTO note VALUES ('late')")
  const before = readdirSync(folder)
  expect(look(false).survey.version).toBe(1)
  expect(readdirSync(folder)).toEqual(before)
  expect(readFileSync(`${file}-wal`).length).toBeGreaterThan(0)
  writer.close()
})
