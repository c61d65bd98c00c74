// Goal: the list of pages that is read from a rollback journal is complete, and says what each page held, or the
// journal is refused.
import { appendFileSync, copyFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { JournalFormatError, readJournalPages } from '../../src/upgrade/journal-pages.ts'
import { makeFolder, makeShop } from './shop.ts'

const folder = makeFolder()
const image = join(folder.path, 'image.db')
const file = join(folder.path, 'shop.db')
const journal = `${file}-journal`

beforeAll(() => makeShop(image))
afterAll(folder.remove)
beforeEach(() => copyFileSync(image, file))

/** Runs SQL in a transaction, and something else before its end. */
function inTransaction<Result>(sql: string, cachePages: number, work: () => Result, commits = false): Result {
  const database = new Database(file)
  try {
    database.exec(`PRAGMA cache_size = ${cachePages}; BEGIN IMMEDIATE; ${sql}`)
    const result = work()
    database.exec(commits ? 'COMMIT' : 'ROLLBACK')
    return result
  } finally {
    database.close()
  }
}

function sizeOf(path: string) {
  const pageSizeBytes = 4096
  return { pageSizeBytes, pageCount: readFileSync(path).length / pageSizeBytes }
}

const writes = [
  { name: 'one value', sql: 'UPDATE item SET price = 0 WHERE id = 7' },
  { name: 'a whole table', sql: "UPDATE item SET body = body || 'x'" },
  { name: 'a new index', sql: 'CREATE INDEX i ON item (body)' },
  {
    name: 'a dropped table',
    sql: 'DROP TABLE note; CREATE TABLE n (a); INSERT INTO n SELECT body FROM item',
  },
  {
    name: 'a rebuild',
    sql: 'CREATE TABLE n AS SELECT * FROM item; DROP TABLE item; ALTER TABLE n RENAME TO item',
  },
]

describe.for([{ cachePages: 500 }, { cachePages: 10 }])(
  'with a cache of $cachePages pages',
  ({ cachePages }) => {
    it.for(writes)('$name: every page that changed is listed with what it held', ({ sql }) => {
      const before = readFileSync(image)
      const size = sizeOf(image)
      const { offsets, bytes } = inTransaction(
        sql,
        cachePages,
        () => ({ ...readJournalPages(journal, size), bytes: readFileSync(journal) }),
        true,
      )
      const after = readFileSync(file)
      const pageOf = (image: Buffer, page: number) => image.subarray((page - 1) * 4096, page * 4096)
      const changed = Array.from({ length: size.pageCount }, (_, place) => place + 1).filter(
        // SQLite counts the change in the header when it commits.
        (page) => !pageOf(before, page).equals(pageOf(after, page)),
      )
      expect(changed).not.toEqual([])
      // SQLite counts the change in the header, on page 1, when it commits.
      expect(changed.filter((page) => page > 1 && !offsets.has(page))).toEqual([])
      for (const [page, offset] of offsets) {
        expect(bytes.subarray(offset, offset + 4096).equals(pageOf(before, page)), `page ${page}`).toBe(true)
      }
    })
  },
)

describe('a journal is refused', () => {
  const sql = "UPDATE item SET body = body || 'x'"
  const size = () => sizeOf(image)
  const spoils = [
    { name: 'that is empty', spoil: () => truncateSync(journal, 0) },
    { name: 'of a larger database', spoil: () => {}, pageCount: 3 },
    { name: 'of a smaller database', spoil: () => {}, pageCount: 10_000 },
    {
      name: 'with a page that the database does not have',
      spoil: () => {
        const bytes = readFileSync(journal)
        bytes.writeUInt32BE(10_000, 512)
        writeFileSync(journal, bytes)
      },
    },
    { name: 'of another page size', spoil: () => {}, pageSizeBytes: 1024 },
    { name: 'with old records behind its own', spoil: () => appendFileSync(journal, Buffer.alloc(8192, 7)) },
    {
      name: 'with a record that was damaged',
      spoil: () => {
        const bytes = readFileSync(journal)
        bytes.writeUInt32BE((bytes.readUInt32BE(512 + 4 + 4096) ^ 1) >>> 0, 512 + 4 + 4096)
        writeFileSync(journal, bytes)
      },
    },
  ]
  it.for(spoils)('$name', ({ spoil, name: _name, ...other }) => {
    const read = inTransaction(sql, 500, () => {
      const kept = readFileSync(journal)
      spoil()
      const attempt = () => readJournalPages(journal, { ...size(), ...other })
      expect(attempt).toThrow(JournalFormatError)
      writeFileSync(journal, kept)
      return readJournalPages(journal, size())
    })
    expect(read.offsets.size).toBeGreaterThan(5)
  })
})
