// Goal: drafted rows show what a migration loses of values, whatever the type of the column, and nothing where it loses nothing.
import { expect, it } from 'vitest'
import { checks } from '../../src/checks/index.ts'
import { rows } from '../../src/checks/rows.ts'
import { verifyUpgrade } from '../../src/checks/verify.ts'
import { freezeHistory, suiteOf } from '../incidents/toy-history.ts'

const steps = [
  `CREATE TABLE author (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL);
   CREATE TABLE note (
     id INTEGER PRIMARY KEY, author_id INTEGER NOT NULL REFERENCES author (id), title TEXT NOT NULL, body TEXT,
     slug TEXT UNIQUE, code TEXT NOT NULL CHECK (length(code) <= 12), price REAL, amount NUMERIC NOT NULL,
     total DECIMAL(10, 2), stock INTEGER NOT NULL DEFAULT 1, score INTEGER, picture BLOB, settings JSON,
     document TEXT CHECK (json_valid(document)), happened_at DATETIME, seen_at TEXT, sent_at INTEGER, day DATE,
     done BOOLEAN, kind TEXT NOT NULL DEFAULT 'a' CHECK (kind IN ('a', 'b'))
   );
   CREATE TABLE strict (id INTEGER PRIMARY KEY, text TEXT, number INTEGER, size REAL, bytes BLOB, any ANY) STRICT`,
  `ALTER TABLE note ADD COLUMN nickname TEXT;
   ALTER TABLE note ADD COLUMN rank INTEGER DEFAULT 5;
   ALTER TABLE note ADD COLUMN language TEXT NOT NULL DEFAULT 'en';
   ALTER TABLE note ADD COLUMN ratio REAL`,
  'CREATE TABLE later (id INTEGER PRIMARY KEY)',
]

/** The column, and what becomes of it. */
const lossy: readonly (readonly [table: string, column: string, expression: string])[] = [
  ['note', 'title', 'substr(title, 1, 255)'],
  ['note', 'title', 'trim(title)'],
  ['note', 'title', 'lower(title)'],
  ['note', 'title', 'upper(title)'],
  ['note', 'title', "replace(title, char(10), ' ')"],
  ['note', 'title', "replace(title, '''', '')"],
  ['note', 'body', "coalesce(body, '')"],
  ['note', 'body', "nullif(body, '')"],
  ['note', 'body', 'rtrim(body)'],
  ['note', 'slug', 'lower(slug)'],
  ['note', 'code', 'trim(code)'],
  ['note', 'code', 'substr(code, 1, 10)'],
  ['author', 'name', 'substr(name, 1, 100)'],
  ['note', 'price', 'round(price)'],
  ['note', 'price', 'round(price, 2)'],
  ['note', 'price', 'CAST(price AS INTEGER)'],
  ['note', 'price', 'abs(price)'],
  ['note', 'price', 'coalesce(price, 0)'],
  ['note', 'price', 'nullif(price, 0)'],
  ['note', 'amount', 'round(amount, 2)'],
  ['note', 'amount', 'abs(amount)'],
  ['note', 'amount', 'min(amount, 1000)'],
  ['note', 'total', 'round(total)'],
  ['note', 'total', 'min(total, 1000000)'],
  ['note', 'total', 'max(total, 0)'],
  ['note', 'stock', 'min(stock, 1000)'],
  ['note', 'stock', 'max(stock, 1)'],
  ['note', 'stock', 'abs(stock)'],
  ['note', 'stock', 'CAST(CAST(stock AS REAL) AS INTEGER)'],
  ['note', 'score', 'coalesce(score, 0)'],
  ['note', 'score', 'nullif(score, 0)'],
  ['note', 'score', 'max(score, 0)'],
  ['note', 'picture', 'substr(picture, 1, 255)'],
  ['note', 'picture', "nullif(picture, x'')"],
  ['note', 'picture', "coalesce(picture, x'')"],
  ['note', 'settings', 'json(settings)'],
  ['note', 'settings', "json_remove(settings, '$.tags')"],
  ['note', 'settings', "coalesce(settings, '{}')"],
  ['note', 'settings', 'lower(settings)'],
  ['note', 'document', "iif(json_type(document) = 'array', NULL, document)"],
  ['note', 'happened_at', 'datetime(happened_at)'],
  ['note', 'happened_at', "coalesce(happened_at, '1970-01-01 00:00:00')"],
  ['note', 'happened_at', "max(happened_at, '1970-01-01 00:00:00')"],
  ['note', 'seen_at', 'date(seen_at)'],
  ['note', 'seen_at', 'substr(seen_at, 1, 19)'],
  ['note', 'sent_at', 'max(sent_at, 1)'],
  ['note', 'sent_at', 'coalesce(sent_at, 0)'],
  ['note', 'day', "strftime('%Y-%m', day)"],
  ['note', 'day', "min(day, '2037-12-31')"],
  ['note', 'done', 'coalesce(done, 0)'],
  ['note', 'kind', "'a'"],
  ['note', 'nickname', 'substr(nickname, 1, 10)'],
  ['note', 'nickname', 'trim(nickname)'],
  ['note', 'nickname', 'lower(nickname)'],
  ['note', 'nickname', "nullif(nickname, '')"],
  ['note', 'rank', 'coalesce(rank, 5)'],
  ['note', 'rank', 'min(rank, 1000)'],
  ['note', 'language', 'substr(language, 1, 2)'],
  ['note', 'ratio', 'round(ratio, 3)'],
  ['strict', 'text', 'substr(text, 1, 255)'],
  ['strict', 'number', 'abs(number)'],
  ['strict', 'size', 'round(size)'],
  ['strict', 'bytes', 'substr(bytes, 1, 255)'],
]

/** What changes no value that was there. */
const harmless: readonly string[] = [
  "UPDATE note SET title = coalesce(title, '')",
  'UPDATE note SET title = title, body = body, price = price, settings = settings, picture = picture',
  'UPDATE note SET stock = stock + 0',
  'UPDATE note SET body = body WHERE body IS NOT NULL',
  'UPDATE note SET price = CAST(price AS REAL)',
  'UPDATE note SET total = round(total, 2)',
  'UPDATE note SET day = date(day)',
  'UPDATE note SET sent_at = CAST(sent_at AS INTEGER)',
  'UPDATE note SET code = substr(code, 1, 12), kind = lower(kind), done = CASE WHEN done THEN 1 WHEN done = 0 THEN 0 END',
  'UPDATE note SET title = (SELECT n.title FROM note AS n WHERE n.id = note.id)',
  'DELETE FROM note WHERE author_id NOT IN (SELECT id FROM author)',
  'DELETE FROM note WHERE code <> substr(code, 1, 12)',
  'ALTER TABLE note ADD COLUMN excerpt TEXT; UPDATE note SET excerpt = substr(trim(coalesce(body, title)), 1, 80)',
  'ALTER TABLE note ADD COLUMN cents INTEGER; UPDATE note SET cents = CAST(round(total * 100) AS INTEGER)',
  'ALTER TABLE note ADD COLUMN happened_on TEXT; UPDATE note SET happened_on = date(happened_at)',
  "ALTER TABLE note ADD COLUMN tags TEXT; UPDATE note SET tags = json_extract(settings, '$.tags')",
  'ALTER TABLE author ADD COLUMN stock INTEGER NOT NULL DEFAULT 0; UPDATE author SET stock = coalesce((SELECT sum(note.stock) FROM note WHERE author_id = author.id), 0)',
  'CREATE TABLE sums AS SELECT author_id, count(*) AS notes, sum(stock) AS stock, avg(price) AS price FROM note GROUP BY author_id',
  'CREATE INDEX note_title ON note (lower(title), day)',
  `CREATE TABLE strict_new (id INTEGER PRIMARY KEY, text TEXT, number INTEGER, size REAL, bytes BLOB, any ANY, more TEXT) STRICT;
   INSERT INTO strict_new SELECT *, substr(text, 1, 10) FROM strict; DROP TABLE strict; ALTER TABLE strict_new RENAME TO strict`,
]

/** The checks of values, which need no golden schema of the last version. */
const lookingAtRows = checks.filter(({ name }) =>
  ['rows', 'conversions', 'foreign keys', 'integrity', 'references', 'rerun', 'stepwise'].includes(name),
)

const named = ([table, column, expression]: (typeof lossy)[number]) => `${table}.${column} = ${expression}`
const updateOf = ([table, column, expression]: (typeof lossy)[number]) =>
  `UPDATE ${table} SET ${column} = ${expression}`

it('what a later migration loses is a problem of the drafted rows', () => {
  const { fixtures } = freezeHistory({ steps })
  const missed = lossy.filter((change) => {
    const [table] = change
    const problems = verifyUpgrade(suiteOf([...steps, updateOf(change)], fixtures), 'v2', { checks: [rows] })
      .checks.flatMap((check) => check.problems)
      .filter(({ code, subject }) => code === 'rows' && (subject.table ?? subject.name) === table)
    return problems.length === 0
  })
  expect(missed.map(named)).toEqual([])
})

it('what is known when the rows are drafted is a problem, too', () => {
  const changes = lossy.filter(([table], index) => table === 'note' && index % 8 === 0)
  const all = [...steps, ...changes.map(updateOf)]
  const suite = freezeHistory({ steps: all })
  const missed = changes.filter((change) => {
    const problems = verifyUpgrade(suiteOf([...steps, updateOf(change)], suite.fixtures), 'v2', {
      checks: [rows],
    }).checks.flatMap((check) => check.problems)
    return problems.length === 0
  })
  expect(missed.map(named)).toEqual([])
})

it('what loses nothing is no problem', () => {
  const { fixtures } = freezeHistory({ steps })
  const found = harmless.flatMap((step) =>
    ['v1', 'v2'].flatMap((snapshot) =>
      verifyUpgrade(suiteOf([...steps, step], fixtures), snapshot, { checks: lookingAtRows })
        .checks.flatMap(({ problems }) => problems)
        .map(({ code, subject, actual }) => [step, snapshot, code, subject.name, actual]),
    ),
  )
  expect(found).toEqual([])
})
