// Goal: where the statistics in a file make SQLite choose another way, the same schema without them decides, whatever
// objects it has.
import Database from 'better-sqlite3'
import { expect, it } from 'vitest'
import { compareWithContracts } from '../../src/checks/contracts.ts'
import { verifyUpgrade } from '../../src/checks/verify.ts'
import { betterSqliteConnection, type Contract } from '../../src/index.ts'
import { freezeHistory } from '../incidents/toy-history.ts'
import { brief } from '../support/brief.ts'

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
  const { problems, detail } = compareWithContracts(connection, [contract('item'), contract('names')])
  database.close()
  expect(problems).toEqual([])
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
  expect(compareWithContracts(connection, [contract], [own])).toMatchObject({ problems: [] })
  expect(compareWithContracts(connection, [contract], []).problems).toHaveLength(1)
  database.exec('DROP INDEX item_kind')
  expect(compareWithContracts(connection, [contract], [own]).problems).toHaveLength(1)
  database.close()
})

it.for([
  ['an alias', 'SELECT * FROM item AS i WHERE i.kind = ?', []],
  ['an alias without AS', 'SELECT i.id FROM main.item i WHERE kind = ?', []],
  ['another alias that reads all', 'SELECT * FROM item AS i WHERE i.name = ?', ['a scan of item']],
] as const)('the table of a contract may have %s in its statement', ([, sql, actual]) => {
  const database = new Database(':memory:')
  database.exec(
    'CREATE TABLE item (id INTEGER PRIMARY KEY, kind, name); CREATE INDEX item_kind ON item (kind)',
  )
  const contract = { since: 1, name: 'one kind', table: 'item', sql, parameters: [1n] }
  const { problems } = compareWithContracts(betterSqliteConnection(database), [
    { ...contract, access: { index: 'item_kind' } },
  ])
  database.close()
  expect(problems.map(({ actual }) => actual)).toEqual(actual)
})

it('verify names the statement that lost its index', () => {
  const index = 'CREATE INDEX item_kind ON item (kind)'
  const items = 'CREATE TABLE item (id INTEGER PRIMARY KEY, kind)'
  const contract: Contract = {
    since: 1,
    name: 'one kind',
    table: 'item',
    sql: 'SELECT * FROM item AS i WHERE i.kind = ?',
    parameters: [1n],
    access: { index: 'item_kind' },
  }
  const provenOf = (steps: readonly string[]) => {
    const suite = { ...freezeHistory({ steps }), facts: { tables: [], contracts: [contract] } }
    const { checks } = verifyUpgrade(suite, 'v1')
    return checks.find(({ check }) => check === 'contracts')?.problems.map(brief)
  }
  expect(provenOf([`${items}; ${index}`, 'CREATE TABLE tag (id)'])).toEqual([])
  expect(provenOf([`${items}; ${index}`, 'DROP INDEX item_kind'])).toEqual([
    { object: "statement 'one kind'", expected: 'a search of item with item_kind', actual: 'a scan of item' },
  ])
})

it.for(['SELECT * FORM item', 'SELECT nothing FROM item'])(
  'a statement that is wrong is named as such: %s',
  (sql) => {
    const database = new Database(':memory:')
    database.exec('CREATE TABLE item (id INTEGER PRIMARY KEY)')
    const contract = { since: 1, name: 'items', table: 'item', sql, parameters: [], access: { scan: 'few' } }
    const { problems } = compareWithContracts(betterSqliteConnection(database), [contract])
    database.close()
    expect(problems).toMatchObject([
      {
        expected: 'a statement that SQLite can prepare',
        fix: expect.stringContaining("correct the `sql` of 'items'"),
      },
    ])
  },
)
