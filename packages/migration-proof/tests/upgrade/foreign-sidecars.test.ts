// Goal: a rollback journal or a write-ahead log that is not whole, or not of the file beside which it lies, never
// reaches the file: the upgrade is refused in one sentence, and the file and what lies beside it stay as they were.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { exitCodeOf } from '../../src/cli/errors.ts'
import { inspectDatabase } from '../../src/cli/inspection/inspect-database.ts'
import { betterSqliteConnection, readContent } from '../../src/index.ts'
import { restoreFile } from '../../src/upgrade/restore-file.ts'
import { makePlace } from './place.ts'
import { shopWith } from './shop.ts'

const place = makePlace()
const { folder, image, file } = place
const scratch = join(folder, '..', 'scratch.db')
afterAll(place.remove)
beforeEach(place.clear)

/** More than the cache holds, so that SQLite writes to the file before COMMIT. */
const unfinished =
  "PRAGMA cache_size = 1; BEGIN; UPDATE item SET name = 'half', body = name; DELETE FROM note"

/**
 * Runs SQL on a copy of the image, and takes what a process leaves that is killed then.
 *
 * @param before what was committed before
 */
function leave(sql: string, target: string, before = '', source = image): void {
  for (const ending of ['', '-journal', '-wal', '-shm']) rmSync(scratch + ending, { force: true })
  for (const ending of ['', '-wal'])
    if (existsSync(source + ending)) copyFileSync(source + ending, scratch + ending)
  const database = new Database(scratch)
  try {
    database.exec(before)
    database.exec(sql)
    for (const ending of ['', '-journal', '-wal']) {
      if (existsSync(scratch + ending)) copyFileSync(scratch + ending, target + ending)
    }
  } finally {
    database.close()
  }
}

/** Another application's database, of which all but a first page is in the log. */
function leaveOfOther(target: string): void {
  const none = join(folder, '..', 'none.db')
  writeFileSync(none, '')
  leave('PRAGMA journal_mode = WAL; CREATE TABLE theirs (a); INSERT INTO theirs VALUES (1)', target, '', none)
}

/** One that changes values alone, so that SQLite has not written the first page yet. */
const unfinishedNotes =
  "PRAGMA cache_size = 1; BEGIN; UPDATE note SET text = 'NOTED'; UPDATE item SET price = price + 1"

/** One that no header shows but by the change counter. */
const ownChange = "UPDATE note SET text = 'mine' WHERE rowid = 1"

/** The file, and a sidecar that another database has left. */
function mixWith(ending: '-journal' | '-wal', sql: string, before: string, ownSql = ''): void {
  const other = join(folder, 'other.db')
  leave(sql, other, before)
  place.change(ownSql)
  copyFileSync(other + ending, file + ending)
  for (const each of ['', '-journal', '-wal']) rmSync(other + each, { force: true })
}

function editJournal(edit: (journal: Buffer) => Buffer): void {
  leave(unfinished, file)
  writeFileSync(`${file}-journal`, edit(readFileSync(`${file}-journal`)))
}

const victim = join(folder, 'victim.txt')

/** As SQLite writes it at the end of a journal: https://www.sqlite.org/fileformat2.html#the_rollback_journal */
function appendSuperJournal(journal: Buffer): Buffer {
  writeFileSync(victim, 'not to be deleted')
  const name = Buffer.from(victim)
  const numbers = Buffer.alloc(8)
  numbers.writeUInt32BE(name.length, 0)
  numbers.writeUInt32BE(
    name.reduce((sum, byte) => sum + byte, 0),
    4,
  )
  return Buffer.concat([journal, Buffer.from([0, 4, 0, 1]), name, numbers, journal.subarray(0, 8)])
}

const refusals: readonly { readonly name: string; readonly make: () => void; readonly says: RegExp }[] = [
  {
    name: 'a journal of another database',
    make: () => mixWith('-journal', unfinished, 'INSERT INTO tag SELECT name || 0.5, 1 FROM tag'),
    says: /found /,
  },
  {
    name: 'a journal of another database that holds all of its pages',
    make: () => mixWith('-journal', `${unfinished}; DELETE FROM item; DELETE FROM tag`, 'VACUUM; VACUUM'),
    says: /found a journal of change \d+ beside a file of change \d+;/,
  },
  {
    name: 'a journal of another database at the same change',
    make: () =>
      mixWith(
        '-journal',
        unfinished,
        "INSERT INTO tag VALUES ('theirs', 1)",
        'DELETE FROM item WHERE id > 300; CREATE TABLE own (a)',
      ),
    says: /found /,
  },
  {
    name: 'a journal of a database with other pages',
    make: () => mixWith('-journal', unfinished, 'PRAGMA page_size = 1024; VACUUM'),
    says: /pages of 1024 bytes, and not 4096;/,
  },
  {
    name: 'a journal that was cut in the middle',
    make: () => editJournal((journal) => journal.subarray(0, journal.length / 2)),
    says: /found a journal that ends before record \d+ of \d+;/,
  },
  {
    name: 'a journal that was cut in its header',
    make: () => editJournal((journal) => journal.subarray(0, 100)),
    says: /found a journal without a whole header;/,
  },
  {
    name: 'a journal of nothing but its header',
    make: () => editJournal((journal) => journal.subarray(0, 512)),
    says: /found a journal that ends before record 1 of \d+;/,
  },
  {
    name: 'a journal with a changed byte',
    make: () =>
      editJournal((journal) => {
        journal.writeUInt8((journal.readUInt8(512 + 4 + 96) + 1) % 256, 512 + 4 + 96)
        return journal
      }),
    says: /found a journal whose record 1 of \d+ is damaged;/,
  },
  {
    name: 'a text of that name',
    make: () => editJournal(() => Buffer.from('a letter, '.repeat(100))),
    says: /found a journal without a whole header;/,
  },
  {
    name: 'a journal that names another file, which SQLite would delete',
    make: () => editJournal(appendSuperJournal),
    says: /found a journal of a change of several databases; nothing was changed: keep a copy of the file and of what is beside it, and open the file once with the program that owns it, or with sqlite3, /,
  },
  {
    name: 'a journal beside a file that was cut',
    make: () => {
      leave(unfinished, file)
      truncateSync(file, 40_960)
    },
    says: /found /,
  },
  {
    name: 'a journal beside a file that is no database',
    make: () => {
      leave(unfinished, file)
      writeFileSync(file, 'a letter, '.repeat(9000))
    },
    says: /found /,
  },
  {
    name: 'a journal and a log',
    make: () => {
      leave(unfinished, file)
      writeFileSync(`${file}-wal`, 'frames')
    },
    says: /found a rollback journal and a write-ahead log beside it;/,
  },
  {
    name: 'a log of another database',
    make: () =>
      mixWith(
        '-wal',
        'PRAGMA journal_mode = WAL; INSERT INTO tag SELECT name || 0.5, 1 FROM tag; VACUUM',
        'DELETE FROM note; DELETE FROM left_shelf; VACUUM',
        'PRAGMA journal_mode = WAL',
      ),
    says: /found one that begins at change \d+ beside a file of change \d+;/,
  },
  {
    name: 'a log of another database that has more pages',
    make: () =>
      mixWith(
        '-wal',
        "PRAGMA journal_mode = WAL; UPDATE note SET text = 'other'",
        'CREATE TABLE own (a)',
        'PRAGMA journal_mode = WAL',
      ),
    says: /found one of a database of \d+ pages, and not \d+;/,
  },
  {
    name: 'a log of a copy, without the first page, beside a file in rollback mode',
    make: () => mixWith('-wal', "PRAGMA journal_mode = WAL; UPDATE note SET text = 'other'", '', ownChange),
    says: /found a log with committed changes beside a file in rollback mode;/,
  },
  {
    name: 'a log of a copy that holds its first page, beside a file in rollback mode',
    make: () => mixWith('-wal', 'PRAGMA journal_mode = WAL; CREATE TABLE theirs (a)', '', ownChange),
    says: /found a log with committed changes beside a file in rollback mode;/,
  },
  {
    name: 'a log of another application beside a file in rollback mode',
    make: () => {
      leaveOfOther(join(folder, 'other.db'))
      place.change(ownChange)
      copyFileSync(join(folder, 'other.db-wal'), `${file}-wal`)
      for (const each of ['', '-wal']) rmSync(join(folder, 'other.db') + each)
    },
    says: /found a log with committed changes beside a file in rollback mode;/,
  },
  {
    name: 'a journal of a copy, without the first page, beside a file in WAL mode',
    make: () => mixWith('-journal', unfinishedNotes, '', `PRAGMA journal_mode = WAL; ${ownChange}`),
    says: /found a journal without the first page beside a file in WAL mode;/,
  },
  {
    name: 'a log of a database with other pages',
    make: () =>
      mixWith('-wal', 'PRAGMA journal_mode = WAL; DELETE FROM note', 'PRAGMA page_size = 1024; VACUUM'),
    says: /found /,
  },
]

describe('refused, and left as it was:', () => {
  it.for(refusals)('$name', async ({ make, says }) => {
    make()
    const before = place.read()
    const error: unknown = await place.run().catch((thrown: unknown) => thrown)
    expect(place.read()).toEqual(before)
    expect(error).toMatchObject({ message: expect.stringMatching(says) })
    expect(String(error)).not.toContain('\n')
    expect(exitCodeOf(error)).toBe(2)
  })
})

/** Restores the file, with what lies beside it, as a backup. */
function restore(backup: string) {
  const subject = shopWith('')
  return restoreFile({ path: target, backup, subject, madeAt: new Date(0), report: () => {} })
}

const target = join(folder, 'restored', 'shop.db')

function makeTarget() {
  mkdirSync(join(folder, 'restored'))
  copyFileSync(image, target)
}

describe('refused as a backup, in the words of an upgrade, and left as it was:', () => {
  it.for(refusals)('$name', async ({ make }) => {
    make()
    const upgradeError: unknown = await place.run().catch((thrown: unknown) => thrown)
    makeTarget()
    const before = place.read()
    const error: unknown = await restore(file).catch((thrown: unknown) => thrown)
    expect(place.read()).toEqual(before)
    expect(readdirSync(dirname(target))).toEqual(['shop.db'])
    expect(readFileSync(target)).toEqual(readFileSync(image))
    expect(error).toBeInstanceOf(Error)
    expect(String(error)).toBe(String(upgradeError))
    expect(exitCodeOf(error)).toBe(2)
  })
})

describe('refused by inspect, in the words of an upgrade, and left as it was:', () => {
  it.for(refusals)('$name', async ({ make }) => {
    make()
    const upgradeError: unknown = await place.run().catch((thrown: unknown) => thrown)
    const before = place.read()
    const found = await inspectDatabase(place.suite, file).then(
      ({ upgrade }) => upgrade.refusal,
      (error: unknown) => (error instanceof Error ? error.message : error),
    )
    expect(place.read()).toEqual(before)
    expect(found).toBe(upgradeError instanceof Error ? upgradeError.message : null)
  })
})

/** What a process leaves that was killed, or what is no journal at all. */
const accepted: readonly {
  readonly name: string
  readonly make: () => void
  readonly recoveredFrom: 'log' | 'journal' | null
}[] = [
  { name: 'a journal of this file', make: () => leave(unfinished, file), recoveredFrom: 'journal' },
  {
    name: 'a journal of this file after many changes, in several parts',
    make: () =>
      leave(
        `${unfinished}; UPDATE tag SET item = 1; DELETE FROM tag`,
        file,
        'VACUUM; DELETE FROM note WHERE rowid < 3',
      ),
    recoveredFrom: 'journal',
  },
  {
    name: 'an empty journal',
    make: () => {
      copyFileSync(image, file)
      writeFileSync(`${file}-journal`, '')
    },
    recoveredFrom: null,
  },
  {
    name: 'a journal that begins with a zero',
    make: () => {
      leave('BEGIN; DELETE FROM note', file)
      expect(readFileSync(`${file}-journal`)[0]).toBe(0)
    },
    recoveredFrom: null,
  },
  {
    name: 'a log of this file',
    make: () => leave('PRAGMA journal_mode = WAL; DELETE FROM tag; VACUUM', file),
    recoveredFrom: 'log',
  },
  {
    name: 'a log of this file, without the first page',
    make: () => leave("PRAGMA journal_mode = WAL; UPDATE note SET text = 'other'", file),
    recoveredFrom: 'log',
  },
  {
    name: 'a log that was checkpointed in part, and begun again',
    make: () =>
      leave(
        'PRAGMA journal_mode = WAL; CREATE TABLE own (a); PRAGMA wal_checkpoint(RESTART); DROP TABLE own; CREATE TABLE own (a, b)',
        file,
      ),
    recoveredFrom: 'log',
  },
  {
    name: 'a log that SQLite began beside a file in rollback mode, because something had that name',
    make: () => {
      copyFileSync(image, file)
      writeFileSync(`${file}-wal`, 'no log')
      leave('CREATE TABLE own (a)', file, '', file)
    },
    recoveredFrom: 'log',
  },
]

describe('upgraded, with what lies beside it:', () => {
  it.for(accepted)('$name', async ({ make, recoveredFrom }) => {
    make()
    const { to, backup, recoveredFrom: reported } = await place.run()
    expect(to).toBe(2)
    expect(reported).toBe(recoveredFrom)
    const names = Object.keys(place.read())
    expect(names).toEqual(['shop.db', expect.stringMatching(/^shop\.db\.v1\..*\.backup$/)])
    expect(backup).not.toBeNull()
  })
})

describe.for(['itself', 'by a link'])('restored %s, with what lies beside it:', (how) => {
  it.for(accepted)('$name', async ({ make, recoveredFrom }) => {
    make()
    makeTarget()
    const link = join(folder, 'restored', 'link')
    symlinkSync(file, link)
    const before = place.read()
    const { recoveredFrom: reported } = await restore(how === 'itself' ? file : link)
    expect(reported).toBe(recoveredFrom)
    for (const [name, bytes] of Object.entries(before)) expect(place.read()[name]).toBe(bytes)
    const [restored, original] = [target, file].map(readHash)
    expect(restored).toBe(original)
  })
})

/** What SQLite reads of a file, with what lies beside it. */
function readHash(path: string): string {
  const database = new Database(path)
  try {
    return readContent(betterSqliteConnection(database)).contentHash
  } finally {
    database.close()
  }
}

it('of another application’s database with a log, the log is named', async () => {
  leaveOfOther(file)
  const says =
    /found one of another application, with theirs, read together with the log shop\.db-wal beside it; find out whether the log /
  await expect(place.run()).rejects.toThrow(says)
  const { upgrade } = await inspectDatabase(place.suite, file)
  expect(upgrade.refusal).toMatch(says)
})

it('a journal that comes between the look at the file and the lock is refused as well', async () => {
  const other = join(folder, '..', 'other.db')
  leave(unfinished, other, 'VACUUM; VACUUM; VACUUM')
  copyFileSync(image, file)
  let before = {}
  const run = place.run({
    beforeLock: () => {
      copyFileSync(`${other}-journal`, `${file}-journal`)
      before = place.read()
    },
  })
  await expect(run).rejects.toMatchObject({ reason: 'journal' })
  expect(place.read()).toEqual(before)
})
