// Goal: a file that cannot be used is refused with one clear error, and stays as it was, byte for byte.
import { randomBytes } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DatabaseOpenError, openDatabaseFile, SchemaDriftError } from '../../src/index.ts'
import { toyPlan } from './toy-plan.ts'

let folder: string
let file: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'open-database-'))
  file = join(folder, 'data.db')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Makes a database file at the path, by plain statements. */
function makeDatabase(statements: string) {
  const database = new Database(file)
  database.exec(statements)
  database.close()
}

const threePages = 'CREATE TABLE note (text TEXT); INSERT INTO note VALUES (zeroblob(9000)); '

function refusalOf(work: () => { close(): void }): DatabaseOpenError {
  try {
    work().close()
  } catch (error) {
    if (error instanceof DatabaseOpenError) return error
    throw error
  }
  throw new Error('expected a refusal')
}

interface Case {
  readonly what: string
  readonly reason: DatabaseOpenError['reason']
  readonly make: () => void
}

const refusals: readonly Case[] = [
  {
    what: 'a text file',
    reason: 'not-a-database',
    make: () => writeFileSync(file, 'a letter, '.repeat(900)),
  },
  { what: 'a short file', reason: 'not-a-database', make: () => writeFileSync(file, 'SQLite format 3\0') },
  { what: 'an encrypted file', reason: 'encrypted', make: () => writeFileSync(file, randomBytes(12288)) },
  {
    what: 'a truncated file',
    reason: 'truncated',
    make: () => {
      makeDatabase(threePages)
      writeFileSync(file, readFileSync(file).subarray(0, 8192))
    },
  },
  {
    what: 'a file of a good header and garbage after it',
    reason: 'damaged',
    make: () => {
      makeDatabase(threePages)
      const bytes = readFileSync(file)
      bytes.fill(0xff, 100, 4096)
      writeFileSync(file, bytes)
    },
  },
  {
    what: 'a schema format of a newer SQLite',
    reason: 'newer-format',
    make: () => {
      makeDatabase(threePages)
      const bytes = readFileSync(file)
      bytes.writeUInt32BE(5, 44)
      writeFileSync(file, bytes)
    },
  },
  {
    what: 'a header of a page size that no database has',
    reason: 'not-a-database',
    make: () => {
      makeDatabase(threePages)
      const bytes = readFileSync(file)
      bytes.writeUInt16BE(777, 16)
      writeFileSync(file, bytes)
    },
  },
]

describe('openDatabase', () => {
  it.for(refusals)('refuses $what as $reason and leaves it as it was', ({ reason, make }) => {
    make()
    const before = readFileSync(file)
    const error = refusalOf(() => openDatabaseFile(file))
    expect(error.reason).toBe(reason)
    expect(error.message).toContain(file)
    expect(error.message).toMatch(/expected .+, found .+; .+\.$/)
    expect(readFileSync(file).equals(before)).toBe(true)
  })

  it('refuses a folder', () => {
    mkdirSync(file)
    expect(refusalOf(() => openDatabaseFile(file)).reason).toBe('directory')
  })

  it('refuses a device', () => {
    expect(refusalOf(() => openDatabaseFile('/dev/null')).reason).toBe('not-a-file')
  })

  it('refuses a missing file that must exist, and makes none', () => {
    expect(refusalOf(() => openDatabaseFile(file, { mustExist: true })).reason).toBe('missing')
    expect(existsSync(file)).toBe(false)
  })

  it('refuses a path in a folder that is not there', () => {
    expect(refusalOf(() => openDatabaseFile(join(folder, 'no', 'data.db'))).reason).toBe('missing')
  })

  it('refuses a write-ahead log without its database', () => {
    writeFileSync(`${file}-wal`, randomBytes(4152))
    expect(refusalOf(() => openDatabaseFile(file)).reason).toBe('orphaned-wal')
    expect(existsSync(file)).toBe(false)
  })

  it('makes a new database where no file is, and in an empty file', () => {
    openDatabaseFile(file).close()
    expect(existsSync(file)).toBe(true)
    const empty = join(folder, 'empty.db')
    writeFileSync(empty, '')
    const database = openDatabaseFile(empty, { mustExist: true })
    expect(database.pragma('journal_mode', { simple: true })).toBe('wal')
    database.close()
  })

  it('sets WAL, foreign keys, full synchronisation and the busy timeout', () => {
    makeDatabase(threePages)
    const database = openDatabaseFile(file, { busyTimeoutMilliseconds: 1234 })
    const settings = ['journal_mode', 'foreign_keys', 'synchronous', 'busy_timeout'].map((pragma) =>
      database.pragma(pragma, { simple: true }),
    )
    expect(settings).toEqual(['wal', 1, 2, 1234])
    database.close()
  })

  it('opens a database in memory with the same settings, but for the journal', () => {
    const database = openDatabaseFile(':memory:')
    expect(database.pragma('foreign_keys', { simple: true })).toBe(1)
    database.close()
  })

  it('refuses a file that is no database even beside a journal', () => {
    writeFileSync(file, 'a letter, '.repeat(900))
    writeFileSync(
      `${file}-journal`,
      Buffer.concat([Buffer.from('d9d505f920a163d7', 'hex'), Buffer.alloc(504)]),
    )
    const before = readFileSync(file)
    expect(refusalOf(() => openDatabaseFile(file)).reason).toBe('not-a-database')
    expect(readFileSync(file).equals(before)).toBe(true)
  })

  it('recovers a file that lost power in the middle of a transaction', () => {
    makeDatabase('CREATE TABLE note (text TEXT)')
    const crashing = new Database(file)
    crashing.exec(`PRAGMA cache_size = 1; BEGIN; INSERT INTO note VALUES (zeroblob(90000))`)
    const crashed = join(folder, 'crashed.db')
    copyFileSync(file, crashed)
    copyFileSync(`${file}-journal`, `${crashed}-journal`)
    crashing.close()
    const database = openDatabaseFile(crashed, { mustExist: true })
    expect(database.prepare('SELECT count(*) AS notes FROM note').get()).toEqual({ notes: 0 })
    expect(database.pragma('integrity_check', { simple: true })).toBe('ok')
    database.close()
  })
})

describe('openDatabase with a plan', () => {
  it('refuses another schema than that of the version, before the file is touched', () => {
    makeDatabase('CREATE TABLE book (id INTEGER PRIMARY KEY)')
    const before = readFileSync(file)
    expect(() => openDatabaseFile(file, { plan: toyPlan })).toThrow(SchemaDriftError)
    expect(readFileSync(file).equals(before)).toBe(true)
  })

  it('does not switch a database of a newer version to WAL', () => {
    makeDatabase(`
      CREATE TABLE schema_version (version INTEGER PRIMARY KEY, applied_at TEXT NOT NULL DEFAULT (datetime('now')));
      INSERT INTO schema_version (version) VALUES (9);
    `)
    const before = readFileSync(file)
    const database = openDatabaseFile(file, { plan: toyPlan })
    expect(database.pragma('journal_mode', { simple: true })).toBe('delete')
    database.close()
    expect(readFileSync(file).equals(before)).toBe(true)
  })
})
