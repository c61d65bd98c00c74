// Goal: a backup takes the place of a database file whole, with the old file's permissions and nothing of its
// log, and the old file is kept; what cannot be restored leaves everything as it was.
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
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
import { basename, dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { betterSqliteConnection, readContent } from '../../src/index.ts'
import { type RestoreRequest, restoreFile } from '../../src/upgrade/restore-file.ts'
import { makeFolder, makeShop, makeUnfinished, shopWith, upgrade } from './shop.ts'

const folder = makeFolder()
const image = join(folder.path, 'image.db')
const place = join(folder.path, 'place')
const file = join(place, 'shop.db')
const backup = join(place, 'backup.db')
const subject = shopWith('')

beforeAll(() => makeShop(image))
afterAll(folder.remove)
beforeEach(() => {
  rmSync(place, { recursive: true, force: true })
  mkdirSync(place)
  copyFileSync(image, backup)
})

function restore(freeBytes = Number.MAX_SAFE_INTEGER, options: Partial<RestoreRequest> = {}) {
  const freeSpace = () => freeBytes
  return restoreFile({
    path: file,
    backup,
    subject,
    madeAt: new Date(0),
    report: () => {},
    freeSpace,
    busyTimeoutMilliseconds: 10,
    ...options,
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
const sidecars = ['-wal', '-journal', '-shm']

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
      subject,
      madeAt: new Date(0),
      report: () => {},
    })
    expect(contentHashOf(file)).toBe(contentHashOf(image))
    expect(contentHashOf(replaced ?? '')).toBe(upgraded)
  })

  it('nothing, in WAL mode itself, and nothing new lies beside it', async () => {
    const database = new Database(backup)
    database.pragma('journal_mode = WAL')
    database.close()
    const bytes = readFileSync(backup)
    await restore()
    const besides = readdirSync(dirname(backup)).filter((name) => name.startsWith(`${basename(backup)}-`))
    expect(besides).toEqual([])
    expect(readFileSync(backup)).toEqual(bytes)
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

  it.for([['-wal', '-shm'], ['-journal'], ['-shm']])(
    'a file that is gone, of which %s is left',
    async (endings) => {
      const { bytes } = makeUnfinished(image, file, endings.includes('-journal') ? 'journal' : 'log')
      rmSync(file)
      for (const ending of sidecars.filter((name) => !endings.includes(name))) {
        rmSync(file + ending, { force: true })
      }
      const report = await restore()
      const kept = endings.map((ending) => `${join(place, aside)}${ending}`)
      expect(report).toMatchObject({ replaced: null, setAside: kept })
      for (const ending of endings)
        expect(readFileSync(join(place, aside) + ending)).toEqual(bytes.get(ending))
      expect(namesIn(place).filter((name) => name.startsWith('shop.db-'))).toEqual([])
      expect(contentHashOf(file)).toBe(contentHashOf(image))
    },
  )

  it.for(['log', 'journal'] as const)(
    'a file beside which lies the %s of another one, and both are kept as they were',
    async (kind) => {
      const other = join(place, 'other.db')
      makeOther(other)
      const { bytes } = makeUnfinished(other, file, kind)
      copyFileSync(image, file)
      await restore()
      expect(readFileSync(join(place, aside))).toEqual(readFileSync(image))
      for (const [ending, content] of bytes) {
        expect(readFileSync(join(place, aside) + ending).equals(content), ending).toBe(true)
      }
      expect(contentHashOf(file)).toBe(contentHashOf(image))
    },
  )

  it.for(['', ...sidecars])(
    'no file that has the name under which the old one is kept, with ending "%s"',
    async (ending) => {
      copyFileSync(image, file)
      writeFileSync(join(place, aside) + ending, 'mine')
      const { replaced } = await restore()
      expect(basename(replaced ?? '')).toBe(`${aside}-2`)
      expect(readFileSync(join(place, aside) + ending, 'utf8')).toBe('mine')
    },
  )

  it('a file, given the draft that an earlier release left of it, which is kept', async () => {
    copyFileSync(image, file)
    copyFileSync(image, `${file}.restoring`)
    const request = {
      path: file,
      backup: `${file}.restoring`,
      subject,
      madeAt: new Date(0),
      report: () => {},
    }
    const { leftovers } = await restoreFile(request)
    expect(leftovers).toEqual([])
    expect(readFileSync(`${file}.restoring`)).toEqual(readFileSync(image))
    expect((await restore()).leftovers).toEqual([{ path: `${file}.restoring`, state: 'unknown', file: null }])
    expect(readFileSync(`${file}.restoring`)).toEqual(readFileSync(image))
  })

  it('a file, given what a killed run left of it, which is kept', async () => {
    const left = `${file}.unfinished-abcdef`
    mkdirSync(left)
    const lock = new Database(join(left, 'run.lock'))
    lock.exec('PRAGMA application_id = 0x7152756e; CREATE TABLE run (file TEXT NOT NULL)')
    lock.prepare('INSERT INTO run VALUES (?)').run(file)
    lock.close()
    const draft = join(left, 'backup.db')
    copyFileSync(image, draft)
    await restoreFile({ path: file, backup: draft, subject, madeAt: new Date(0), report: () => {} })
    expect(contentHashOf(file)).toBe(contentHashOf(image))
    expect(existsSync(draft)).toBe(true)
    await restore()
    expect(existsSync(left)).toBe(false)
  })
})

describe.runIf(process.getuid?.() === 0)('restored by root, the file belongs to', () => {
  it('the owner of the one that was there', async () => {
    copyFileSync(image, file)
    chownSync(file, 1234, 2345)
    chmodSync(file, 0o660)
    expect((await restore()).ownership).toEqual({ userId: 1234, groupId: 2345, mode: 0o660, from: 'file' })
    expect(statSync(file)).toMatchObject({ uid: 1234, gid: 2345 })
  })

  it('the owner of the folder, where there was none', async () => {
    chownSync(place, 1234, 2345)
    expect((await restore()).ownership).toEqual({ userId: 1234, groupId: 2345, mode: 0o600, from: 'folder' })
    expect(statSync(file)).toMatchObject({ uid: 1234, gid: 2345 })
  })

  it('the owner of the backup, where the folder is root’s', async () => {
    chownSync(backup, 1234, 2345)
    expect((await restore()).ownership).toEqual({ userId: 1234, groupId: 2345, mode: 0o600, from: 'backup' })
  })
})

const others = [
  {
    name: 'a file without a byte',
    make: () => writeFileSync(backup, ''),
    says: /found an empty one;/,
    kind: 'empty',
  },
  {
    name: 'a database without a table',
    make: () => makeBackupOf('VACUUM'),
    says: /found an empty one;/,
    kind: 'empty',
  },
  {
    name: 'the database of another application',
    make: () => makeBackupOf('CREATE TABLE cookies (name)'),
    says: /found one of another application, with cookies;/,
    kind: 'foreign',
  },
  {
    name: 'a newer version',
    make: () => changeBackup('INSERT INTO schema_version (version) VALUES (2), (3)'),
    says: /found version 3, which newer software made;/,
    kind: 'newer',
  },
  {
    name: 'a version that cannot be read',
    make: () => changeBackup('INSERT INTO schema_version (version) VALUES (-7)'),
    says: /backup\.db, Table schema_version: expected versions of 1 and more, found version -7;/,
    kind: 'unreadable',
  },
] as const

describe('what is not of the subject, or has nothing in it:', () => {
  it.for(others)('$name is refused, and restored when that is forced', async ({ make, says, kind }) => {
    copyFileSync(image, file)
    make()
    await expect(restore()).rejects.toThrow(says)
    expect(namesIn(place)).toEqual(['backup.db', 'shop.db'])
    expect(readFileSync(file)).toEqual(readFileSync(image))
    const { contents, replaced } = await restore(undefined, { isForced: true })
    expect(contents.kind).toBe(kind)
    expect(contentHashOf(file)).toBe(contentHashOf(backup))
    expect(readFileSync(replaced ?? '')).toEqual(readFileSync(image))
  })

  it('an older version than the file has is no matter', async () => {
    copyFileSync(image, file)
    expect((await restore()).contents).toEqual({
      application: 'shop',
      kind: 'subject',
      version: 1,
      form: null,
    })
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

  it.for(sidecars)('a folder in the place of the %s', async (ending) => {
    mkdirSync(file + ending)
    await expect(restore()).rejects.toThrow(/found a folder or a device;/)
    expect(namesIn(place)).toEqual(['backup.db', 'shop.db', `shop.db${ending}`])
  })

  it('what lies beside the file as the backup', async () => {
    copyFileSync(image, `${file}-journal`)
    await expect(restore(undefined, { backup: `${file}-journal` })).rejects.toThrow(
      /found the backup itself;/,
    )
    expect(namesIn(place)).toEqual(['backup.db', 'shop.db', 'shop.db-journal'])
  })

  it('too little space', async () => {
    await expect(restore(1000)).rejects.toThrow(/free bytes in .* for the restored file, found 1000;/)
    expect(namesIn(place)).toEqual(['backup.db', 'shop.db'])
  })

  it('a file that is open elsewhere', async () => {
    const other = new Database(file)
    other.pragma('journal_mode = WAL')
    other.exec('SELECT * FROM own')
    await expect(restore()).rejects.toThrow(/expected a file that no other process has open/)
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

function makeBackupOf(sql: string) {
  rmSync(backup)
  changeBackup(sql)
}

function changeBackup(sql: string) {
  const database = new Database(backup)
  database.exec(sql)
  database.close()
}
