// Goal: an upgrade of a file in any condition of the field arrives with everything proven, keeps a backup that is
// the file as it was, and leaves the file's contents alone when it is stopped or fails at any step.
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  betterSqliteConnection,
  diffContent,
  fieldConditions,
  loadSnapshot,
  readContent,
} from '../../src/index.ts'
import { latestVersionOf } from '../../src/migrator/plan.ts'
import { makePrivateFolder } from '../../src/snapshots/private-folder.ts'
import { makeBackup } from '../../src/upgrade/backup.ts'
import {
  UpgradeCancelledError,
  UpgradeNotProvenError,
  UpgradeRefusedError,
} from '../../src/upgrade/errors.ts'
import type { UpgradeEvent } from '../../src/upgrade/model.ts'
import { forum } from '../support/forum.ts'
import { expectFile, makeFolder, makeShop, shopWith, stepsOf, upgrade } from './shop.ts'

const folder = makeFolder()
afterAll(() => folder.remove())

const withIndex = shopWith('CREATE INDEX item_name ON item (name); ALTER TABLE note ADD COLUMN by TEXT')

function readContentOf(file: string) {
  const database = new Database(file)
  try {
    return readContent(betterSqliteConnection(database))
  } finally {
    database.close()
  }
}

function journalModeOf(file: string): unknown {
  const database = new Database(file)
  try {
    return database.pragma('journal_mode', { simple: true })
  } finally {
    database.close()
  }
}

/** Every snapshot with rows in one condition, and one snapshot in every condition. */
const files = [
  ...forum.snapshots
    .filter(({ form }) => form !== 'empty')
    .map(({ name }, place) => ({ name, condition: fieldConditions[place % fieldConditions.length] })),
  ...fieldConditions.map((condition) => ({ name: 'v2', condition })),
].flatMap(({ name, condition }) => (condition === undefined ? [] : [{ name, condition }]))

describe('a file', () => {
  it.for(files)('of $name $condition.name arrives with everything proven', async ({ name, condition }) => {
    const { make } = condition
    using privateFolder = makePrivateFolder()
    const { path: file } = make(loadSnapshot(forum.fixtures, name).bytes, privateFolder.path)
    const journalMode = existsSync(`${file}-journal`) ? 'delete' : journalModeOf(file)
    const { proofs, to, backup } = await upgrade({ suite: forum, file })
    expect(to).toBe(latestVersionOf(forum.plan))
    expect(proofs.map(({ proof, outcome }) => [proof, outcome])).toEqual([
      ['golden', 'passed'],
      ['facts', 'passed'],
      ['contracts', 'passed'],
      ['versions', 'passed'],
      ['inserts', 'passed'],
      ['foreign keys', 'passed'],
      ['rows', 'passed'],
      ['references', 'not-applicable'],
      ['integrity', 'passed'],
    ])
    expect(journalModeOf(file)).toBe(journalMode)
    expect(readdirSync(privateFolder.path).sort()).toEqual([basename(file), basename(backup ?? '')].sort())
  })
})

describe('the backup', () => {
  it('is the file as it was, the log included, and its owner’s alone', async () => {
    const file = join(folder.path, 'logged.db')
    makeShop(file)
    const writer = new Database(file)
    writer.pragma('journal_mode = WAL')
    writer.exec("INSERT INTO note VALUES ('in the log')")
    const before = readContent(betterSqliteConnection(writer))
    copyFileSync(file, `${file}.main`)
    copyFileSync(`${file}-wal`, `${file}.log`)
    writer.close()
    copyFileSync(`${file}.main`, file)
    copyFileSync(`${file}.log`, `${file}-wal`)

    const { backup } = await upgrade({ suite: withIndex, file })

    expect(basename(backup ?? '')).toMatch(/^logged\.db\.v1\.\d{8}T\d{6}Z\.backup$/)
    expect(statSync(backup ?? '').mode & 0o777).toBe(0o600)
    expect(readFileSync(backup ?? '').subarray(18, 20), 'a file that needs no log').toEqual(
      Buffer.from([1, 1]),
    )
    expect(diffContent(before, readContentOf(backup ?? ''))).toEqual([])
    expect(journalModeOf(file)).toBe('wal')
  })

  it('leaves alone, and names, what may be the draft of an earlier release, and leaves alone all else', async () => {
    const file = join(folder.path, 'again.db')
    makeShop(file)
    const drafts = [
      'again.db.v1.20200101T000000Z.backup.unfinished',
      'again.db.v1.20200101T000000Z.backup.unfinished-journal',
    ]
    const others = [
      'again.db.v1.20200101T000000Z.backup',
      'more-again.db.v1.20200101T000000Z.backup.unfinished',
    ]
    for (const name of [...drafts, ...others]) copyFileSync(file, join(folder.path, name))
    const { leftovers } = await upgrade({ suite: withIndex, file })
    expect(leftovers.map(({ path }) => basename(path)).sort()).toEqual(drafts)
    expect(readdirSync(folder.path)).toEqual(expect.arrayContaining([...drafts, ...others]))
  })

  it('does not take the place of another one of the same second', async () => {
    const file = join(folder.path, 'twice.db')
    makeShop(file)
    const observer = { report: () => {}, isCancelled: () => false }
    const madeAt = new Date('2026-01-02T03:04:05.678Z')
    const identity = expectFile(file)
    const request = {
      path: file,
      identity,
      folder: folder.path,
      level: 'default',
      version: 1,
      madeAt,
    } as const
    const database = new Database(file)
    const backups = [
      await makeBackup(database, request, observer),
      await makeBackup(database, request, observer),
    ]
    database.close()
    expect(backups.map(({ path }) => basename(path))).toEqual([
      'twice.db.v1.20260102T030405Z.backup',
      'twice.db.v1.20260102T030405Z-2.backup',
    ])
    expect(backups.every(({ path }) => existsSync(path))).toBe(true)
  })

  it('is not made of a damaged file, which stays as it was', async () => {
    const file = join(folder.path, 'damaged.db')
    makeShop(file)
    const database = new Database(file)
    // The index lacks a row, which only integrity_check sees.
    database
      .unsafeMode()
      .exec(`CREATE INDEX i ON note (text); CREATE TEMP TABLE kept AS SELECT * FROM sqlite_schema WHERE name = 'i';
      PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE name = 'i'; PRAGMA writable_schema = RESET;
      INSERT INTO note VALUES ('unseen');
      PRAGMA writable_schema = ON; INSERT INTO sqlite_schema SELECT * FROM kept; PRAGMA writable_schema = RESET`)
    database.close()
    const before = readFileSync(file)
    for (const hasBackup of [true, false]) {
      await expect(upgrade({ suite: withIndex, file, hasBackup })).rejects.toMatchObject({
        name: 'UpgradeRefusedError',
        reason: 'damaged',
        message: expect.stringMatching(/index i'/),
      })
    }
    expect(readFileSync(file).equals(before)).toBe(true)
    expect(readdirSync(folder.path).filter((name) => name.startsWith('damaged.db.'))).toEqual([])
  })
})

describe('stopped', () => {
  const image = join(folder.path, 'image.db')
  const file = join(folder.path, 'stopped', 'shop.db')
  const steps = ['backup', 'backup-check', 'backup-made', 'migration', 'proof', 'commit'] as const
  beforeAll(() => {
    mkdirSync(dirname(file))
    makeShop(image)
  })
  beforeEach(() => {
    for (const name of readdirSync(dirname(file))) rmSync(join(dirname(file), name))
    copyFileSync(image, file)
  })

  it.for(steps)('at the step %s, it keeps the contents, and a rerun finishes', async (step) => {
    const before = readFileSync(file)
    const events: UpgradeEvent[] = []
    const observer = {
      report: (event: UpgradeEvent) => events.push(event),
      isCancelled: () => events.at(-1)?.step === step,
    }
    const end = await upgrade({ suite: withIndex, file, observer }).catch((error: unknown) => error)
    expect(stepsOf(events)).toContain(step)
    expect(end).toBeInstanceOf(UpgradeCancelledError)
    expect(readFileSync(file).equals(before)).toBe(true)
    expect(readdirSync(dirname(file)), 'no backup of a file that did not change').toEqual(['shop.db'])
    const { to } = await upgrade({ suite: withIndex, file })
    expect(to).toBe(2)
  })

  it('between two tables of the proof, it keeps the contents', async () => {
    const before = readFileSync(file)
    let details = 0
    const observer = {
      report: (event: UpgradeEvent) => {
        if (event.step === 'proof' && event.detail.startsWith('table ')) details += 1
      },
      isCancelled: () => details === 2,
    }
    await expect(upgrade({ suite: withIndex, file, observer })).rejects.toThrow(UpgradeCancelledError)
    expect(readFileSync(file).equals(before)).toBe(true)
  })
})

/** What a migration does, and the proof that must see it. */
const failures = [
  {
    proof: 'integrity',
    sql: 'PRAGMA ignore_check_constraints = ON; CREATE TABLE n (a CHECK (a > 0)); INSERT INTO n VALUES (-1)',
  },
  { proof: 'rows', sql: 'DELETE FROM note' },
]

describe('a failure', () => {
  it.for(failures)('of the proof of $proof undoes it all', async ({ proof, sql }) => {
    const file = join(folder.path, `fails-${proof}.db`)
    makeShop(file)
    const before = readFileSync(file)
    const error: unknown = await upgrade({ suite: shopWith(sql), file }).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(UpgradeNotProvenError)
    expect(error).toMatchObject({
      problems: expect.arrayContaining([expect.objectContaining({ code: proof })]),
    })
    expect(readFileSync(file).equals(before)).toBe(true)
  })

  it('of a migration undoes it all, whatever the journal mode', async () => {
    const file = join(folder.path, 'fails.db')
    makeShop(file, 'PRAGMA user_version = 5')
    const database = new Database(file)
    database.pragma('journal_mode = WAL')
    database.close()
    const before = readContentOf(file)
    const suite = shopWith('DELETE FROM note; INSERT INTO nowhere VALUES (1)')
    await expect(upgrade({ suite, file })).rejects.toMatchObject({ name: 'MigrationFailedError' })
    expect(diffContent(before, readContentOf(file))).toEqual([])
    expect(journalModeOf(file)).toBe('wal')
  })

  it('of the disk to hold it all undoes it all', async () => {
    const file = join(folder.path, 'full.db')
    makeShop(file)
    const before = readFileSync(file)
    const sql = 'PRAGMA max_page_count = 51; CREATE TABLE n AS SELECT * FROM item'
    await expect(upgrade({ suite: shopWith(sql), file })).rejects.toMatchObject({
      name: 'MigrationFailedError',
      message: expect.stringContaining('SQLITE_FULL'),
    })
    expect(readFileSync(file).equals(before)).toBe(true)
  })
})

it('refuses a file that another connection uses, idle in WAL mode or in the middle of a write', async () => {
  const file = join(folder.path, 'held.db')
  makeShop(file)
  for (const sql of [
    'PRAGMA journal_mode = WAL; SELECT * FROM note',
    'PRAGMA journal_mode = DELETE; BEGIN IMMEDIATE',
  ]) {
    const other = new Database(file)
    other.exec(sql)
    await expect(upgrade({ suite: withIndex, file })).rejects.toMatchObject({
      name: UpgradeRefusedError.name,
      reason: 'held',
    })
    other.close()
  }
})
