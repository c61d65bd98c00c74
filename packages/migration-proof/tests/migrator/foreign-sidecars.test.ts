// Goal: a server that starts never lets SQLite take a journal or a log into a file to which it does not belong.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DatabaseOpenError, openDatabaseFile } from '../../src/index.ts'
import { findLogProblem, readJournalStructure } from '../../src/migrator/journal-structure.ts'

let folder: string
let file: string
let other: string
const parts = ['', '-journal', '-wal']

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'foreign-sidecars-'))
  file = join(folder, 'data.db')
  other = join(folder, 'other.db')
  run(
    file,
    'CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT); CREATE INDEX by_text ON note (text); WITH n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400) INSERT INTO note SELECT i, i || zeroblob(90) FROM n',
  )
  copyFileSync(file, other)
})
afterEach(() => rmSync(folder, { recursive: true }))

function run(path: string, sql: string) {
  const database = new Database(path)
  database.exec(sql)
  database.close()
}

/** Takes what a process leaves that is killed after this SQL, without its end. */
function kill(path: string, sql: string) {
  const database = new Database(path)
  database.exec(sql)
  for (const part of parts) if (existsSync(path + part)) copyFileSync(path + part, `${path}.left${part}`)
  database.close()
  for (const part of parts) rmSync(path + part, { force: true })
  for (const part of parts) {
    const left = `${path}.left${part}`
    if (existsSync(left)) copyFileSync(left, path + part)
  }
}

const unfinished = "PRAGMA cache_size = 1; BEGIN; UPDATE note SET text = 'half' || id"
const grow = "INSERT INTO note (text) SELECT 'theirs' || id FROM note"

function expectRefusal(says: RegExp, opened = file) {
  const read = () => parts.map((part) => (existsSync(file + part) ? readFileSync(file + part) : null))
  const before = read()
  const names = readdirSync(folder).sort()
  let error: unknown
  try {
    openDatabaseFile(opened, { mustExist: true }).close()
  } catch (thrown) {
    error = thrown
  }
  expect(error).toBeInstanceOf(DatabaseOpenError)
  expect(error).toMatchObject({ reason: 'journal', message: expect.stringMatching(says) })
  expect(read()).toEqual(before)
  expect(readdirSync(folder).sort()).toEqual(names)
}

function cutJournal(bytes: number) {
  kill(file, unfinished)
  writeFileSync(`${file}-journal`, readFileSync(`${file}-journal`).subarray(0, bytes))
}

const refusals: readonly (readonly [what: string, make: () => void, says: RegExp])[] = [
  [
    'a journal of another database',
    () => {
      kill(other, `${grow}; ${unfinished}`)
      copyFileSync(`${other}-journal`, `${file}-journal`)
    },
    /found a journal of /,
  ],
  [
    'a journal of the same database after two more changes',
    () => {
      run(file, "UPDATE note SET text = 'a' WHERE id = 1")
      run(file, "UPDATE note SET text = 'b' WHERE id = 1")
      kill(other, unfinished)
      copyFileSync(`${other}-journal`, `${file}-journal`)
    },
    /found a journal of change \d+ beside a file of change \d+;/,
  ],
  [
    'a journal of other pages',
    () => {
      run(other, 'PRAGMA page_size = 1024; VACUUM')
      kill(other, unfinished)
      copyFileSync(`${other}-journal`, `${file}-journal`)
    },
    /pages of 1024 bytes, and not 4096;/,
  ],
  ['a journal that was cut', () => cutJournal(9000), /found a journal that ends before record \d+ of \d+;/],
  [
    'a journal of a change of several databases',
    () => {
      kill(file, unfinished)
      const journal = readFileSync(`${file}-journal`)
      const name = Buffer.from(join(folder, 'data.db-mj00000000'))
      const numbers = Buffer.alloc(8)
      numbers.writeUInt32BE(name.length, 0)
      numbers.writeUInt32BE(
        name.reduce((sum, byte) => sum + byte, 0),
        4,
      )
      writeFileSync(
        `${file}-journal`,
        Buffer.concat([journal, Buffer.from([0, 4, 0, 1]), name, numbers, journal.subarray(0, 8)]),
      )
      writeFileSync(join(folder, 'data.db-mj00000000'), `${file}-journal\0`)
    },
    /found a journal of a change of several databases; nothing was changed: keep a copy .* with sqlite3, /,
  ],
  [
    'a log of another database',
    () => {
      run(file, 'PRAGMA journal_mode = WAL')
      run(other, `${grow}; PRAGMA journal_mode = WAL`)
      kill(other, `${grow}; ${grow}`)
      copyFileSync(`${other}-wal`, `${file}-wal`)
    },
    /-wal: expected the write-ahead log of data\.db, found one /,
  ],
  [
    'a log of a copy, without the first page, beside a file in rollback mode',
    () => {
      run(file, "UPDATE note SET text = 'mine' WHERE id = 1")
      run(other, 'PRAGMA journal_mode = WAL')
      kill(other, "UPDATE note SET text = 'theirs' WHERE id = 2")
      copyFileSync(`${other}-wal`, `${file}-wal`)
    },
    /found a log with committed changes beside a file in rollback mode;/,
  ],
]

/** The file, made in WAL mode, beside the log of another database that was made as this one was. */
function mixMadeInLogMode(ownSql: string, otherSql: string) {
  rmSync(file)
  rmSync(other)
  run(file, `PRAGMA journal_mode = WAL; ${ownSql}`)
  kill(other, `PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; ${otherSql}`)
  copyFileSync(`${other}-wal`, `${file}-wal`)
}

/** In WAL mode the change counter stays the same, however much is written. */
const logsOfSameChange: typeof refusals = [
  [
    'a log of fewer changes of the schema',
    () => mixMadeInLogMode('CREATE TABLE note (a); CREATE TABLE tag (a)', 'CREATE TABLE theirs (a)'),
    /found one that begins at change 1 of the schema beside a file of change 2;/,
  ],
  [
    'a log that has more changes of the schema only at its end',
    () =>
      mixMadeInLogMode(
        'CREATE TABLE note (a); CREATE TABLE tag (a)',
        'CREATE TABLE theirs (a); CREATE TABLE b (a); CREATE TABLE c (a)',
      ),
    /found one that begins at change 1 of the schema beside a file of change 2;/,
  ],
  [
    'a log of other tables',
    () =>
      mixMadeInLogMode(
        'BEGIN; CREATE TABLE note (a); INSERT INTO note VALUES (1); COMMIT',
        'BEGIN; CREATE TABLE theirs (a); INSERT INTO theirs VALUES (zeroblob(9000)); COMMIT',
      ),
    /found one of another schema at the same change of the schema;/,
  ],
  [
    'a log whose first page is like that of the file, but for the tables',
    () => mixMadeInLogMode('CREATE TABLE note (a)', 'CREATE TABLE theirs (a)'),
    /found one of another schema at the same change of the schema;/,
  ],
  [
    'a log of other tables, at a later change of the schema',
    () =>
      mixMadeInLogMode(
        'CREATE TABLE note (a); CREATE INDEX note_a ON note (a)',
        'BEGIN; CREATE TABLE a (a); CREATE TABLE b (a); CREATE TABLE c (a); COMMIT',
      ),
    /found one of a database that has none of its tables and indexes;/,
  ],
  [
    'a log of another text encoding',
    () => mixMadeInLogMode('CREATE TABLE note (a)', "PRAGMA encoding = 'UTF-16le'; CREATE TABLE note (a)"),
    /found one of a database with text encoding 2, and not 1;/,
  ],
  [
    'a log of another application_id',
    () =>
      mixMadeInLogMode(
        'PRAGMA application_id = 7; CREATE TABLE note (a)',
        'BEGIN; PRAGMA application_id = 8; CREATE TABLE note (a); COMMIT',
      ),
    /found one of a database with application_id 8, and not 7;/,
  ],
  [
    'a log of an older user_version',
    () =>
      mixMadeInLogMode(
        'PRAGMA user_version = 5; CREATE TABLE note (a)',
        'BEGIN; PRAGMA user_version = 4; CREATE TABLE note (a); COMMIT',
      ),
    /found one that begins at user_version 4 beside a file of user_version 5;/,
  ],
]

it.for([...refusals, ...logsOfSameChange])('refuses %s, and leaves all as it was', ([, make, says]) => {
  make()
  expectRefusal(says)
})

/** Links that lead to the file, with no journal and no log beside them. */
const links: readonly (readonly [what: string, make: () => string])[] = [
  ['a link', () => linkTo(file)],
  ['a link to a link', () => linkTo(linkTo(file))],
  ['a link with a relative target', () => linkTo(join('..', 'data.db'))],
  ['the folder above that of a link', () => `${linkTo(join(folder, 'links'))}/../data.db`],
]

let linkCount = 0

/** A new link in a folder of its own. */
function linkTo(target: string): string {
  mkdirSync(join(folder, 'links'), { recursive: true })
  linkCount += 1
  const link = join(folder, 'links', `link-${linkCount}`)
  symlinkSync(target, link)
  return link
}

describe.for(links)('through %s', ([, link]) => {
  it.for(refusals)('refuses %s, and leaves all as it was', ([, make, says]) => {
    make()
    expectRefusal(says, link())
  })

  it('opens the file with its own log', () => {
    run(file, 'PRAGMA journal_mode = WAL')
    kill(file, 'PRAGMA wal_autocheckpoint = 0; DELETE FROM note WHERE id > 7')
    const database = openDatabaseFile(link())
    expect(database.prepare('SELECT count(*) AS n FROM note').get()).toEqual({ n: 7 })
    database.close()
  })
})

it('keeps the log of a file that is gone, to which a link leads', () => {
  run(file, 'PRAGMA journal_mode = WAL')
  kill(file, 'PRAGMA wal_autocheckpoint = 0; DELETE FROM note WHERE id > 7')
  renameSync(file, join(folder, 'moved.db'))
  const log = readFileSync(`${file}-wal`)
  expect(() => openDatabaseFile(linkTo(file))).toThrow(expect.objectContaining({ reason: 'orphaned-wal' }))
  expect(readFileSync(`${file}-wal`)).toEqual(log)
  expect(existsSync(file)).toBe(false)
})

it('makes the file to which a link leads', () => {
  openDatabaseFile(linkTo(join('..', 'new.db'))).close()
  expect(existsSync(join(folder, 'new.db'))).toBe(true)
})

it('says so of links that lead to each other', () => {
  const first = linkTo(join(folder, 'links', `link-${linkCount + 2}`))
  linkTo(first)
  expect(() => openDatabaseFile(first)).toThrow(expect.objectContaining({ reason: 'name' }))
})

const accepted: readonly (readonly [what: string, before: string, sql: string])[] = [
  ['a journal', '', unfinished],
  ['a journal that was not brought to the disk', '', `PRAGMA synchronous = OFF; ${unfinished}`],
  [
    'a journal of a change that shrinks the file',
    'DELETE FROM note WHERE id > 50',
    `PRAGMA cache_size = 1; BEGIN; ${grow}; DELETE FROM note`,
  ],
  [
    'a log',
    'PRAGMA journal_mode = WAL',
    'PRAGMA wal_autocheckpoint = 0; BEGIN; DELETE FROM note WHERE id = 1; COMMIT',
  ],
  [
    'a log of new tables and marks',
    'PRAGMA journal_mode = WAL',
    'PRAGMA wal_autocheckpoint = 0; CREATE TABLE own (a); PRAGMA user_version = 3; PRAGMA application_id = 9; DROP TABLE own; VACUUM',
  ],
  ['a log of new rows on new pages', 'PRAGMA journal_mode = WAL', `PRAGMA wal_autocheckpoint = 0; ${grow}`],
  [
    'a log that has reached the file in part',
    'PRAGMA journal_mode = WAL',
    `PRAGMA wal_autocheckpoint = 0; CREATE TABLE own (a); PRAGMA wal_checkpoint; DROP TABLE own; ${grow}`,
  ],
]

it.for(accepted)('takes %s of the file itself', ([, before, sql]) => {
  run(file, before)
  kill(file, sql)
  const database = openDatabaseFile(file, { mustExist: true })
  expect(database.pragma('integrity_check', { simple: true })).toBe('ok')
  expect(database.prepare("SELECT count(*) AS n FROM note WHERE text LIKE 'half%'").get()).toEqual({ n: 0 })
  database.close()
})

// Another process, which closes its connection, removes them at any moment.
describe('what was removed between two looks', () => {
  it('is no problem where it was a log', () => {
    expect(findLogProblem(file)).toBeNull()
  })

  it('is a journal without a header, which SQLite would not use', () => {
    expect(() => readJournalStructure(`${file}-journal`)).toThrow(
      expect.objectContaining({ name: 'BrokenJournalError', hasHeader: false }),
    )
  })
})
