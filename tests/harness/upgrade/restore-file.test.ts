// Goal: a backup takes the place of a database file whole, with the old file's permissions and nothing of its
// log, and the old file is kept; what cannot be restored leaves everything as it was.
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { betterSqliteConnection, readContent } from '../../../src/harness/index.ts'
import { restoreFile } from '../../../src/harness/upgrade/restore-file.ts'
import { makeFolder, makeShop, shopWith, upgrade } from './shop.ts'

const folder = makeFolder()
const image = join(folder.path, 'image.db')
const place = join(folder.path, 'place')
const file = join(place, 'shop.db')
const backup = join(place, 'backup.db')

beforeAll(() => makeShop(image))
afterAll(folder.remove)
beforeEach(() => {
  rmSync(place, { recursive: true, force: true })
  mkdirSync(place)
  copyFileSync(image, backup)
})

function restore(freeBytes = Number.MAX_SAFE_INTEGER) {
  const freeSpace = () => freeBytes
  return restoreFile({
    path: file,
    backup,
    madeAt: new Date(0),
    tell: () => {},
    freeSpace,
    busyTimeoutMilliseconds: 10,
  })
}

function contentHashOf(path: string): string {
  const database = new Database(path)
  try {
    return readContent(betterSqliteConnection(database)).contentHash
  } finally {
    database.close()
  }
}

function namesIn(place: string): string[] {
  return readdirSync(place).sort()
}

const aside = 'shop.db.replaced.19700101T000000Z'

describe('the backup takes the place of', () => {
  it('an upgraded file, which is set aside', async () => {
    copyFileSync(image, file)
    const made = await upgrade({
      suite: shopWith('DROP TABLE note', [{ table: 'note', reason: 'gone' }]),
      file,
    })
    const upgraded = contentHashOf(file)
    const { replaced } = await restoreFile({
      path: file,
      backup: made.backup ?? '',
      madeAt: new Date(0),
      tell: () => {},
    })
    expect(contentHashOf(file)).toBe(contentHashOf(image))
    expect(contentHashOf(replaced ?? '')).toBe(upgraded)
  })

  it('nothing', async () => {
    const { replaced } = await restore()
    expect(replaced).toBe(null)
    expect(contentHashOf(file)).toBe(contentHashOf(image))
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(namesIn(place)).toEqual(['backup.db', 'shop.db'])
  })

  it('a file whose log holds more, which goes with it', async () => {
    copyFileSync(image, file)
    const writer = new Database(file)
    writer.pragma('journal_mode = WAL')
    writer.exec('DELETE FROM note')
    for (const ending of ['', '-wal']) copyFileSync(file + ending, `${file}.kept${ending}`)
    writer.close()
    for (const ending of ['', '-wal']) copyFileSync(`${file}.kept${ending}`, file + ending)

    await restore()

    expect(contentHashOf(file)).toBe(contentHashOf(image))
    const old = new Database(join(place, aside))
    expect(old.prepare('SELECT count(*) FROM note').pluck().get()).toBe(0)
    old.close()
  })

  it.for([
    { name: 'noise', make: () => writeFileSync(file, randomBytes(9000)) },
    { name: 'half a database', make: () => writeFileSync(file, readFileSync(image).subarray(0, 5000)) },
    { name: 'an empty file', make: () => writeFileSync(file, '') },
  ])('$name, with the log and the journal beside it', async ({ make }) => {
    make()
    const bytes = readFileSync(file)
    for (const ending of ['-wal', '-journal', '-shm']) writeFileSync(file + ending, `old ${ending}`)
    await restore()
    // Before anything opens the file, and takes what lies beside it for its own.
    const beside = namesIn(place).filter((name) => /^shop\.db-/.test(name))
    expect(beside).toEqual([])
    expect(contentHashOf(file)).toBe(contentHashOf(image))
    expect(readFileSync(join(place, aside))).toEqual(bytes)
  })

  it('a file that others may read, and stays so', async () => {
    copyFileSync(image, file)
    chmodSync(file, 0o640)
    await restore()
    expect(statSync(file).mode & 0o777).toBe(0o640)
  })

  it('what was restored in the same second, and both old files are kept', async () => {
    copyFileSync(image, file)
    const ends = [await restore(), await restore()]
    expect(ends.map(({ replaced }) => basename(replaced ?? ''))).toEqual([aside, `${aside}-2`])
    expect(namesIn(place)).toEqual(['backup.db', 'shop.db', aside, `${aside}-2`])
  })

  it('what a killed restore left', async () => {
    writeFileSync(`${file}.restoring`, 'half a copy')
    await restore()
    expect(contentHashOf(file)).toBe(contentHashOf(image))
    expect(existsSync(`${file}.restoring`)).toBe(false)
  })
})

describe('a backup', () => {
  it('in WAL mode brings what is in its log', async () => {
    const writer = new Database(backup)
    writer.pragma('journal_mode = WAL')
    writer.exec("INSERT INTO note VALUES ('in the log')")
    await restore()
    expect(contentHashOf(file)).toBe(contentHashOf(backup))
    expect(readFileSync(file).subarray(18, 20)).toEqual(Buffer.from([1, 1]))
    writer.close()
  })
})

const refusals = [
  { name: 'no backup', make: () => rmSync(backup), says: /found no file;/ },
  {
    name: 'a backup that is no database',
    make: () => writeFileSync(backup, 'text '.repeat(900)),
    says: /found a file of another kind;/,
  },
  {
    name: 'a backup of which a page is damaged',
    make: () => writeFileSync(backup, readFileSync(image).fill(0xee, 4096 * 20, 4096 * 21)),
    says: /expected a sound database, found that integrity_check says/,
  },
  {
    name: 'a link in the place of the file',
    make: () => {
      rmSync(file)
      symlinkSync('backup.db', file)
    },
    says: /found a symbolic link;/,
  },
  {
    name: 'a folder in the place of the file',
    make: () => {
      rmSync(file)
      mkdirSync(file)
    },
    says: /found a folder or a device;/,
  },
  {
    name: 'the backup itself',
    make: () => {
      rmSync(backup)
      linkSync(file, backup)
    },
    says: /found the backup itself;/,
  },
] as const

describe('refused, and nothing is changed:', () => {
  beforeEach(() => makeOther(file))

  it.for(refusals)('$name', async ({ make, says }) => {
    make()
    const before = namesIn(place)
    const bytes = tryRead(file)
    await expect(restore()).rejects.toThrow(says)
    expect(namesIn(place)).toEqual(before)
    expect(tryRead(file)).toEqual(bytes)
  })

  it('too little space', async () => {
    await expect(restore(1000)).rejects.toThrow(/free bytes in .* for the restored file, found 1000;/)
    expect(namesIn(place)).toEqual(['backup.db', 'shop.db'])
  })

  it('a file that somebody has open', async () => {
    const other = new Database(file)
    other.pragma('journal_mode = WAL')
    other.exec('SELECT * FROM own')
    await expect(restore()).rejects.toThrow(/expected a file that nobody else has open/)
    expect(namesIn(place)).toEqual(['backup.db', 'shop.db', 'shop.db-shm', 'shop.db-wal'])
    other.close()
  })
})

function makeOther(path: string) {
  const database = new Database(path)
  database.exec('CREATE TABLE own (a)')
  database.close()
}

function tryRead(path: string): Buffer | null {
  return statSync(path).isFile() ? readFileSync(path) : null
}
