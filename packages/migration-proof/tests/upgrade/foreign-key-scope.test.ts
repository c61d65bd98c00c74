// Goal: a row that an upgrade leaves without its parent is found, whatever the upgrade wrote to, although only the tables are
// looked at that can have such rows; and orphans from before are no fault of it.
import { copyFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { betterSqliteConnection, defineConfig, migrate, type Suite } from '../../src/index.ts'
import type { ProofLevel } from '../../src/upgrade/model.ts'
import { makeFolder, upgrade } from './shop.ts'

const folder = makeFolder()
const image = join(folder.path, 'image.db')
const file = join(folder.path, 'shop.db')
const levels: readonly ProofLevel[] = ['quick', 'default', 'thorough']
const changed = ['note', 'item', 'label', 'stock', 'shelf'].map((table) => ({ table, reason: 'as asked' }))

const firstVersion = `
  CREATE TABLE item (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT, price);
  CREATE TABLE label (id INTEGER PRIMARY KEY, code TEXT); CREATE UNIQUE INDEX label_code ON label (code);
  CREATE TABLE stock (id INTEGER PRIMARY KEY, item INTEGER REFERENCES item (id), label TEXT REFERENCES label (code));
  CREATE TABLE shelf (id INTEGER PRIMARY KEY, item INTEGER REFERENCES item (id)); CREATE TABLE note (text TEXT)`

/** More rows than fit into a page. */
const rows = `
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 1000)
  INSERT INTO item SELECT i, 'item ' || i, i FROM n;
  INSERT INTO label SELECT id, 'code ' || id FROM item; INSERT INTO stock SELECT id, id, 'code ' || id FROM item;
  INSERT INTO note SELECT 'noted' FROM item; INSERT INTO shelf VALUES (1, 9000)`

beforeAll(() => {
  const database = new Database(image)
  database.pragma('foreign_keys = OFF')
  migrate(betterSqliteConnection(database), suiteWith('').plan, { target: 1 })
  database.pragma('foreign_keys = OFF')
  database.exec(rows)
  database.close()
})
afterAll(folder.remove)
beforeEach(() => copyFileSync(image, file))

const faults = [
  { name: 'the parents alone', sql: 'DELETE FROM item WHERE id = 7' },
  { name: 'the children alone', sql: 'UPDATE stock SET item = 8000 WHERE id = 3' },
  { name: 'the parents, by a rebuild', sql: rebuild('item', 'id <> 7') },
  { name: 'the table of the parents', sql: 'DROP TABLE label' },
  { name: 'the index that makes parents unique', sql: 'DROP INDEX label_code' },
  {
    name: 'a new reference',
    sql: 'ALTER TABLE note ADD COLUMN item INTEGER DEFAULT 8000 REFERENCES item (id)',
  },
]

describe.for(levels)('at the level %s', (level) => {
  it.for(faults)('rows without their parent are found where a migration changes $name', async ({ sql }) => {
    const before = readFileSync(file)
    const tried = upgrade({ suite: suiteWith(sql), file, level, isUnsafe: true })
    await expect(tried).rejects.toMatchObject({
      name: 'UpgradeNotProvenError',
      problems: expect.arrayContaining([expect.objectContaining({ code: 'foreign keys' })]),
    })
    expect(readFileSync(file).equals(before)).toBe(true)
  })

  it.for(['CREATE INDEX shelf_item ON shelf (item)', 'UPDATE shelf SET id = 2', 'UPDATE item SET price = 1'])(
    'an orphan from before is none of it: %s',
    async (sql) => {
      for (const hasBackup of [true, false]) {
        copyFileSync(image, file)
        expect((await upgrade({ suite: suiteWith(sql), file, level, hasBackup, isUnsafe: true })).to).toBe(2)
      }
      const database = new Database(file)
      expect(database.pragma('foreign_key_check')).toHaveLength(1)
      database.close()
    },
  )
})

function suiteWith(sql: string): Suite {
  return defineConfig({
    name: 'stock',
    fixtures: join(folder.path, 'no-fixtures'),
    migrations: [
      { version: 1, name: 'first', up: (connection) => connection.exec(firstVersion) },
      {
        version: 2,
        name: 'second',
        up: (connection) => connection.exec(sql),
        dataChanges: changed,
      },
    ],
  })
}

function rebuild(table: string, kept: string): string {
  return `CREATE TABLE copy_of (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT, price);
    INSERT INTO copy_of SELECT * FROM ${table} WHERE ${kept}; DROP TABLE ${table}; ALTER TABLE copy_of RENAME TO ${table}`
}
