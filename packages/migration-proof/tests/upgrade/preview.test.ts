// Goal: what is reported before the upgrade is true: what the file is, who has it open, what it will need, how much it
// will grow. And it changes nothing.
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { definePlan, type MigrationConnection, userVersion } from '../../src/index.ts'
import { RowGenerator } from '../../src/rows/generate.ts'
import { findHolders } from '../../src/upgrade/holders.ts'
import { previewUpgrade } from '../../src/upgrade/preview.ts'
import { runUpgrade } from '../../src/upgrade/run-upgrade.ts'
import { addUpSpace, temporaryFolder } from '../../src/upgrade/space.ts'
import { makeFolder, makeShop, shopWith, upgrade } from './shop.ts'

const folder = makeFolder()
afterAll(folder.remove)

function preview(file: string, suite = shopWith('CREATE INDEX item_name ON item (name)')) {
  return previewUpgrade(file, { plan: suite.plan, backupFolder: folder.path, rehearsalFolder: null })
}

describe('the survey', () => {
  it('says what the file is and what will run', () => {
    const file = join(folder.path, 'survey.db')
    makeShop(
      file,
      `CREATE TABLE own (a, b AS (a + 1)) STRICT; CREATE INDEX partial ON note (text) WHERE text <> '';
       CREATE TRIGGER watch AFTER INSERT ON note BEGIN SELECT 1; END; CREATE VIEW glance AS SELECT * FROM note;
       PRAGMA journal_mode = WAL`.replace(
        '(a, b AS (a + 1)) STRICT',
        '(a INTEGER, b INTEGER AS (a + 1)) STRICT',
      ),
    )
    const { survey, form } = preview(file)
    expect(survey).toMatchObject({
      version: 1,
      target: 2,
      pending: [{ version: 2, name: 'second' }],
      journalMode: 'wal',
      features: [
        'WAL',
        '1 STRICT table',
        '1 WITHOUT ROWID table',
        '1 generated column',
        '1 partial index',
        '1 trigger',
        '1 view',
      ],
      tables: expect.arrayContaining([
        { name: 'item', rows: 400 },
        { name: 'own', rows: 0 },
      ]),
    })
    expect(survey.extras.map(({ type, name }) => `${type} ${name}`).sort()).toEqual([
      'index partial',
      'table own',
      'trigger watch',
      'view glance',
    ])
    expect(form).toBe(null)
  })

  it('says of a file at the latest version that there is nothing to do', async () => {
    const file = join(folder.path, 'latest.db')
    makeShop(file)
    const suite = shopWith('CREATE INDEX item_name ON item (name)')
    await upgrade({ suite, file })
    expect(preview(file, suite)).toMatchObject({ estimate: null, space: [], survey: { pending: [] } })
  })

  it('changes no byte', () => {
    const file = join(folder.path, 'unchanged.db')
    makeShop(file)
    const before = readFileSync(file)
    preview(file)
    expect(readFileSync(file).equals(before)).toBe(true)
  })
})

describe('the estimate', () => {
  it('of a file larger than its sample is near to what then happens', async () => {
    const file = join(folder.path, 'large.db')
    makeShop(
      file,
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 60000)
       INSERT INTO item (name, price, body) SELECT 'item ' || (i * 7919 % 60013), i, 'body ' || i FROM n`,
    )
    const suite = shopWith('CREATE INDEX item_name ON item (name); CREATE INDEX item_body ON item (body)')
    const { estimate } = preview(file, suite)
    const { sizeBeforeBytes, sizeAfterBytes } = await upgrade({ suite, file })
    const growth = sizeAfterBytes - sizeBeforeBytes
    expect(estimate?.sampledRows).toBeLessThan(25_000)
    expect(estimate?.growthBytes).toBeGreaterThan(growth * 0.7)
    expect(estimate?.growthBytes).toBeLessThan(growth * 1.5)
    expect(estimate?.sorterBytes).toBeGreaterThanOrEqual(growth)
    const { backupMilliseconds, migrationMilliseconds, proofMilliseconds, lockedMilliseconds } =
      estimate ?? {}
    for (const part of [backupMilliseconds, migrationMilliseconds, proofMilliseconds])
      expect(part).toBeGreaterThan(0)
    expect(lockedMilliseconds).toBe(
      (backupMilliseconds ?? 0) + (migrationMilliseconds ?? 0) + (proofMilliseconds ?? 0),
    )
  })

  it('is made of a file that keeps its version in its header', () => {
    const file = join(folder.path, 'header.db')
    const first = { version: 1, name: 'first', up: (c: MigrationConnection) => c.exec('CREATE TABLE a (b)') }
    const second = {
      version: 2,
      name: 'second',
      up: (c: MigrationConnection) => c.exec('CREATE INDEX i ON a (b)'),
    }
    const database = new Database(file)
    database.exec('CREATE TABLE a (b); PRAGMA user_version = 1')
    database.close()
    const plan = definePlan([first, second], userVersion())
    const options = { plan, backupFolder: folder.path, rehearsalFolder: null }
    expect(previewUpgrade(file, options)).toMatchObject({
      survey: { version: 1 },
      estimate: { sampledRows: 0 },
    })
  })

  it('knows that a rebuild fills the journal', () => {
    const file = join(folder.path, 'rebuild.db')
    makeShop(file)
    const sql = "UPDATE item SET body = body || 'x'"
    const rebuilding = preview(file, shopWith(sql)).estimate
    const adding = preview(file, shopWith('CREATE TABLE n (a)')).estimate
    expect(rebuilding?.journalBytes).toBeGreaterThan(5 * (adding?.journalBytes ?? 0))
  })
})

describe('the space', () => {
  it('of one disk is shared by all that falls on it', () => {
    const [need, ...others] = addUpSpace(
      [
        { folder: folder.path, purpose: 'a copy', bytes: 10 },
        { folder: dirname(folder.path), purpose: 'nothing', bytes: 0 },
        { folder: folder.path, purpose: 'a journal', bytes: 5 },
      ],
      () => 12,
    )
    expect(need).toEqual({
      folder: folder.path,
      purposes: ['a copy', 'a journal'],
      neededBytes: 15,
      freeBytes: 12,
    })
    expect(others).toEqual([])
  })

  it('defaults to that of the disk', () => {
    const [need] = addUpSpace([{ folder: folder.path, purpose: 'a copy', bytes: 1 }])
    expect(need?.freeBytes).toBeGreaterThan(1_000_000)
    expect(temporaryFolder()).toMatch(/./)
  })
})

describe('the processes that have a file open', () => {
  it('are found by what they hold, and this one is not among them', () => {
    const file = join(folder.path, 'open.db')
    writeFileSync(file, 'x')
    const processes = join(folder.path, 'proc')
    const opens = { 41: file, 42: processes, [process.pid]: file, self: file }
    for (const [id, held] of Object.entries(opens)) {
      mkdirSync(join(processes, id, 'fd'), { recursive: true })
      symlinkSync(held, join(processes, id, 'fd', '3'))
      writeFileSync(join(processes, id, 'comm'), `server ${id}\n`)
    }
    expect(findHolders(file, processes)).toEqual([{ processId: 41, command: 'server 41' }])
    symlinkSync('/usr/bin/server', join(processes, '41', 'exe'))
    expect(findHolders(file, processes)).toEqual([{ processId: 41, command: 'server' }])
    expect(findHolders(file, join(folder.path, 'nowhere'))).toEqual([])
    expect(findHolders(join(folder.path, 'nowhere'), processes)).toEqual([])
  })

  it('are reported, and refuse the upgrade', async () => {
    const file = join(folder.path, 'idle.db')
    makeShop(file)
    const seen = { ...preview(file), holders: [{ processId: 41, command: 'server' }] }
    const request = {
      suite: shopWith(''),
      backupFolder: null,
      level: 'quick',
      madeAt: new Date(0),
    } as const
    const observer = { report: () => {}, isCancelled: () => false }
    await expect(runUpgrade(seen, request, observer)).rejects.toThrow(/found process 41 \(server\);/)
  })
})

it('the rows that the new schema accepts and refuses are found before the file is locked', async () => {
  const file = join(folder.path, 'rows.db')
  makeShop(file)
  const suite = shopWith('CREATE TABLE only_here (name TEXT NOT NULL)')
  const looked = preview(file, suite)
  const search = vi.spyOn(RowGenerator.prototype, 'cover')
  const searched: number[] = []
  const request = { suite, backupFolder: folder.path, madeAt: new Date() }
  await runUpgrade(looked, request, {
    report: () => searched.push(search.mock.calls.length),
    isCancelled: () => false,
  }).finally(() => search.mockRestore())
  expect(searched[0]).toBeGreaterThan(0)
  expect(searched.at(-1)).toBe(searched[0])
})
