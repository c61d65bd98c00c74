import Database from 'better-sqlite3'
import { modelsOf, preparedConnection } from '../../src/behaviour/index.ts'
import type { Facts, TableDeclaration } from '../../src/index.ts'
import type { Connection } from '../../src/sql/connection.ts'

/** A schema that has nothing in common with any other, and what few have: STRICT, WITHOUT ROWID and more. */
const shopDdl = `
CREATE TABLE shop (
  code TEXT NOT NULL PRIMARY KEY COLLATE NOCASE,
  name TEXT NOT NULL UNIQUE,
  rating REAL
) WITHOUT ROWID;
CREATE TABLE customer (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  shop TEXT COLLATE NOCASE REFERENCES shop(code) ON DELETE SET NULL ON UPDATE CASCADE,
  email TEXT,
  referrer INTEGER REFERENCES customer(id) ON DELETE SET NULL,
  UNIQUE (shop, email)
);
CREATE TABLE invoice (
  number INTEGER NOT NULL,
  year INTEGER NOT NULL,
  customer INTEGER NOT NULL DEFAULT 1 REFERENCES customer(id) ON DELETE RESTRICT,
  due INTEGER,
  paid INTEGER NOT NULL DEFAULT 0 CHECK (paid IN (0, 1)),
  created_at INTEGER NOT NULL DEFAULT (unixepoch()),
  PRIMARY KEY (year, number)
) STRICT;
CREATE INDEX invoice_due ON invoice (due) WHERE paid = 0;
CREATE INDEX invoice_customer ON invoice (customer, year DESC);
CREATE TABLE draft (
  key TEXT PRIMARY KEY,
  customer INTEGER NOT NULL REFERENCES customer(id) ON DELETE CASCADE,
  expires_at INTEGER
);
CREATE INDEX draft_expires_at ON draft (expires_at);
`

const words = ['a', 'A', 'b', 'b ', '', 'é']
const codes = ['a', 'A', 'b', 'c']
const numbers = [1, 2, 3, 4]
const seconds = [99n, 100n, 101n, 2n ** 53n + 1n]

const shop: TableDeclaration = {
  name: 'shop',
  since: 1,
  columns: {
    code: { type: 'TEXT', collate: 'NOCASE', values: codes },
    name: { type: 'TEXT', notNull: true, values: words },
    rating: { type: 'REAL' },
  },
  key: ['code'],
  withoutRowid: true,
  unique: [['name']],
}

const customer: TableDeclaration = {
  name: 'customer',
  since: 1,
  columns: {
    id: { type: 'INTEGER', values: numbers },
    shop: { type: 'TEXT', collate: 'NOCASE' },
    email: { type: 'TEXT', values: words },
    referrer: { type: 'INTEGER' },
  },
  key: ['id'],
  autoincrement: true,
  unique: [['shop', 'email']],
  foreignKeys: [
    { columns: ['shop'], parent: 'shop', parentColumns: ['code'], onDelete: 'SET NULL', onUpdate: 'CASCADE' },
    { columns: ['referrer'], parent: 'customer', parentColumns: ['id'], onDelete: 'SET NULL' },
  ],
}

const toCustomer = { columns: ['customer'], parent: 'customer', parentColumns: ['id'] } as const

const invoice: TableDeclaration = {
  name: 'invoice',
  since: 1,
  columns: {
    number: { type: 'INTEGER', values: numbers },
    year: { type: 'INTEGER', values: [2024, 2025] },
    customer: { type: 'INTEGER', notNull: true, default: '1' },
    due: { type: 'INTEGER', values: seconds },
    paid: { type: 'INTEGER', notNull: true, default: '0', values: [0, 1] },
    created_at: { type: 'INTEGER', notNull: true, default: 'unixepoch()', values: seconds },
  },
  key: ['year', 'number'],
  strict: true,
  foreignKeys: [{ ...toCustomer, onDelete: 'RESTRICT' }],
  checks: [
    {
      sql: 'paid IN (0, 1)',
      holds: ({ paid }) => paid === null || paid === 0n || paid === 1n,
      refuses: [{ paid: 2n }, { paid: -1n }],
    },
  ],
  indexes: {
    invoice_due: { columns: ['due'], where: 'paid = 0' },
    invoice_customer: ['customer', 'year DESC'],
  },
}

const draft: TableDeclaration = {
  name: 'draft',
  since: 1,
  columns: {
    key: { type: 'TEXT', values: words },
    customer: { type: 'INTEGER', notNull: true },
    expires_at: { type: 'INTEGER', values: seconds },
  },
  key: ['key'],
  foreignKeys: [{ ...toCustomer, onDelete: 'CASCADE' }],
  indexes: { draft_expires_at: ['expires_at'] },
  expiry: { column: 'expires_at', index: 'draft_expires_at' },
}

/** A child comes before its parent: their order is for the harness to find. */
export const shopFacts: Facts = { tables: [draft, shop, invoice, customer], contracts: [] }

export const shopModels = modelsOf(shopFacts.tables).at(1)

/** A shop with a part of its DDL replaced. */
export function openShop(from = '', to = ''): Connection {
  if (!shopDdl.includes(from)) throw new RangeError(`The shop has no '${from}'`)
  const database = new Database(':memory:')
  database.exec(shopDdl.replace(from, to))
  return preparedConnection(database)
}
