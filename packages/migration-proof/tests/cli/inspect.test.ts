// Goal: `inspect` reports the truth about any file, says in one sentence why it cannot, and changes no byte of it.
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ownBundle, type RunOptions } from '../support/command-line.ts'
import { forumFolder, latest, runOnForum, forum as suite } from '../support/forum.ts'

const folder = mkdtempSync(join(tmpdir(), 'inspect-'))
chmodSync(folder, 0o755)
afterAll(() => rmSync(folder, { recursive: true }))

/** Root may write everywhere: then another user runs the command. */
const user = process.getuid?.() === 0 ? { user: 65_534 } : {}

/** A private copy of a snapshot, changed by some SQL. */
function makeDatabase(name: string, snapshot: string, sql = ''): string {
  const file = join(folder, name)
  copyFileSync(join(suite.fixtures, 'snapshots', `${snapshot}.db`), file)
  if (sql === '') return file
  const database = new Database(file)
  database.exec(sql)
  database.close()
  return file
}

function makeFile(name: string, contents: string | Uint8Array): string {
  const file = join(folder, name)
  writeFileSync(file, contents)
  return file
}

/** What the tests read of the JSON. */
interface Shown {
  readonly isCopy: boolean
  readonly tables: readonly { readonly name: string; readonly rows: number }[]
  readonly upgrade: { readonly refusal: string | null }
}

function inspect(file: string, ...options: string[]) {
  const before = existsSync(file) ? tryRead(file) : null
  const run = runOnForum(['inspect', file, ...options])
  expect(existsSync(file) ? tryRead(file) : null, 'the file is as it was').toEqual(before)
  return run
}

/** It says why an upgrade would refuse it in the sentence of that upgrade. */
function expectRefusal(file: string, stdout: string, options: RunOptions = {}) {
  const { stderr, exitCode } = runOnForum(['upgrade', file], options)
  const sentence = /Error: (.+)/.exec(stderr)?.[1] ?? 'none'
  expect(stdout).toContain(`An upgrade would refuse it: ${sentence}`)
  expect(exitCode).toBe(2)
}

function tryRead(file: string): Buffer | null {
  try {
    return readFileSync(file)
  } catch {
    return null
  }
}

describe('a snapshot', () => {
  it.for(suite.snapshots)('$name is known by its version and form', ({ name, version, form }) => {
    const { exitCode, stdout } = inspect(makeDatabase(`${name}.db`, name), '--json')
    expect(JSON.parse(stdout)).toMatchObject({ version, form, differences: [], extras: [] })
    expect(exitCode).toBe(0)
  })

  it('has its tables, their rows and indexes listed', () => {
    const file = makeDatabase('listed.db', 'v4', 'DELETE FROM post WHERE id <> (SELECT max(id) FROM post)')
    const { stdout } = inspect(file)
    expect(stdout).toContain(`${file}: version 4 of ${latest} (versioned), `)
    expect(stdout).toMatch(/^post +1 {2}post_member +member\n +post_title +title, made_at DESC$/m)
    expect(stdout).toContain('the same as golden schema v4')
  })
})

/** Each row: SQL that changes a v2 snapshot, what is said of it, and the exit code. */
const changed: readonly (readonly [what: string, sql: string, says: readonly string[], exitCode: number])[] =
  [
    [
      'a missing index',
      'DROP INDEX post_member',
      ['1 difference from golden schema v2', 'index post_member'],
      1,
    ],
    ['a changed table', 'ALTER TABLE post ADD COLUMN extra TEXT', ['table post', 'extra'], 1],
    ['a table of its own', 'CREATE TABLE notes (text TEXT)', ['kept by an upgrade: table notes'], 0],
    [
      'a view of its own',
      'CREATE VIEW everyone AS SELECT id FROM member',
      ['kept by an upgrade: view everyone'],
      0,
    ],
    [
      'a newer version',
      `INSERT INTO schema_version (version) VALUES (${latest + 1})`,
      ['Made by newer software'],
      2,
    ],
  ]

/** Each row: SQL that makes a v2 snapshot one that `upgrade` refuses, and what both say of it. */
const refused: readonly (readonly [what: string, sql: string, says: RegExp])[] = [
  ['a table of a name that is needed', 'CREATE TABLE topic (a)', /Name that version \d needs, table topic/],
  ['a view of a name that is needed', 'CREATE VIEW topic AS SELECT 1', /Name that version \d needs/],
  [
    'a trigger on its versions',
    'CREATE TRIGGER own AFTER INSERT ON schema_version BEGIN DELETE FROM post; END',
    /found the trigger own/,
  ],
  ['a table that is missing', 'DROP TABLE post', /Schema at version 2, table post/],
]

describe('a database that cannot be upgraded', () => {
  it.for(refused)('says so in the words of upgrade: one with %s', ([what, sql, says]) => {
    const file = makeDatabase(`${what}.db`, 'v2', sql)
    const { stdout, exitCode } = inspect(file)
    const sentence = runOnForum(['upgrade', file]).stderr.match(/Error: (.+)/)?.[1] ?? 'none'
    expect(sentence).toMatch(says)
    expect(stdout).toContain(sentence)
    expect(stdout).not.toContain('kept by an upgrade')
    expect(exitCode).toBe(1)
  })

  it('says so of a journal of another database, and of one that was cut', () => {
    const source = makeDatabase(
      'journal source.db',
      'v2',
      "PRAGMA journal_mode = DELETE; UPDATE post SET title = 'another'",
    )
    const database = new Database(source)
    database.exec('PRAGMA cache_size = 1; BEGIN; UPDATE post SET body = body || body')
    const journal = readFileSync(`${source}-journal`)
    const bytes = readFileSync(source)
    database.close()
    const other = makeDatabase('foreign journal.db', 'v2', 'UPDATE post SET body = NULL; VACUUM; VACUUM')
    const cut = makeFile('cut journal.db', bytes)
    writeFileSync(`${other}-journal`, journal)
    writeFileSync(`${cut}-journal`, journal.subarray(0, journal.length / 2))
    for (const file of [other, cut]) {
      const { stdout, stderr, exitCode } = inspect(file)
      const sentence = runOnForum(['upgrade', file]).stderr.match(/Error: (.+)/)?.[1] ?? 'none'
      expect(stderr + stdout).toContain(sentence)
      expect(stdout).toContain('An upgrade would refuse it: ')
      expect(exitCode).toBe(1)
    }
  })

  it('says so of a header with a newer write version, and what a newer read version needs', () => {
    const file = makeDatabase('newer.db', 'v2')
    writeFileSync(file, readFileSync(file).fill(3, 18, 19))
    const written = inspect(file)
    const sentence = runOnForum(['upgrade', file]).stderr.match(/Error: (.+)/)?.[1] ?? 'none'
    expect(sentence).toContain('only read')
    expect(written.stdout).toContain(`An upgrade would refuse it: ${sentence}`)
    expect(written.exitCode).toBe(1)
    writeFileSync(file, readFileSync(file).fill(3, 19, 20))
    const read = inspect(file)
    expect(read.stderr).toMatch(/read version 3; open it with the newer SQLite/)
    expect(read.exitCode).toBe(2)
  })

  it('says so of a symbolic link', () => {
    const link = join(folder, 'link.db')
    symlinkSync(makeDatabase('link target.db', 'v2'), link)
    const { stdout, exitCode } = inspect(link)
    expectRefusal(link, stdout)
    expect(exitCode).toBe(1)
  })

  it.for([
    ['file', 0o444, 0o777],
    ['folder', 0o666, 0o555],
  ] as const)('says so of a %s that this user cannot write', ([what, fileMode, folderMode]) => {
    const inner = join(folder, `unwritable ${what}`)
    mkdirSync(inner)
    const file = makeDatabase(join(`unwritable ${what}`, 'data.db'), 'v2', 'PRAGMA journal_mode = DELETE')
    chmodSync(file, fileMode)
    chmodSync(inner, folderMode)
    const { stdout, exitCode } = runOnForum(['inspect', file], user)
    expectRefusal(file, stdout, user)
    expect(exitCode).toBe(1)
    chmodSync(inner, 0o777)
  })

  it('names what an upgrade takes over', () => {
    const sql = readFileSync(join(suite.fixtures, 'schemas', `v${latest}.sql`), 'utf8')
    const table = /CREATE TABLE event [^;]+;/.exec(sql)?.[0] ?? ''
    const { stdout, exitCode } = inspect(makeDatabase('early.db', 'v2', table))
    expect(stdout).toContain('taken over by an upgrade: table event')
    expect(exitCode).toBe(0)
  })
})

/** Schemas of other applications, in short. */
const foreign: readonly (readonly [what: string, sql: string])[] = [
  [
    'the cookies of a browser',
    'PRAGMA journal_mode = WAL; CREATE TABLE meta (key, value); CREATE TABLE cookies (host_key, name)',
  ],
  ['places on earth', 'PRAGMA application_id = 1196444487; CREATE TABLE gpkg_contents (table_name TEXT)'],
  ['versions of its own', 'CREATE TABLE schema_version (id, description); CREATE TABLE flight (id)'],
  ['a number of its own and no table', 'PRAGMA user_version = 12'],
]

describe('another application’s database', () => {
  it.for(foreign)('with %s is called so, is not upgraded, and stays as it was', ([what, sql]) => {
    const file = join(folder, `${what}.db`)
    const database = new Database(file)
    database.exec(sql)
    database.close()
    const before = readFileSync(file)
    const run = inspect(file)
    expect(run.stdout).toContain('Another application’s database')
    expect(run.stdout).not.toContain('first release')
    expect(run.exitCode).toBe(2)
    expect(JSON.parse(inspect(file, '--json').stdout)).toMatchObject({
      form: 'foreign',
      comparedWith: null,
      upgrade: { outcome: 'refused' },
    })
    const upgrade = runOnForum(['upgrade', file])
    expect(upgrade.stderr).toMatch(/^Error: [^\n]+one of another application[^\n]+\.\n$/)
    expect(upgrade.exitCode).toBe(2)
    expect(readFileSync(file)).toEqual(before)
    expect(readdirSync(folder).filter((name) => name.startsWith(what))).toEqual([`${what}.db`])
  })

  it('is upgraded with --adopt, and keeps what it has', () => {
    const file = join(folder, 'adopted.db')
    const database = new Database(file)
    database.exec('CREATE TABLE flight (id); INSERT INTO flight VALUES (7)')
    database.close()
    expect(runOnForum(['upgrade', file, '--adopt', '--no-backup']).exitCode).toBe(0)
    expect(JSON.parse(inspect(file, '--json').stdout)).toMatchObject({
      version: latest,
      extras: [{ object: { name: 'flight' }, fate: 'kept' }],
      upgrade: { outcome: 'nothing-to-do' },
    })
  })

  it('is not named a form of which it has but one table', () => {
    const file = join(folder, 'alike.db')
    const database = new Database(file)
    database.exec('CREATE TABLE post (id INTEGER, json TEXT); CREATE TABLE flight (id)')
    database.close()
    const { form, upgrade }: { form: string; upgrade: { outcome: string } } = JSON.parse(
      inspect(file, '--json').stdout,
    )
    expect([form, upgrade.outcome]).toEqual(['unknown', 'refused'])
  })
})

/** Each row: SQL that changes a v2 snapshot, and a line that says what is kept; null for none. */
const kept: readonly (readonly [what: string, sql: string, line: string | null])[] = [
  ['a full-text table', "CREATE VIRTUAL TABLE ft USING fts5 (t); INSERT INTO ft VALUES ('x')", 'table ft'],
  [
    'an older full-text table, and one of a name beside it',
    'CREATE VIRTUAL TABLE ft USING fts4 (t); CREATE TABLE ft_data (own)',
    'table ft_data',
  ],
  ['an R-tree', 'CREATE VIRTUAL TABLE "Boxes Ä" USING RTREE (id, a, b)', 'table Boxes Ä'],
  ['a name in capitals', 'ALTER TABLE post RENAME TO post_; ALTER TABLE post_ RENAME TO POST', null],
  ['a column in capitals', 'ALTER TABLE post RENAME COLUMN title TO TITLE', null],
  [
    'its versions in capitals',
    'ALTER TABLE schema_version RENAME TO versions_; ALTER TABLE versions_ RENAME TO SCHEMA_VERSION',
    null,
  ],
]

describe('what inspect says is kept', () => {
  it.for(kept)('is kept by upgrade: %s', ([what, sql, line]) => {
    const file = makeDatabase(`kept ${what}.db`, 'v2', sql)
    const { stdout, exitCode } = inspect(file)
    expect(stdout).toContain('the same as golden schema v2')
    if (line !== null) expect(stdout).toContain(`kept by an upgrade: ${line}`)
    expect(exitCode).toBe(0)
    expect(runOnForum(['upgrade', file, '--no-backup']).exitCode).toBe(0)
  })

  it('does not list what a virtual table keeps behind it', () => {
    const file = makeDatabase('shadows.db', 'v2', 'CREATE VIRTUAL TABLE ft USING fts5 (t)')
    const { tables }: { tables: { name: string }[] } = JSON.parse(inspect(file, '--json').stdout)
    expect(tables.map(({ name }) => name).filter((name) => name.startsWith('ft'))).toEqual(['ft'])
  })
})

describe('a database with', () => {
  it.for(changed)('%s is recognised', ([what, sql, says, exitCode]) => {
    const run = inspect(makeDatabase(`${what}.db`, 'v2', sql))
    for (const text of says) expect(run.stdout).toContain(text)
    expect(run.exitCode).toBe(exitCode)
  })

  it('names that draw on the screen is shown with escapes', () => {
    const file = makeDatabase('hostile.db', 'v2', 'CREATE TABLE "a\u001B[2Jb\u202Ec\nd" (x)')
    const { stdout } = inspect(file)
    expect(stdout).toContain('a\\u{1b}[2Jb\\u{202e}c\\u{a}d')
    expect(stdout).not.toContain('\u001B')
  })

  it('an SQL keyword, a quote or an index as a name of a table is read', () => {
    const sql = 'CREATE TABLE "select" (x); CREATE TABLE "it\'s ""quoted""" (x); CREATE TABLE "(did)" (x);'
    const { stdout } = inspect(makeDatabase('quoted.db', 'v2', sql))
    const lines = stdout.split('\n').map((line) => line.replace(/ +0$/, ''))
    for (const name of ['select', 'it\'s "quoted"', '(did)']) expect(lines).toContain(name)
  })

  it('rows has none of their values shown', () => {
    const file = makeDatabase('secret.db', 'v2', "INSERT INTO member (email) VALUES ('top-secret')")
    for (const options of [[], ['--json']])
      expect(inspect(file, ...options).stdout).not.toContain('top-secret')
  })

  it('a change left unfinished is inspected in a copy, as it was before that change', () => {
    const source = makeDatabase('source.db', 'v2', 'PRAGMA journal_mode = DELETE')
    const database = new Database(source)
    database.exec('PRAGMA cache_size = 1; BEGIN; DELETE FROM post')
    database.exec(
      `INSERT INTO member (email) SELECT hex(randomblob(4000)) FROM json_each('[1,2,3,4,5,6,7,8]')`,
    )
    const file = join(folder, 'hot.db')
    for (const ending of ['', '-journal']) copyFileSync(source + ending, file + ending)
    database.close()
    const { exitCode, stdout } = inspect(file, '--json')
    const { isCopy, tables }: Pick<Shown, 'isCopy' | 'tables'> = JSON.parse(stdout)
    expect(isCopy).toBe(true)
    expect(tables.find(({ name }) => name === 'post')?.rows).toBe(42)
    expect(existsSync(`${file}-journal`)).toBe(true)
    expect(exitCode).toBe(0)
  })
})

describe('a link to a database', () => {
  /** What a killed process leaves, and a link to it in another folder. */
  function makeLink(name: string, sql: string): string {
    const file = makeDatabase(`${name}.db`, 'v2')
    const writer = new Database(file)
    writer.exec(sql)
    for (const ending of ['', '-wal', '-journal'])
      if (existsSync(file + ending)) copyFileSync(file + ending, join(folder, `${name}-left.db${ending}`))
    writer.close()
    mkdirSync(join(folder, 'links'), { recursive: true })
    const link = join(folder, 'links', `${name}.db`)
    symlinkSync(join('..', `${name}-left.db`), link)
    return link
  }

  it('is inspected with the log beside the database', () => {
    const link = makeLink(
      'linked-log',
      'PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE logged (a)',
    )
    const { stdout } = inspect(link, '--json')
    expect(JSON.parse(stdout)).toMatchObject({ file: link, extras: [{ object: { name: 'logged' } }] })
  })

  it('is inspected without the change that a journal beside the database takes back', () => {
    const link = makeLink(
      'linked-journal',
      'PRAGMA journal_mode = DELETE; PRAGMA cache_size = 1; BEGIN; DELETE FROM post; DELETE FROM member',
    )
    const { stdout, exitCode } = inspect(link, '--json')
    const whole = JSON.parse(inspect(makeDatabase('whole.db', 'v2'), '--json').stdout)
    expect(JSON.parse(stdout)).toMatchObject({ isCopy: true, tables: whole.tables, differences: [] })
    // It is read through the link, and an upgrade would refuse a link.
    expect(exitCode).toBe(1)
  })
})

it.for(['seen.db ', 'seen.db\n', 'seen.db\u00a0', ' '])(
  'the name %j is refused, and no other file is inspected',
  (name) => {
    makeDatabase('seen.db', 'v2')
    makeDatabase(name, 'v3')
    const { exitCode, stdout, stderr } = inspect(join(folder, name))
    expect(stdout).toBe('')
    expect(stderr).toMatch(
      /^Error: [^\n]+: expected a file name that does not end in white space, found [^\n]+\n$/,
    )
    expect(exitCode).toBe(2)
  },
)

// SQLite has no room for the -wal and the -shm beside the last of them, and inspect none for a copy.
it.for([200, 238, 247, 251, 255])('a name of %i bytes is inspected, or refused in one sentence', (length) => {
  const { exitCode, stderr } = inspect(makeDatabase('n'.repeat(length), 'v2'))
  if (length > 251) expect(stderr).toMatch(/^Error: [^\n]+ found a name too long: [^\n]+\n$/)
  expect(exitCode).toBe(length > 251 ? 2 : 0)
})

describe.skipIf(process.platform === 'win32')('a file in a folder that cannot be written', () => {
  const locked = join(folder, 'locked')
  const temporary = join(folder, 'temporary')
  const file = join(locked, 'shop.db')

  beforeAll(() => {
    mkdirSync(locked)
    mkdirSync(temporary)
    chmodSync(temporary, 0o777)
  })
  afterEach(() => chmodSync(locked, 0o755))

  /** A v2 snapshot in WAL mode, with what is in the log alone where that is asked for. */
  function makeLocked(hasLog: boolean) {
    for (const ending of ['', '-wal', '-shm']) rmSync(file + ending, { force: true })
    const source = makeDatabase('wal source.db', 'v2', 'PRAGMA journal_mode = WAL')
    const database = new Database(source)
    if (hasLog) database.exec('CREATE TABLE late (a); INSERT INTO late VALUES (1), (2)')
    copyFileSync(source, file)
    if (hasLog) copyFileSync(`${source}-wal`, `${file}-wal`)
    database.close()
    for (const ending of hasLog ? ['', '-wal'] : ['']) chmodSync(file + ending, 0o444)
    chmodSync(locked, 0o555)
  }

  it.for([false, true])('is inspected in a copy, with its log: %s', (hasLog) => {
    makeLocked(hasLog)
    const before = readdirSync(locked)
    const options = { env: { TMPDIR: temporary }, ...user }
    const { exitCode, stdout } = runOnForum(['inspect', file, '--json'], options)
    const { isCopy, tables, upgrade }: Shown = JSON.parse(stdout)
    expect(isCopy).toBe(true)
    expect(tables.find(({ name }) => name === 'late')?.rows).toBe(hasLog ? 2 : undefined)
    expect(upgrade.refusal).toContain('expected a file that can be written')
    expect(exitCode).toBe(1)
    expect(readdirSync(locked)).toEqual(before)
    expect(readdirSync(temporary)).toEqual([])
  })

  it('is refused in one sentence where no copy can be made', () => {
    makeLocked(true)
    const env = { TMPDIR: join(folder, 'nowhere') }
    const { exitCode, stderr } = runOnForum(['inspect', file], { env, ...user })
    expect(stderr).toMatch(/^Error: The folder of temporary files [^\n]+'ENOENT'[^\n]+\.\n$/)
    expect(exitCode).toBe(2)
  })
})

/** Each row: SQL that makes objects which need another program, with words that are replaced in the schema. */
const otherPrograms: readonly (readonly [what: string, sql: string, says: string, exitCode: number])[] = [
  [
    'a collation in a key',
    'CREATE TABLE own (a TEXT COLLATE NOCASE PRIMARY KEY, b)',
    'rows of own cannot be counted: no such collation sequence: unicase',
    0,
  ],
  [
    'a module',
    'CREATE VIRTUAL TABLE own USING fts4 (a)',
    'rows of own cannot be counted: no such module: vec9',
    0,
  ],
  [
    'a collation in an index of a known table',
    'CREATE INDEX own ON post (title COLLATE NOCASE)',
    'An upgrade would refuse it: ',
    1,
  ],
]

describe('a database that needs another program', () => {
  it.for(otherPrograms)('for %s says what cannot be read', ([what, sql, says, exitCode]) => {
    const file = makeDatabase(`needs ${what}.db`, 'v2', sql)
    const database = new Database(file)
    database.unsafeMode().exec(`PRAGMA writable_schema = ON; UPDATE sqlite_schema
      SET sql = replace(replace(sql, 'NOCASE', 'unicase'), 'fts4', 'vec9') WHERE name = 'own'`)
    database.close()
    const run = inspect(file)
    expect(run.stdout).toContain(says)
    expect(run.exitCode).toBe(exitCode)
  })
})

const noise = Uint8Array.from({ length: 8192 }, (_, place) => (place * 2654435761) >>> 13)
const half = readFileSync(join(suite.fixtures, 'snapshots', 'v2.db')).subarray(0, 50_000)

/** Each row: a way to make an input that cannot be inspected, and what is said of it. */
const unusable: readonly (readonly [what: string, make: () => string, says: string])[] = [
  ['no file', () => join(folder, 'nowhere.db'), 'found no file'],
  ['a folder', () => folder, 'found a folder'],
  ['text', () => makeFile('notes.txt', 'not a database\n'.repeat(100)), 'expected an SQLite database'],
  ['noise', () => makeFile('noise.db', noise), 'an encrypted or compressed file'],
  ['half a database', () => makeFile('half.db', half), 'found 50000 bytes'],
  [
    'versions with a gap',
    () => makeDatabase('gap.db', 'v4', 'DELETE FROM schema_version WHERE version = 2'),
    'a gap',
  ],
  [
    'a version of 0',
    () => makeDatabase('zero.db', 'v2', 'UPDATE schema_version SET version = 0 WHERE version = 1'),
    'found version 0',
  ],
  [
    'a log without its database',
    () => {
      makeFile('lost.db-wal', noise)
      return join(folder, 'lost.db')
    },
    'found only its write-ahead log',
  ],
]

describe('an input that cannot be read', () => {
  it.for(unusable)('is refused in one sentence: %s', ([, make, says]) => {
    const file = make()
    const { exitCode, stdout, stderr } = inspect(file)
    expect(stderr).toContain(says)
    expect(stderr).toMatch(/^Error: [^\n]+\.\n$/)
    expect(stdout).toBe('')
    expect(exitCode).toBe(2)
  })

  it('is refused as JSON where that was asked for', () => {
    const { exitCode, stdout } = inspect(join(folder, 'nowhere.db'), '--json')
    expect(JSON.parse(stdout)).toMatchObject({ error: { name: 'DatabaseOpenError', actual: 'no file' } })
    expect(exitCode).toBe(2)
  })
})

it.runIf(process.platform === 'linux')(
  'a file that an upgrade would take is inspected in one process',
  () => {
    const env = { NODE_DEBUG: 'child_process' }
    const { stdout, stderr } = runOnForum(['inspect', makeDatabase('one process.db', 'v3')], { env })
    expect(stdout).toContain('An upgrade leads to version')
    expect(stderr).not.toContain('CHILD_PROCESS')
  },
)

describe('a file of zero bytes', () => {
  it('is a new database, which needs no upgrade', () => {
    const file = makeFile('empty.db', '')
    const { exitCode, stdout } = inspect(file)
    expect(stdout).toContain(`version 0 of ${latest} (empty), 0 bytes`)
    expectRefusal(file, stdout)
    expect(exitCode).toBe(0)
  })
})

describe('a version that no JavaScript number holds', () => {
  const largest = '9223372036854775807'
  const file = makeDatabase('largest.db', 'v4', `INSERT INTO schema_version (version) VALUES (${largest})`)

  it.for(['inspect', 'upgrade'])('is named to the last digit by %s', (command) => {
    const { stdout, stderr } = runOnForum([command, file])
    expect(stdout + stderr).toContain(`version ${largest}`)
    expect(stdout + stderr).not.toContain('9223372036854776000')
  })

  it('is in the JSON of inspect', () => {
    const { stdout } = runOnForum(['inspect', file, '--json'])
    expect(JSON.parse(stdout)).toMatchObject({ exactVersion: largest })
  })
})

// Each limit keeps another step from opening what it needs.
it.runIf(process.platform === 'linux').for(['inspect', 'upgrade'])(
  '%s names the limit of open files, and blames nothing else',
  (command) => {
    const file = makeDatabase(`limited-${command}.db`, 'v2')
    const runs = ['20', '21', '22'].map((limit) => {
      const call = [limit, process.execPath, ownBundle, command, file]
      const { status, stdout, stderr } = spawnSync('sh', ['-c', 'ulimit -n "$0"; exec "$@"', ...call], {
        cwd: forumFolder,
        encoding: 'utf8',
      })
      return { status, text: stdout + stderr }
    })
    const failed = runs.filter(({ status }) => status !== 0)
    expect(failed).not.toEqual([])
    for (const run of failed) expect(run).toEqual({ status: 1, text: expect.stringContaining('ulimit -n') })
    for (const { text } of runs) expect(text).not.toMatch(/TMPDIR|refuse it|defect/)
  },
)
