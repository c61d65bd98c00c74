// Goal: whatever a migration does to an old row is seen and named before COMMIT, by comparison with the backup
// and by the pages that the rollback journal names alike; and no table is compared that was not written to.
import { copyFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { UpgradeNotProvenError } from '../../src/upgrade/errors.ts'
import { makeFolder, makeShop, shopWith, upgrade } from './shop.ts'

const folder = makeFolder()
const image = join(folder.path, 'image.db')
const file = join(folder.path, 'shop.db')

beforeAll(() => makeShop(image))
afterAll(folder.remove)
beforeEach(() => copyFileSync(image, file))

/** What a migration does to old rows without saying so, and the table that must be named. */
const damages = [
  { name: 'one bit of a text', sql: "UPDATE item SET name = 'itel 7' WHERE id = 7", table: 'item' },
  {
    name: 'one bit on an overflow page',
    sql: "UPDATE item SET body = substr(body, 1, 9000) || '1' || substr(body, 9002) WHERE id = 80",
    table: 'item',
  },
  { name: 'one row', sql: 'DELETE FROM item WHERE id = 200', table: 'item' },
  { name: 'one type', sql: 'UPDATE item SET price = CAST(price AS REAL) WHERE id = 300', table: 'item' },
  { name: 'one page of rows', sql: 'DELETE FROM note WHERE rowid BETWEEN 90 AND 150', table: 'note' },
  { name: 'one row more', sql: "INSERT INTO note VALUES ('noted')", table: 'note' },
  { name: 'every row', sql: 'DELETE FROM left_shelf', table: 'left_shelf' },
  { name: 'a row without a rowid', sql: "UPDATE tag SET item = 0 WHERE name = 'tag 150'", table: 'tag' },
  { name: 'rows that spill the cache', sql: 'UPDATE item SET body = body || body || body', table: 'item' },
  {
    name: 'two tables that exchange their names',
    sql: `ALTER TABLE left_shelf RENAME TO middle; ALTER TABLE right_shelf RENAME TO left_shelf;
      ALTER TABLE middle RENAME TO right_shelf`,
    table: 'left_shelf',
  },
  {
    name: 'a rebuild that loses a row',
    sql: `CREATE TABLE new_note (text TEXT); INSERT INTO new_note SELECT text FROM note WHERE rowid <> 5;
      DROP TABLE note; ALTER TABLE new_note RENAME TO note`,
    table: 'note',
  },
  {
    name: 'the AUTOINCREMENT watermark',
    sql: 'DELETE FROM item WHERE id = 400; UPDATE sqlite_sequence SET seq = 1',
    table: 'item',
  },
  {
    name: 'the watermark alone',
    sql: "UPDATE sqlite_sequence SET seq = 1 WHERE name = 'item'",
    table: 'item',
  },
] as const

/** What a migration may do. */
const harmless = [
  {
    name: 'a change that reached the file and was taken back',
    sql: `UPDATE item SET body = body || 'x';
      CREATE TABLE filler AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 2000)
        SELECT hex(zeroblob(1000)) AS bytes FROM n;
      UPDATE item SET body = substr(body, 1, length(body) - 1)`,
  },
  { name: 'a new index', sql: 'CREATE INDEX i ON item (name)' },
  { name: 'a rewrite of every row', sql: "UPDATE item SET body = body || ''" },
  {
    name: 'a rebuild with other rowids',
    sql: `CREATE TABLE new_note (text TEXT); INSERT INTO new_note SELECT text FROM note ORDER BY rowid DESC;
      DROP TABLE note; ALTER TABLE new_note RENAME TO note`,
  },
]

/** The comparison itself has tests of its own, in tests/harness/proof/rows. */
const methods = [
  { name: 'the backup', level: 'default', hasBackup: true, damages: damages.slice(-3) },
  { name: 'the journal and the backup', level: 'quick', hasBackup: true, damages },
  { name: 'the journal alone', level: 'quick', hasBackup: false, damages },
] as const

describe.for(methods)('by $name', ({ level, hasBackup, damages }) => {
  it.for(damages)('damage to $name is named and undone', async ({ sql, table }) => {
    const before = readFileSync(file)
    const error = await errorOf(upgrade({ suite: shopWith(sql), file, level, hasBackup }))
    const rows = error.problems.filter(({ code }) => code === 'rows')
    expect(rows.map(({ subject }) => subject)).toContainEqual({ type: 'table', name: table })
    expect(readFileSync(file).equals(before), 'the file is as it was').toBe(true)
  })

  it.for(harmless)('$name passes', async ({ sql }) => {
    const { proofs, to } = await upgrade({ suite: shopWith(sql), file, level, hasBackup })
    expect(proofs.find(({ proof }) => proof === 'rows')?.outcome).toBe('passed')
    expect(to).toBe(2)
  })

  it('a declared change passes, and hides no other', async () => {
    const sql = 'UPDATE item SET price = 0'
    const change = { table: 'item', columns: ['price'], reason: 'all is free now' }
    const another = shopWith(`${sql}; DELETE FROM item WHERE id = 3`, [change])
    await errorOf(upgrade({ suite: another, file, level, hasBackup }))
    await upgrade({ suite: shopWith(sql, [change]), file, level, hasBackup })
  })
})

describe('by the journal', () => {
  it('a file in WAL mode has its tables compared by the pages that were written to, and keeps its mode', async () => {
    const database = new Database(file)
    database.pragma('journal_mode = WAL')
    database.close()
    const { proofs } = await upgrade({ suite: shopWith('CREATE TABLE n (a)'), file, level: 'quick' })
    expect(proofs.find(({ proof }) => proof === 'rows')?.detail).toMatch(/pages written to, none with rows$/)
    expect(readFileSync(file).subarray(18, 20)).toEqual(Buffer.from([2, 2]))
  })

  /** What a migration does, and what the proof must have looked at. */
  const looks = [
    { name: 'a new index', sql: 'CREATE INDEX i ON item (name)', detail: /none with rows$/ },
    { name: 'a new table', sql: 'CREATE TABLE n (a); INSERT INTO n VALUES (1)', detail: /none with rows$/ },
    {
      name: 'a new column',
      sql: 'ALTER TABLE left_shelf ADD COLUMN w',
      detail: /8 rows of 1 table compared$/,
    },
    {
      name: 'a write to one page',
      sql: "INSERT INTO note VALUES ('x'); DELETE FROM note WHERE text = 'x'",
      detail: /199 rows of 1 table compared$/,
    },
  ]
  it.for(looks)('$name has only the tables compared that were written to', async ({ sql, detail }) => {
    const { proofs } = await upgrade({ suite: shopWith(sql), file, level: 'quick' })
    expect(proofs.find(({ proof }) => proof === 'rows')?.detail).toMatch(detail)
  })
})

async function errorOf(work: Promise<unknown>): Promise<UpgradeNotProvenError> {
  try {
    await work
  } catch (error) {
    if (error instanceof UpgradeNotProvenError) return error
    throw error
  }
  throw new Error('expected a proof to fail')
}

describe('full-text search of a file', () => {
  const search =
    "CREATE VIRTUAL TABLE note_search USING fts5 (name, content = 'left_shelf', content_rowid = 'rowid')"
  const rebuilt = `CREATE TABLE next_shelf (name TEXT); INSERT INTO next_shelf SELECT name FROM left_shelf ORDER BY name DESC;
    DROP TABLE left_shelf; ALTER TABLE next_shelf RENAME TO left_shelf;`
  const fill = "INSERT INTO note_search (note_search) VALUES ('rebuild')"

  it('is not upgraded where its rowids are those of other rows afterwards', async () => {
    const suite = shopWith(`${search}; ${fill}; ${rebuilt}`)
    const failure = await upgrade({ suite, file }).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(UpgradeNotProvenError)
    expect(String(failure)).toContain('table note_search')
  })

  it('is upgraded where it is filled again', async () => {
    const report = await upgrade({ suite: shopWith(`${search}; ${rebuilt} ${fill}`), file })
    expect(report.proofs.map(({ outcome }) => outcome)).not.toContain('failed')
  })

  it('of a user is upgraded with its rows', async () => {
    const database = new Database(file)
    database.exec(
      "CREATE VIRTUAL TABLE own_memo USING fts5 (text); INSERT INTO own_memo (text) VALUES ('moss')",
    )
    database.close()
    const report = await upgrade({ suite: shopWith('CREATE INDEX item_name ON item (name)'), file })
    expect(report.proofs.map(({ outcome }) => outcome)).not.toContain('failed')
  })
})
