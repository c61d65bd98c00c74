// Goal: a file that is refused is named in one whole sentence with what to do, and bytes are read for what they are.
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
import { DatabaseOpenError, openDatabaseFile } from '../../src/index.ts'
import { explainOpenError } from '../../src/migrator/explain-open-error.ts'
import { inspectFile } from '../../src/migrator/inspect-file.ts'
import { looksRandom, parseHeader } from '../../src/migrator/journal-structure.ts'

let folder: string
let file: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'file-refusals-'))
  file = join(folder, 'data.db')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function makeDatabase() {
  const database = new Database(file)
  database.exec('CREATE TABLE note (text TEXT); INSERT INTO note VALUES (zeroblob(9000))')
  database.close()
}

/** Changes bytes of a good database. */
function spoil(change: (bytes: Buffer) => Buffer) {
  makeDatabase()
  writeFileSync(file, change(readFileSync(file)))
}

function refusalOf(work: () => unknown): DatabaseOpenError {
  try {
    work()
  } catch (error) {
    if (error instanceof DatabaseOpenError) return error
    throw error
  }
  throw new Error('expected a refusal')
}

const unchanged = 'check the path; the file was not changed'

interface Case {
  readonly what: string
  readonly make: () => void
  readonly sentence: string
}

/** Each sentence begins with the path. */
const refusals: readonly Case[] = [
  {
    what: 'no file',
    make: () => {},
    sentence: 'expected a database file, found no file; check the path.',
  },
  {
    what: 'a folder',
    make: () => mkdirSync(file),
    sentence: 'expected a database file, found a folder; name a file in it.',
  },
  {
    what: 'a write-ahead log alone',
    make: () => writeFileSync(`${file}-wal`, 'x'),
    sentence: 'expected a database file, found only its write-ahead log; put the two files together again.',
  },
  {
    what: 'a text file',
    make: () => writeFileSync(file, 'a letter, '.repeat(900)),
    sentence: `expected an SQLite database, found a file of another kind; ${unchanged}.`,
  },
  {
    what: 'noise',
    make: () => writeFileSync(file, randomBytes(4096)),
    sentence: `expected a plain SQLite database, found an encrypted or compressed file; ${unchanged}.`,
  },
  {
    what: 'a file that lost its end',
    make: () => spoil((bytes) => bytes.subarray(0, 8192)),
    sentence:
      'expected 16384 bytes as its header says, found 8192 bytes; restore it from a backup, or copy it again.',
  },
  {
    what: 'a file that lost one byte',
    make: () => spoil((bytes) => bytes.subarray(0, -1)),
    sentence:
      'expected 16384 bytes as its header says, found 16383 bytes; restore it from a backup, or copy it again.',
  },
  {
    what: 'a damaged first page',
    make: () => spoil((bytes) => bytes.fill(0xff, 100, 4096)),
    sentence: "expected a whole SQLite database, found the error 'SQLITE_CORRUPT'; restore it from a backup.",
  },
  {
    what: 'a page size that no database has',
    make: () => spoil((bytes) => bytes.fill(7, 16, 18)),
    sentence: `expected an SQLite database, found the error 'SQLITE_NOTADB'; ${unchanged}.`,
  },
]

describe('a file that is no usable database', () => {
  it.for(refusals)('is refused in one sentence: $what', ({ make, sentence }) => {
    make()
    expect(refusalOf(() => openDatabaseFile(file, { mustExist: true })).message).toBe(`${file}: ${sentence}`)
  })

  it.for(refusals)('is refused the same by a mere look: $what', ({ make, sentence }) => {
    make()
    const look = () => inspectFile(file, { mustExist: true, mustBeWritable: false }, () => 'seen')
    expect(refusalOf(look)).toMatchObject({ name: 'DatabaseOpenError', message: `${file}: ${sentence}` })
  })

  it('is a device', () => {
    expect(refusalOf(() => openDatabaseFile('/dev/null')).message).toBe(
      '/dev/null: expected a regular file, found a device or pipe; check the path.',
    )
  })

  it('is a path in a folder that is not there', () => {
    const lost = join(folder, 'no', 'data.db')
    expect(refusalOf(() => openDatabaseFile(lost)).message).toBe(
      `${lost}: expected the folder ${join(folder, 'no')}, found no such folder; make the folder, or check the path.`,
    )
  })

  it('has no name: SQLite would take it for a temporary database', () => {
    expect(refusalOf(() => openDatabaseFile(''))).toMatchObject({
      reason: 'name',
      message:
        "openDatabase: expected the path of a file, or ':memory:', found an empty path; check where the path comes from.",
    })
  })
})

describe('a look at a file', () => {
  const look = (mustExist: boolean) =>
    inspectFile(file, { mustExist, mustBeWritable: true }, (connection) =>
      connection.all('SELECT count(*) AS notes FROM note'),
    )

  it('shows what is in it, and changes nothing', () => {
    makeDatabase()
    const before = readFileSync(file)
    expect(look(true)).toEqual([{ notes: 1n }])
    expect(readFileSync(file).equals(before)).toBe(true)
  })

  it('cannot write', () => {
    makeDatabase()
    const write = () =>
      inspectFile(file, { mustExist: true, mustBeWritable: false }, (connection) =>
        connection.exec('DELETE FROM note'),
      )
    expect(write).toThrow(expect.objectContaining({ code: 'SQLITE_READONLY' }))
  })

  it('passes on what is no fault of the file', () => {
    makeDatabase()
    const fail = () => {
      throw new RangeError('no look today')
    }
    expect(() => inspectFile(file, { mustExist: true, mustBeWritable: false }, fail)).toThrow(RangeError)
  })

  it('shows nothing where no file is, or an empty one, and makes none', () => {
    expect(look(false)).toBeNull()
    expect(existsSync(file)).toBe(false)
    writeFileSync(file, '')
    expect(look(true)).toBeNull()
  })

  it('does not call a file truncated whose last pages are in its write-ahead log', () => {
    const writing = new Database(file)
    writing.pragma('journal_mode = WAL')
    writing.exec('CREATE TABLE note (text TEXT)')
    writing.pragma('wal_checkpoint(TRUNCATE)')
    writing.exec('INSERT INTO note VALUES (zeroblob(90000))')
    const copy = join(folder, 'copy.db')
    copyFileSync(file, copy)
    copyFileSync(`${file}-wal`, `${copy}-wal`)
    writing.close()
    const bytes = readFileSync(copy)
    bytes.writeUInt32BE(25, 28)
    writeFileSync(copy, bytes)
    openDatabaseFile(copy).close()
    rmSync(`${copy}-wal`, { force: true })
    writeFileSync(copy, bytes)
    expect(refusalOf(() => openDatabaseFile(copy)).reason).toBe('truncated')
  })

  it('leaves a first page that was torn to the journal that holds it', () => {
    makeDatabase()
    const crashing = new Database(file)
    crashing.exec(
      'PRAGMA cache_size = 1; BEGIN; CREATE TABLE more (x); INSERT INTO more VALUES (zeroblob(90000))',
    )
    const torn = join(folder, 'torn.db')
    copyFileSync(file, torn)
    copyFileSync(`${file}-journal`, `${torn}-journal`)
    crashing.close()
    writeFileSync(torn, readFileSync(torn).fill(0xff, 0, 512))
    const database = openDatabaseFile(torn, { mustExist: true })
    expect(database.prepare('SELECT name FROM sqlite_schema').all()).toEqual([{ name: 'note' }])
    database.close()
  })
})

describe('a connection', () => {
  it('has full synchronisation in a file that was in WAL mode before', () => {
    makeDatabase()
    openDatabaseFile(file).close()
    const database = openDatabaseFile(file)
    expect(database.pragma('synchronous', { simple: true })).toBe(2)
    expect(database.pragma('busy_timeout', { simple: true })).toBe(5000)
    database.close()
  })
})

describe('an error of SQLite', () => {
  const reported = [
    ['SQLITE_NOTADB', 'not-a-database', 'an SQLite database', unchanged],
    ['SQLITE_CORRUPT_INDEX', 'damaged', 'a whole SQLite database', 'restore it from a backup'],
    ['SQLITE_BUSY_RECOVERY', 'busy', 'a file that no process holds', 'stop the process that holds it'],
    [
      'SQLITE_CANTOPEN',
      'not-readable',
      'a file that SQLite can open',
      'check its permissions and its folder',
    ],
    ['SQLITE_IOERR_READ', 'not-readable', 'a disk that can be read', 'check the disk'],
  ] as const

  it.for(reported)('%s is a refusal for the reason %s', ([code, reason, expected, fix]) => {
    const cause = Object.assign(new Error('x'), { code })
    expect(explainOpenError('data.db', cause)).toMatchObject({
      reason,
      cause,
      message: `data.db: expected ${expected}, found the error '${code}'; ${fix}.`,
    })
  })

  it.for([
    Object.assign(new Error('x'), { code: 'SQLITE_FULL' }),
    Object.assign(new Error('x'), { code: 'NO_SQLITE_BUSY' }),
    new Error('x'),
    null,
  ])('is left as it is otherwise: %s', (error) => {
    expect(explainOpenError('data.db', error)).toBe(error)
  })
})

describe('the header of a file', () => {
  const header = (change: (bytes: Buffer) => void = () => {}) => {
    const bytes = Buffer.alloc(100)
    bytes.write('SQLite format 3\0')
    bytes.writeUInt16BE(4096, 16)
    bytes.writeUInt32BE(11, 24)
    bytes.writeUInt32BE(42, 28)
    bytes.writeUInt32BE(11, 92)
    change(bytes)
    return bytes
  }

  it('holds the size and the number of the pages, and the mode of the file', () => {
    expect(parseHeader(header())).toEqual({ pageSizeBytes: 4096, pageCount: 42, isInWalMode: false })
    expect(parseHeader(header((bytes) => bytes.writeUInt16BE(0x0202, 18)))?.isInWalMode).toBe(true)
  })

  it('has the size 1 for pages of 65536 bytes', () => {
    expect(parseHeader(header((bytes) => bytes.writeUInt16BE(1, 16)))?.pageSizeBytes).toBe(65536)
  })

  it('has a stale count of pages where an old SQLite wrote last', () => {
    expect(parseHeader(header((bytes) => bytes.writeUInt32BE(10, 92)))?.pageCount).toBeNull()
  })

  it('is 100 bytes with the magic in front', () => {
    expect(parseHeader(header().subarray(0, 99))).toBeNull()
    expect(parseHeader(header((bytes) => bytes.write('s')))).toBeNull()
  })
})

describe('noise', () => {
  /** Each of so many byte values as often as any other: an entropy of log2 of their number. */
  const evenly = (values: number, length: number) =>
    Buffer.from(Array.from({ length }, (_, at) => at % values))

  it.for([
    ['all 256 values', 256, 512, true],
    ['more than 7 bits a byte', 129, 129 * 4, true],
    ['7 bits a byte', 128, 512, false],
    ['too few bytes to decide', 256, 511, false],
    ['one value', 1, 512, false],
  ] as const)('is or is not %s', ([, values, length, isNoise]) => {
    expect(looksRandom(evenly(values, length))).toBe(isNoise)
  })
})
