// Goal: where the statistics in a file make SQLite choose another way, the same schema without them decides, whatever
// objects it has.
import Database from 'better-sqlite3'
import { expect, it } from 'vitest'
import { betterSqliteConnection } from '../../src/index.ts'
import { proveContracts } from '../../src/upgrade/prove-contracts.ts'

it('a full-text table, a view and a trigger do not stand in the way of the check without statistics', () => {
  const database = new Database(':memory:')
  database.exec(`CREATE TABLE item (id INTEGER PRIMARY KEY, kind, name); CREATE INDEX item_kind ON item (kind);
    CREATE INDEX item_name ON item (name); CREATE VIRTUAL TABLE words USING fts5 (text);
    CREATE VIEW names AS SELECT * FROM item; CREATE TRIGGER own AFTER INSERT ON item BEGIN SELECT 1; END;
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 500) INSERT INTO item SELECT i, 1, i FROM n;
    ANALYZE`)
  const access = { index: 'item_kind' }
  const contract = (table: string) => ({
    since: 1,
    name: `from ${table}`,
    table: 'item',
    sql: `SELECT * FROM ${table} WHERE kind = ? AND name > ?`,
    parameters: [1n, 2n],
    access,
  })
  const connection = betterSqliteConnection(database)
  const { failures, detail } = proveContracts(connection, [contract('item'), contract('names')])
  database.close()
  expect(failures).toEqual([])
  expect(detail).toContain('2 choose another way by the statistics or the own indexes in the file')
})

it('an index of a person that SQLite likes better breaks no contract, and one that the schema lacks does', () => {
  const database = new Database(':memory:')
  database.exec(`CREATE TABLE item (id INTEGER PRIMARY KEY, kind, name); CREATE INDEX item_kind ON item (kind);
    CREATE INDEX own ON item (kind, name)`)
  const contract = {
    since: 1,
    name: 'items of a kind by name',
    table: 'item',
    sql: 'SELECT * FROM item WHERE kind = ? AND name = ?',
    parameters: [1n, 2n],
    access: { index: 'item_kind' },
  }
  const connection = betterSqliteConnection(database)
  const own = { type: 'index', name: 'own', table: 'item' } as const
  expect(proveContracts(connection, [contract], [own])).toMatchObject({ failures: [] })
  expect(proveContracts(connection, [contract], []).failures).toHaveLength(1)
  database.exec('DROP INDEX item_kind')
  expect(proveContracts(connection, [contract], [own]).failures).toHaveLength(1)
  database.close()
})
