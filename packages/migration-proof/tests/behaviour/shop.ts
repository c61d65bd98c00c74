import Database from 'better-sqlite3'
import * as fc from 'fast-check'
import {
  defineTable,
  deleteStep,
  expiry,
  index,
  insertStep,
  integer,
  nullKey,
  preparedConnection,
  purgeSteps,
  real,
  replaceStep,
  rowNumber,
  type Step,
  type TableModel,
  text,
  textInNumber,
  transactionSteps,
  unixSeconds,
  wildInsertStep,
  wildUpdateStep,
} from '../../src/behaviour/index.ts'
import type { Connection } from '../../src/sql/connection.ts'

/** A schema that has nothing in common with the suite's, and what this has not: STRICT, WITHOUT ROWID and more. */
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

const words = fc.constantFrom('a', 'A', 'b', 'b ', '', 'é')
const numbers = fc.bigInt(1n, 4n)
const seconds = fc.constantFrom(99n, 100n, 101n, 2n ** 53n + 1n)

const shop = defineTable({
  name: 'shop',
  since: 1,
  key: ['code'],
  withoutRowid: true,
  unique: [['name']],
  columns: {
    code: { ...text(fc.constantFrom('a', 'A', 'b', 'c')).required(), collation: 'NOCASE' },
    name: text(words).required(),
    rating: real(fc.constantFrom(0.5, 4.25, -1.5)).optional(),
  },
})

const customer = defineTable({
  name: 'customer',
  since: 1,
  key: ['id'],
  rowNumbers: 'never reused',
  unique: [['shop', 'email']],
  columns: {
    id: rowNumber(numbers),
    shop: { ...text(fc.constantFrom('a', 'A', 'b', 'c')).optional(), collation: 'NOCASE' },
    email: text(words).optional(),
    referrer: integer(numbers).optional(),
  },
  references: [
    {
      columns: ['shop'],
      parent: 'shop',
      parentColumns: ['code'],
      onDelete: 'SET NULL',
      onUpdate: 'CASCADE',
      orphans: fc.constant({ shop: 'nobody' }),
    },
    {
      columns: ['referrer'],
      parent: 'customer',
      parentColumns: ['id'],
      onDelete: 'SET NULL',
      onUpdate: 'NO ACTION',
      orphans: fc.constant({ referrer: -7n }),
    },
  ],
})

const toCustomer = {
  columns: ['customer'],
  parent: 'customer',
  parentColumns: ['id'],
  onUpdate: 'NO ACTION',
  orphans: fc.constant({ customer: -7n }),
} as const

const invoice = defineTable({
  name: 'invoice',
  since: 1,
  key: ['year', 'number'],
  strict: true,
  columns: {
    number: integer(numbers).required(),
    year: integer(fc.constantFrom(2024n, 2025n)).required(),
    customer: integer(numbers).orElse(1n),
    due: integer(seconds).optional(),
    paid: { ...integer(fc.constantFrom(0n, 1n)).orElse(0n), limited: true },
    created_at: integer(seconds).orNow(unixSeconds),
  },
  references: [{ ...toCustomer, onDelete: 'RESTRICT' }],
  checks: [
    {
      label: 'paid IN (0, 1)',
      holds: ({ paid }) => paid === null || paid === 0n || paid === 1n,
      violations: fc.constantFrom(2n, -1n).map((paid) => ({ paid })),
    },
  ],
  indexes: [
    { ...index('invoice_due', ['due'], 1), where: 'paid = 0' },
    index('invoice_customer', ['customer', 'year DESC'], 1),
  ],
})

const draft = defineTable({
  name: 'draft',
  since: 1,
  key: ['key'],
  columns: {
    key: text(words).optional(),
    customer: integer(numbers).required(),
    expires_at: integer(seconds).optional(),
  },
  references: [{ ...toCustomer, onDelete: 'CASCADE' }],
  hazards: [nullKey('key'), textInNumber('expires_at')],
  indexes: [index('draft_expires_at', ['expires_at'], 1)],
  expiry: expiry('expires_at', 'draft_expires_at'),
})

export const shopModels: readonly TableModel[] = [shop, customer, invoice, draft]

export const shopCutoffs = seconds

/**
 * Any steps but INSERT OR REPLACE into `customer`: where a table refers to its own row numbers, SQLite then takes
 * orphans. Seen on 3.40.1 and 3.53.2: `CREATE TABLE c (id INTEGER PRIMARY KEY, r INTEGER REFERENCES c(id))` takes
 * `INSERT OR REPLACE INTO c VALUES (4, 2)`, and `PRAGMA foreign_key_check` then names the row.
 */
export function shopSteps(models: readonly TableModel[]): fc.Arbitrary<Step> {
  const replaceable = models.filter(({ name }) => name !== customer.name)
  return fc.oneof(
    ...models.map(insertStep),
    ...models.map(insertStep),
    ...models.map(wildInsertStep),
    ...replaceable.map(replaceStep),
    ...models.map(wildUpdateStep),
    ...models.map(deleteStep),
    ...models.flatMap((model) => purgeSteps(model, seconds)),
    transactionSteps(),
  )
}

/** A shop with a part of its DDL replaced. */
export function openShop(from = '', to = ''): Connection {
  if (!shopDdl.includes(from)) throw new RangeError(`The shop has no '${from}'`)
  const database = new Database(':memory:')
  database.exec(shopDdl.replace(from, to))
  return preparedConnection(database)
}
