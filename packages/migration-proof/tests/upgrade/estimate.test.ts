// Goal: the sample of real rows that an estimate is made of lies beside the backup, for its owner alone, takes no more
// of the disk than is free, and is gone in the end, however that comes; and an estimate that fails stops no upgrade.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { MigrationConnection, Suite } from '../../src/index.ts'
import { defineConfig } from '../../src/index.ts'
import { UpgradeCancelledError } from '../../src/upgrade/errors.ts'
import type { Preview, UpgradeEvent } from '../../src/upgrade/model.ts'
import { type PreviewOptions, previewUpgrade } from '../../src/upgrade/preview.ts'
import { makeRunFolder } from '../../src/upgrade/run-folder.ts'
import { runUpgrade } from '../../src/upgrade/run-upgrade.ts'
import { findSampleRoom } from '../../src/upgrade/sample-rows.ts'
import { temporaryFolder } from '../../src/upgrade/space.ts'
import { makeFolder, makeShop, shopWith } from './shop.ts'

const parent = makeFolder()
afterAll(parent.remove)
let folder = ''
let file = ''
beforeEach(() => {
  folder = mkdtempSync(join(parent.path, 'case-'))
  file = join(folder, 'shop.db')
})

const withIndex = shopWith('CREATE INDEX item_name ON item (name)')

function preview(suite: Suite, options: Partial<PreviewOptions> = {}): Preview {
  return previewUpgrade(file, { plan: suite.plan, backupFolder: folder, rehearsalFolder: null, ...options })
}

/** Watches the folder of the sample between the steps. */
function watchSample() {
  const events: UpgradeEvent[] = []
  const modes = new Set<number>()
  let peakBytes = 0
  const look = () => {
    const [event] = events
    if (event?.step !== 'preview') return
    const files = readdirSync(event.folder).map((name) => statSync(join(event.folder, name)))
    const samples = readdirSync(event.folder).filter((name) => name !== 'run.lock')
    for (const name of samples) modes.add(statSync(join(event.folder, name)).mode & 0o777)
    peakBytes = Math.max(
      peakBytes,
      files.reduce((sum, { size }) => sum + size, 0),
    )
  }
  return {
    observer: {
      report: (event: UpgradeEvent) => events.push(event),
      isCancelled: () => {
        look()
        return false
      },
    },
    events,
    modes,
    get peakBytes() {
      return peakBytes
    },
  }
}

describe('the sample', () => {
  const { TMPDIR } = process.env
  afterEach(() => {
    if (TMPDIR === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = TMPDIR
  })

  it('lies in a folder of its run beside the backup, for its owner alone, and is gone at the end', () => {
    makeShop(file)
    const backups = join(folder, 'backups')
    mkdirSync(backups)
    const watch = watchSample()
    const { estimate } = preview(withIndex, { backupFolder: backups, observer: watch.observer })
    expect(estimate?.sampledRows).toBeGreaterThan(900)
    expect(watch.events).toEqual([{ step: 'preview', folder: expect.stringMatching(/./) }])
    const [event] = watch.events
    const used = event?.step === 'preview' ? event.folder : ''
    expect(dirname(used)).toBe(backups)
    expect(basename(used)).toMatch(/^shop\.db\.unfinished-/)
    expect([...watch.modes]).toEqual([0o600])
    expect(readdirSync(folder).sort()).toEqual(['backups', 'shop.db'])
    expect(readdirSync(backups)).toEqual([])
  })

  it('needs no TMPDIR', () => {
    makeShop(file)
    process.env.TMPDIR = join(folder, 'missing')
    expect(preview(withIndex)).toMatchObject({ noEstimate: null, estimate: { isSampleCut: false } })
    expect(temporaryFolder()).not.toBe(process.env.TMPDIR)
    process.env.TMPDIR = file
    expect(temporaryFolder(), 'a file is no folder').not.toBe(file)
  })

  it('of long rows takes no more than the disk has free, and says that it is small', () => {
    makeShop(file, 'UPDATE item SET body = hex(zeroblob(20000))')
    const freeBytes = 3_000_000
    const watch = watchSample()
    const seen = preview(withIndex, { freeSpace: () => freeBytes, observer: watch.observer })
    expect(seen).toMatchObject({ noEstimate: null, estimate: { isSampleCut: true } })
    expect(watch.peakBytes).toBeGreaterThan(100_000)
    expect(watch.peakBytes).toBeLessThan(freeBytes)
    expect(seen.estimate?.sampledRows).toBeGreaterThan(0)
  })

  it('takes a row that is larger than its share, and none that is larger than the limit', () => {
    makeShop(file, 'UPDATE item SET body = CASE WHEN id % 2 THEN zeroblob(300000) ELSE zeroblob(20000) END')
    const watch = watchSample()
    preview(withIndex, { freeSpace: () => 2_000_000, observer: watch.observer })
    expect(watch.peakBytes).toBeLessThan(2_000_000)
  })

  it('has a limit in bytes, whatever is free', () => {
    makeShop(file)
    const survey = { ...preview(withIndex).survey, pageCount: 1_000_000, pageSizeBytes: 4096 }
    const room = findSampleRoom(survey, 10, Number.MAX_SAFE_INTEGER)
    expect(room?.limit.bytes).toBe(32_000_000)
    expect(room?.neededBytes).toBeLessThan(300_000_000)
    expect(room?.isCut).toBe(false)
    expect(findSampleRoom(survey, 10, 50_000)).toBe(null)
  })
})

describe('without an estimate', () => {
  it('for want of room, the reason is given, and the copies alone are counted', () => {
    makeShop(file)
    const seen = preview(withIndex, { freeSpace: () => 50_000 })
    expect(seen.estimate).toBe(null)
    expect(seen.noEstimate).toBe(`there is no room for a sample in ${folder}`)
    expect(seen.space).toMatchObject([{ purposes: ['the backup'], neededBytes: statSync(file).size }])
    expect(readdirSync(folder)).toEqual(['shop.db'])
  })

  it('of a migration that fails, the reason is given, and the upgrade reports the same', async () => {
    makeShop(file)
    const suite = shopWith("UPDATE item SET name = (SELECT 'a' FROM nowhere)")
    const seen = preview(suite)
    expect(seen.estimate).toBe(null)
    expect(seen.noEstimate).toMatch(/^a sample of the rows could not be upgraded: .*no such table/)
    expect(readdirSync(folder)).toEqual(['shop.db'])
  })

  it('the upgrade goes on', async () => {
    makeShop(file)
    // It fails where there are few rows, and so on the sample alone.
    const suite = shopWithFragileVersion()
    const seen = preview(suite)
    expect(seen).toMatchObject({
      estimate: null,
      noEstimate: expect.stringContaining(
        'a sample of the rows could not be upgraded: Migration v2 (fragile)',
      ),
    })
    const request = { suite, backupFolder: folder, madeAt: new Date(0) } as const
    const report = await runUpgrade(seen, request, { report: () => {}, isCancelled: () => false })
    expect(report?.to).toBe(2)
  })

  function shopWithFragileVersion(): Suite {
    const { plan } = shopWith('')
    const up = (connection: MigrationConnection) => {
      const [row] = connection.all('SELECT count(*) AS n FROM item')
      // What a version looks like is built in memory.
      const isInMemory = connection.all('PRAGMA database_list')[0]?.file === ''
      if (!isInMemory && Number(row?.n) === 0) throw new Error('too few rows')
      connection.exec('CREATE INDEX item_name ON item (name)')
    }
    const [first] = plan.migrations
    if (first === undefined) throw new Error('a shop has a first version')
    return defineConfig({
      name: 'fragile',
      fixtures: join(parent.path, 'no-fixtures'),
      migrations: [first, { version: 2, name: 'fragile', up }],
    })
  }
})

it('children whose parents are not in the sample are no failure', () => {
  const database = new Database(file)
  // Each child refers to a parent from another end of the table.
  database.exec(`CREATE TABLE schema_version (version INTEGER PRIMARY KEY, applied_at TEXT NOT NULL DEFAULT (datetime('now')));
    INSERT INTO schema_version (version) VALUES (1);
    CREATE TABLE parent (id INTEGER PRIMARY KEY); CREATE TABLE child (id INTEGER PRIMARY KEY, parent REFERENCES parent (id));
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 60000) INSERT INTO parent SELECT i FROM n;
    INSERT INTO child SELECT id, 60001 - id FROM parent WHERE id % 7 = 0`)
  database.close()
  const suite = defineConfig({
    name: 'family',
    fixtures: join(parent.path, 'no-fixtures'),
    migrations: [
      {
        version: 1,
        name: 'first',
        up: (c) =>
          c.exec(
            'CREATE TABLE parent (id INTEGER PRIMARY KEY); CREATE TABLE child (id INTEGER PRIMARY KEY, parent REFERENCES parent (id))',
          ),
      },
      {
        version: 2,
        name: 'rebuild',
        up: (c) =>
          c.exec(`CREATE TABLE new_child (id INTEGER PRIMARY KEY, parent REFERENCES parent (id), added);
            INSERT INTO new_child (id, parent) SELECT id, parent FROM child; DROP TABLE child;
            ALTER TABLE new_child RENAME TO child`),
      },
    ],
  })
  expect(preview(suite)).toMatchObject({ noEstimate: null, estimate: { sampledRows: expect.any(Number) } })
})

it('is asked between all steps whether to go on, and leaves nothing when it is not to', () => {
  makeShop(
    file,
    'CREATE VIEW own AS SELECT 1; CREATE TRIGGER own_trigger AFTER INSERT ON item BEGIN SELECT 1; END',
  )
  const before = readFileSync(file)
  let asked = 0
  preview(withIndex, { observer: { report: () => {}, isCancelled: () => ++asked < 0 } })
  expect(asked, 'for each table, run of rows, object, statement and comparison').toBeGreaterThan(100)
  for (const last of [1, 4, 9, 30, 90, Math.floor(asked / 2), asked - 9, asked]) {
    let left = last
    const observer = { report: () => {}, isCancelled: () => --left <= 0 }
    expect(() => preview(withIndex, { observer }), `the ${last}th time`).toThrow(UpgradeCancelledError)
    expect(readdirSync(folder)).toEqual(['shop.db'])
    expect(readFileSync(file).equals(before)).toBe(true)
  }
})

describe('the space without a backup', () => {
  it('holds a copy for the proof where old rows are written to, and none where they are not', () => {
    makeShop(file)
    const purposes = (suite: Suite) =>
      preview(suite, { backupFolder: null }).space.flatMap((need) => need.purposes)
    expect(purposes(withIndex)).not.toContain('a copy for the proof of the rows')
    expect(purposes(shopWith("UPDATE note SET text = 'x'"))).toContain('a copy for the proof of the rows')
  })
})

describe('the folder of another run', () => {
  it('that is dead and worked on this file is removed; others are named', () => {
    makeShop(file)
    using alive = makeRunFolder(folder, file)
    const unknown = join(folder, 'shop.db.unfinished-abcdef')
    mkdirSync(join(unknown, 'full'), { recursive: true })
    const empty = join(folder, 'shop.db.unfinished-empty1')
    mkdirSync(empty)
    const { leftovers } = preview(withIndex)
    expect(leftovers.toSorted((left, right) => left.state.localeCompare(right.state))).toEqual([
      { path: alive.path, state: 'alive', file: null },
      { path: unknown, state: 'unknown', file: null },
    ])
    expect(readdirSync(folder)).not.toContain(basename(empty))
    rmSync(unknown, { recursive: true })
  })
})
