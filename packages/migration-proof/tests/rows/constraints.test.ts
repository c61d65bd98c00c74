/**
 * Goal: rows are found for the constraints that projects write, each constraint is broken alone, and where that cannot be,
 * the reason is a true one.
 */
import { describe, expect, it, onTestFinished } from 'vitest'
import { betterSqliteConnection, openImage, openMemory } from '../../src/engines/better-sqlite3.ts'
import { readRowConditions } from '../../src/rows/expression.ts'
import { parentsFirst, RowGenerator } from '../../src/rows/generate.ts'
import { ordinaryTables } from '../../src/snapshots/tables.ts'

function open(ddl: string) {
  const connection = betterSqliteConnection(openMemory())
  connection.exec('PRAGMA foreign_keys = ON')
  connection.exec(ddl)
  const generator = new RowGenerator(connection)
  onTestFinished(() => {
    generator.close()
    connection.close()
  })
  const tables = parentsFirst(connection, ordinaryTables(connection))
  return { connection, generator, tables }
}

/** Two tables, of which a trigger of the second reads the first. */
const closable =
  'CREATE TABLE p (id INTEGER PRIMARY KEY, closed INT NOT NULL CHECK (closed IN (0, 1))); CREATE TABLE t (id INTEGER PRIMARY KEY, p INT NOT NULL REFERENCES p (id))'

describe('a table', () => {
  const cases: readonly (readonly [string, string])[] = [
    [
      'lists in three columns',
      `CREATE TABLE t (x NOT NULL CHECK (x IN ('a','b')), y NOT NULL CHECK (y IN (1,2)), z NOT NULL CHECK (z IN ('e','f')))`,
    ],
    [
      'texts and blobs of a length',
      'CREATE TABLE t (id TEXT PRIMARY KEY CHECK (length(id) = 36), b BLOB NOT NULL CHECK (length(b) = 16))',
    ],
    ['a GLOB of two letters', `CREATE TABLE t (c TEXT NOT NULL CHECK (c GLOB '[A-Z][A-Z]'))`],
    ['a GLOB and a length', `CREATE TABLE t (u TEXT CHECK (u GLOB '[0-9a-f][0-9a-f]-*' AND length(u) = 36))`],
    ['a sum', 'CREATE TABLE t (a INT NOT NULL, b INT NOT NULL, CHECK (a + b = 10), CHECK (a * 2 < b))'],
    [
      'an order of three columns',
      'CREATE TABLE t (a REAL NOT NULL, b REAL NOT NULL, c REAL NOT NULL, CHECK (a < b AND b < c), CHECK (c - a <= 1))',
    ],
    [
      'JSON',
      `CREATE TABLE t (j TEXT NOT NULL CHECK (json_type(j) = 'object' AND json_extract(j, '$.a.b') > 5), k TEXT CHECK (json_array_length(k) = 3))`,
    ],
    [
      'JSON that is unique',
      `CREATE TABLE t (j TEXT NOT NULL UNIQUE CHECK (json_valid(j) AND json_type(j) = 'object'))`,
    ],
    [
      'dates in a form',
      `CREATE TABLE t (d TEXT NOT NULL CHECK (datetime(d) = d), e TEXT NOT NULL CHECK (e = strftime('%Y-%m-%d', e)))`,
    ],
    [
      'dates in a form of its own, on the same day',
      `CREATE TABLE t (s TEXT NOT NULL CHECK (s IS strftime('%Y-%m-%dT%H:%M', s)), e TEXT NOT NULL CHECK (e IS strftime('%Y-%m-%dT%H:%M', e)), CHECK (e > s), CHECK (substr(s, 1, 10) = substr(e, 1, 10)))`,
    ],
    [
      'a trigger that raises for a query',
      `CREATE TABLE p (id INTEGER PRIMARY KEY, closed INT NOT NULL CHECK (closed IN (0, 1))); CREATE TABLE t (id INTEGER PRIMARY KEY, p INT NOT NULL REFERENCES p (id)); CREATE TRIGGER r BEFORE INSERT ON t BEGIN SELECT CASE WHEN (SELECT closed FROM p WHERE id = NEW.p) THEN RAISE(ABORT, 'closed') END; END`,
    ],
    [
      'dates in order',
      'CREATE TABLE t (s TEXT NOT NULL, e TEXT NOT NULL, CHECK (julianday(e) > julianday(s)))',
    ],
    [
      'a CASE',
      `CREATE TABLE t (kind TEXT NOT NULL CHECK (kind IN ('card','cash')), card TEXT, cash INT, CHECK (CASE kind WHEN 'card' THEN card IS NOT NULL AND cash IS NULL ELSE cash IS NOT NULL END))`,
    ],
    [
      'an e-mail address',
      `CREATE TABLE t (m TEXT NOT NULL UNIQUE COLLATE NOCASE CHECK (m LIKE '%_@_%.__%' AND lower(m) = m AND trim(m) = m))`,
    ],
    [
      'generated columns',
      'CREATE TABLE t (a INT, b INT AS (a * 2) STORED CHECK (b > 10 AND b % 4 = 0), c TEXT AS (upper(d)) UNIQUE, d TEXT NOT NULL)',
    ],
    [
      'STRICT types',
      'CREATE TABLE t (i INTEGER NOT NULL, r REAL, x TEXT NOT NULL, b BLOB, a ANY, PRIMARY KEY (i, x)) STRICT, WITHOUT ROWID',
    ],
    [
      'partial and expression indexes',
      `CREATE TABLE t (id INTEGER PRIMARY KEY, s TEXT NOT NULL, o INT, v TEXT); CREATE UNIQUE INDEX i ON t (o) WHERE s = 'open'; CREATE UNIQUE INDEX k ON t (lower(v))`,
    ],
    [
      'a trigger that raises',
      `CREATE TABLE t (n INT NOT NULL); CREATE TRIGGER r BEFORE INSERT ON t WHEN NEW.n < 100 BEGIN SELECT RAISE(ABORT, 'a; b') WHERE NEW.n <> 7; END`,
    ],
    [
      'a row that refers to itself',
      'CREATE TABLE t (id INTEGER PRIMARY KEY, p INTEGER NOT NULL REFERENCES t (id))',
    ],
    ['one row alone', 'CREATE TABLE t (id INTEGER PRIMARY KEY CHECK (id = 1), v TEXT NOT NULL)'],
    [
      'types by typeof',
      `CREATE TABLE t (x CHECK (typeof(x) = 'integer'), y CHECK (typeof(y) IN ('text','null')))`,
    ],
    ['digits alone', `CREATE TABLE t (w TEXT CHECK (w NOT GLOB '*[^0-9]*' AND length(w) BETWEEN 8 AND 10))`],
    ['bits', 'CREATE TABLE t (f INT NOT NULL CHECK (f & 3 = 0 AND f > 0))'],
    ['a prefix', `CREATE TABLE t (z TEXT CHECK (instr(z, ':') > 0 AND substr(z, 1, 4) = 'did:'))`],
    [
      'a parent for each row',
      'CREATE TABLE p (id INT PRIMARY KEY, v TEXT NOT NULL); CREATE TABLE t (id INT PRIMARY KEY REFERENCES p (id), n TEXT NOT NULL)',
    ],
    [
      'a key of two columns in another order',
      'CREATE TABLE p (v TEXT NOT NULL, w TEXT NOT NULL, u INT UNIQUE, PRIMARY KEY (w, v)); CREATE TABLE t (a INT REFERENCES p (u), x TEXT, y TEXT, FOREIGN KEY (x, y) REFERENCES p (V, W) DEFERRABLE INITIALLY DEFERRED)',
    ],
    [
      'one of three columns',
      'CREATE TABLE t (x TEXT, y TEXT, z TEXT, CHECK ((x IS NOT NULL) + (y IS NOT NULL) + (z IS NOT NULL) = 1))',
    ],
    [
      'one of three columns, by CASE and by iif',
      'CREATE TABLE t (x TEXT, y INT, z BLOB, CHECK (CASE WHEN x IS NULL THEN 0 ELSE 1 END + iif(y IS NULL, 0, 1) + CASE WHEN z IS NOT NULL THEN 1 ELSE 0 END = 1))',
    ],
    [
      'at least two of three columns',
      'CREATE TABLE t (x TEXT, y TEXT, z TEXT, CHECK ((x IS NOT NULL) + (y IS NOT NULL) + (z IS NOT NULL) >= 2))',
    ],
    [
      'one of three columns that is not empty',
      `CREATE TABLE t (x TEXT, y TEXT, z TEXT, CHECK (coalesce(x <> '', 0) + coalesce(y <> '', 0) + coalesce(z <> '', 0) = 1))`,
    ],
    [
      'columns that count differently',
      'CREATE TABLE t (a INT, b INT, c INT, CHECK ((a IS NOT NULL AND a > 5) + (b IS NOT NULL) * 2 + (c IS NULL) * 4 = 5))',
    ],
    [
      'columns that are NULL together',
      'CREATE TABLE t (x TEXT, y TEXT, z TEXT, CHECK ((x IS NULL) = (y IS NULL)), CHECK ((y IS NULL) = (z IS NULL)))',
    ],
    [
      'columns that are all NULL or none',
      'CREATE TABLE t (x TEXT, y TEXT, z TEXT, CHECK ((x IS NULL) + (y IS NULL) + (z IS NULL) IN (0, 3)))',
    ],
    [
      'an exclusive arc',
      'CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE q (id INTEGER PRIMARY KEY); CREATE TABLE t (p INT REFERENCES p (id), q INT REFERENCES q (id), CHECK ((p IS NULL) <> (q IS NULL)))',
    ],
    [
      'an implication',
      `CREATE TABLE t (s TEXT NOT NULL CHECK (s IN ('new', 'done')), a INT NOT NULL, b INT, CHECK (s <> 'done' OR (b IS NOT NULL AND b > a)))`,
    ],
    [
      'a kind for each column',
      `CREATE TABLE t (k TEXT NOT NULL CHECK (k IN ('x', 'y')), x INT, y INT, CHECK ((k = 'x') = (x IS NOT NULL)), CHECK ((k = 'y') = (y IS NOT NULL)))`,
    ],
    [
      'a sum within ranges',
      'CREATE TABLE t (a INT NOT NULL CHECK (a BETWEEN 20 AND 35), b INT NOT NULL CHECK (b BETWEEN 20 AND 35), c INT NOT NULL CHECK (c BETWEEN 20 AND 40), CHECK (a + b + c = 100))',
    ],
    [
      'a generated column that is unique and has a length',
      `CREATE TABLE t (id INTEGER PRIMARY KEY, first TEXT NOT NULL, last TEXT NOT NULL, whole TEXT AS (first || ' ' || last) UNIQUE CHECK (length(whole) BETWEEN 10 AND 12))`,
    ],
    [
      'a generated column of another one',
      `CREATE TABLE t (doc TEXT NOT NULL, name TEXT AS (json_extract(doc, '$.name')) CHECK (length(name) > 3), slug TEXT AS (lower(name)) UNIQUE CHECK (slug GLOB 'a*'))`,
    ],
    [
      'a product that is generated',
      'CREATE TABLE t (n INT NOT NULL, price INT NOT NULL, total INT AS (n * price) STORED CHECK (total BETWEEN 1000 AND 2000))',
    ],
    [
      'a generated reference',
      'CREATE TABLE p (id INT PRIMARY KEY); CREATE TABLE t (a INT NOT NULL, b INT AS (a + 1) REFERENCES p (id))',
    ],
    [
      'a row that refers to itself alone',
      'CREATE TABLE t (id INT PRIMARY KEY, parent INTEGER NOT NULL REFERENCES t (id), next INTEGER NOT NULL UNIQUE REFERENCES t (id), name TEXT NOT NULL, UNIQUE (parent, name))',
    ],
    [
      'two tables that refer to each other',
      'CREATE TABLE a (id INTEGER PRIMARY KEY, b INT NOT NULL REFERENCES b (id)); CREATE TABLE b (id INTEGER PRIMARY KEY, a INT NOT NULL REFERENCES a (id))',
    ],
  ]

  it.for(cases)('with %s has rows, and each of its constraints is broken alone', ([, ddl]) => {
    const { connection, generator, tables } = open(ddl)
    for (const table of tables)
      expect(generator.cover(table).length, `${generator.problemOf(table)}`).toBeGreaterThan(0)
    const open_ = generator.refuse(tables).flatMap(({ unbroken }) => unbroken)
    expect(open_.filter(({ reason }) => reason === null).map(({ constraint }) => constraint.label)).toEqual(
      [],
    )
    expect(connection.all('PRAGMA foreign_key_check')).toEqual([])
    expect(connection.inTransaction).toBe(false)
  })

  it.for([
    [
      'an INTEGER PRIMARY KEY',
      'CREATE TABLE t (id INTEGER PRIMARY KEY NOT NULL)',
      'NOT NULL of id',
      /next number/,
    ],
    [
      'a key within another',
      'CREATE TABLE t (a INT PRIMARY KEY, b INT, UNIQUE (a, b))',
      'UNIQUE (a, b)',
      /share PRIMARY KEY \(a\) as well/,
    ],
    [
      'a CHECK that refuses NULL',
      `CREATE TABLE t (a NOT NULL CHECK (typeof(a) = 'blob'))`,
      'NOT NULL of a',
      /a NULL breaks CHECK .* as well/,
    ],
    [
      'a list within a type',
      'CREATE TABLE t (a INTEGER PRIMARY KEY CHECK (a IN (1, 2, 3)))',
      'the type INTEGER of a',
      /no value that CHECK .* allows breaks it/,
    ],
    [
      'LIKE, which matches no BLOB',
      `CREATE TABLE t (s TEXT CHECK (s IS NULL OR s LIKE 'a%')) STRICT`,
      'the type TEXT of s',
      /no BLOB meets CHECK \(s is null or s like 'a%'\)/,
    ],
    [
      'a bound that no text meets',
      'CREATE TABLE t (r REAL NOT NULL CHECK (r >= 0 AND r <= 100)) STRICT',
      'the type REAL of r',
      /no text meets CHECK .*, and no BLOB meets CHECK/,
    ],
    [
      'a text that is as a function makes it',
      'CREATE TABLE t (s TEXT NOT NULL CHECK (trim(s) = s)) STRICT',
      'the type TEXT of s',
      /no BLOB meets CHECK/,
    ],
    [
      'a key of the same text in other letters',
      'CREATE TABLE t (k TEXT NOT NULL UNIQUE); CREATE UNIQUE INDEX i ON t (lower(k))',
      'UNIQUE (k)',
      /rows that share it share UNIQUE INDEX i \(lower\(k\)\) as well/,
    ],
    [
      'a key of the same text by another collation',
      'CREATE TABLE t (k TEXT NOT NULL UNIQUE, UNIQUE (k COLLATE NOCASE))',
      'UNIQUE (k)',
      /rows that share it share UNIQUE \(k\) as well/,
    ],
    [
      'a key in letters that a CHECK leaves alone',
      `CREATE TABLE t (k TEXT PRIMARY KEY CHECK (k <> '' AND k NOT GLOB '*[^a-z0-9_]*')); CREATE UNIQUE INDEX i ON t (lower(k))`,
      'UNIQUE INDEX i (lower(k))',
      /rows that share it share PRIMARY KEY \(k\) as well/,
    ],
    [
      'a row of its own to refer to',
      'CREATE TABLE t (id INTEGER PRIMARY KEY, next INTEGER NOT NULL UNIQUE REFERENCES t (id))',
      'PRIMARY KEY (id)',
      /each row has a row of its own to refer to/,
    ],
    [
      'a NULL in each key',
      'CREATE TABLE t (a INT, b INT, UNIQUE (a, b), CHECK ((a IS NULL) + (b IS NULL) = 1))',
      'UNIQUE (a, b)',
      /a row that breaks it breaks CHECK .* as well/,
    ],
    [
      'NULLs of which another CHECK says more',
      'CREATE TABLE t (a INT, b INT, c INT, CHECK ((a IS NULL) = (b IS NULL)), CHECK ((b IS NULL) = (c IS NULL)), CHECK ((a IS NULL) + (b IS NULL) + (c IS NULL) IN (0, 3)))',
      'CHECK ((a is null) + (b is null) + (c is null) in (0, 3))',
      /a row that breaks it breaks CHECK .* or CHECK .* as well/,
    ],
    [
      'an order that others demand',
      'CREATE TABLE t (price INT NOT NULL CHECK (price >= 0), discount INT NOT NULL CHECK (discount BETWEEN 0 AND price))',
      'CHECK (price >= 0)',
      /it follows from CHECK \(discount between 0 and price\)/,
    ],
    [
      'a product that others bound',
      'CREATE TABLE t (qty INTEGER NOT NULL CHECK (qty > 0), price INTEGER NOT NULL CHECK (price > 0), CHECK (qty * price BETWEEN 1 AND 10000)) STRICT',
      'CHECK (qty > 0)',
      /^it follows from CHECK \(price > 0\) and CHECK \(qty \* price between 1 and 10000\)$/,
    ],
    [
      'a part of it that is above 0',
      'CREATE TABLE t (amount INTEGER NOT NULL CHECK (amount > 0), fee INTEGER NOT NULL CHECK (fee > 0), CHECK (fee <= amount / 10)) STRICT',
      'CHECK (amount > 0)',
      /^it follows from CHECK \(fee > 0\) and CHECK \(fee <= amount \/ 10\)$/,
    ],
    [
      'a sum of what is not below 0',
      'CREATE TABLE t (a INT NOT NULL CHECK (a BETWEEN 0 AND 9), b INT NOT NULL CHECK (b IN (0, 1)), total INT NOT NULL CHECK (total >= 0), CHECK (total = a + b))',
      'CHECK (total >= 0)',
      /^it follows from CHECK \(a between 0 and 9\) and CHECK \(b in \(0, 1\)\) and CHECK \(total = a \+ b\)$/,
    ],
    [
      'a value that is always so',
      'CREATE TABLE t (a INTEGER NOT NULL CHECK (abs(a) >= 0)) STRICT',
      'CHECK (abs(a) >= 0)',
      /^no number breaks it$/,
    ],
    [
      'JSON that the schema reads',
      `CREATE TABLE t (doc TEXT CHECK (json_valid(doc)), n AS (json_extract(doc, '$.n')) STORED)`,
      'CHECK (json_valid(doc))',
      /the schema reads doc as JSON/,
    ],
    [
      'a column that is made from it',
      'CREATE TABLE t (title TEXT NOT NULL, slug TEXT AS (lower(title)) NOT NULL)',
      'NOT NULL of title',
      /a NULL breaks NOT NULL of slug as well/,
    ],
    [
      'a trigger that looks up its parent, for a NULL',
      `${closable}; CREATE TRIGGER r BEFORE INSERT ON t WHEN (SELECT closed FROM p WHERE id = NEW.p) IS NOT 0 BEGIN SELECT RAISE(ABORT, 'closed'); END`,
      'NOT NULL of p',
      /^the trigger r, which raises where .*, refuses it as well$/,
    ],
    [
      'a trigger that looks up its parent',
      `${closable}; CREATE TRIGGER r BEFORE INSERT ON t BEGIN SELECT RAISE(ABORT, 'closed') WHERE NOT EXISTS (SELECT 1 FROM p WHERE p.id = NEW.p AND p.closed = 0); END`,
      'FOREIGN KEY (p) REFERENCES p (id)',
      /^the trigger r, which raises where .*, refuses it as well$/,
    ],
    [
      'a trigger that keeps what it reads of its parent',
      `${closable}; CREATE TABLE log (was INT NOT NULL); CREATE TRIGGER r BEFORE INSERT ON t BEGIN INSERT INTO log VALUES ((SELECT closed FROM p WHERE id = NEW.p)); END`,
      'FOREIGN KEY (p) REFERENCES p (id)',
      /^what trigger r does fails first without a row of p$/,
    ],
    [
      'a date that is made from it',
      `CREATE TABLE t (out_on TEXT NOT NULL, due TEXT NOT NULL, CHECK (due IS date(out_on, '+14 days')))`,
      'NOT NULL of out_on',
      /^a NULL makes due NULL by CHECK \(due is date\(out_on, '\+14 days'\)\), and breaks NOT NULL of due as well$/,
    ],
    [
      'a table of one row',
      'CREATE TABLE t (id INTEGER PRIMARY KEY CHECK (id BETWEEN 1 AND 1), v TEXT NOT NULL UNIQUE)',
      'UNIQUE (v)',
      /^the table holds one row at most by PRIMARY KEY \(id\)$/,
    ],
    [
      'a list with NULL, which refuses nothing',
      `CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT CHECK (x IN ('a', NULL)))`,
      `CHECK (x in ('a', null))`,
      /^the other conditions of the row refuse each row that it refuses$/,
    ],
    [
      'a condition that is always so',
      'CREATE TABLE t (id INTEGER PRIMARY KEY, n INT NOT NULL, CHECK (n > 5 OR n <= 5))',
      'CHECK (n > 5 or n <= 5)',
      /^the other conditions of the row refuse each row that it refuses$/,
    ],
    [
      'a key that another is equal to, by a collation that is no finer than that of its own key',
      'CREATE TABLE t (email TEXT NOT NULL UNIQUE COLLATE NOCASE, login TEXT NOT NULL UNIQUE, CHECK (login = email))',
      'UNIQUE (login)',
      /^rows that share it share UNIQUE \(email\) as well, by CHECK/,
    ],
    [
      'ON CONFLICT IGNORE',
      'CREATE TABLE t (a INT NOT NULL ON CONFLICT IGNORE)',
      'NOT NULL of a',
      /ON CONFLICT IGNORE refuses no row/,
    ],
  ] as const)('with %s says why no row breaks it alone', ([, ddl, label, reason]) => {
    const { generator, tables } = open(ddl)
    for (const table of tables) generator.cover(table)
    const unbroken = generator.refuse(tables).flatMap((one) => one.unbroken)
    expect(unbroken.find(({ constraint }) => constraint.label === label)?.reason).toMatch(reason)
  })

  it.for([
    ['^[a-z]{2}-\\d+$', /^[a-z]{2}-\d+$/],
    ['^(https?|ftp)://[\\w.]+(:[0-9]{2,5})?/', /^(https?|ftp):\/\/[\w.]+(:[0-9]{2,5})?\//],
    ['colou?r', /colou?r/],
    ['^[^0-9]{3}$', /^[^0-9]{3}$/],
    ['^(?:a|b)+\\.$', /^(?:a|b)+\.$/],
  ] as const)('with REGEXP %j, where the program defines it, has rows', ([pattern, expected]) => {
    const database = openMemory()
    database.function('regexp', { deterministic: true }, (regexp, text) =>
      text === null ? null : Number(new RegExp(String(regexp)).test(String(text))),
    )
    const connection = betterSqliteConnection(database)
    connection.exec(`CREATE TABLE t (x TEXT NOT NULL UNIQUE CHECK (x REGEXP '${pattern}'))`)
    const generator = new RowGenerator(connection)
    onTestFinished(() => connection.close())
    const rows = generator.cover('t')
    expect(rows.length, `${generator.problemOf('t')}`).toBeGreaterThan(0)
    for (const row of rows) expect(row.get('x')).toMatch(expected)
    expect(generator.refuse(['t'])[0]?.unbroken.filter(({ reason }) => reason === null)).toEqual([])
  })

  it.for([
    [
      'a CHECK',
      `CREATE TABLE t (x TEXT CHECK (x REGEXP '^a'), y INT NOT NULL)`,
      "CHECK (x regexp '^a'): no such function: regexp",
    ],
    [
      'a generated column',
      'CREATE TABLE t (x TEXT, y INT NOT NULL, z AS (regexp(x, 1)))',
      'SQLite answers: unknown function: regexp()',
    ],
    [
      'a trigger',
      `CREATE TABLE t (x TEXT, y INT NOT NULL); CREATE TRIGGER r BEFORE INSERT ON t WHEN new.x REGEXP 'b' BEGIN SELECT RAISE(ABORT, 'no'); END`,
      'no such function: regexp',
    ],
  ] as const)('with a function in %s that is missing here is named with it', ([, ddl, problem]) => {
    const database = openMemory()
    database.function('regexp', { deterministic: true }, (_pattern, _text) => 1)
    database.exec(ddl)
    const other = openImage(database.serialize())
    database.close()
    const connection = betterSqliteConnection(other)
    const generator = new RowGenerator(connection)
    onTestFinished(() => connection.close())
    expect(generator.cover('t')).toEqual([])
    expect(generator.problemOf('t')).toContain(problem)
    expect(generator.refuse(['t'])[0]?.refused).toEqual([])
    expect(connection.inTransaction).toBe(false)
  })

  it('that takes no row is named with the constraint, and the values that were tried', () => {
    const { generator } = open(
      `CREATE TABLE t (a CHECK (a = 1 AND a = 2), b NOT NULL CHECK (b IS a AND b > 1))`,
    )
    expect(generator.cover('t')).toEqual([])
    expect(generator.problemOf('t')).toMatch(
      /^no row was found that meets (CHECK|NOT NULL) .* \(tried: a (NULL|1|2), /,
    )
  })
})

describe('a constraint is broken alone,', () => {
  it.for([
    [
      'although it seems to be within another',
      `CREATE TABLE t (k TEXT NOT NULL); CREATE UNIQUE INDEX i ON t (lower(k)); CREATE UNIQUE INDEX j ON t (k COLLATE NOCASE) WHERE k <> 'x'`,
      ['UNIQUE INDEX i (lower(k))'],
    ],
    [
      'although most values of another type break another',
      `CREATE TABLE t (j TEXT NOT NULL CHECK (json_valid(j) AND json_type(j) = 'object'), d TEXT CHECK (d = date(d))) STRICT`,
      ['the type TEXT of j', 'the type TEXT of d'],
    ],
    [
      'although a NULL may lift an order that others demand',
      'CREATE TABLE t (price INT NOT NULL CHECK (price >= 0), discount INT CHECK (discount BETWEEN 0 AND price))',
      ['CHECK (price >= 0)'],
    ],
    [
      'although a trigger looks for two values of one row, and for none of its own',
      `CREATE TABLE vote (id INTEGER PRIMARY KEY, poll INT NOT NULL, voter TEXT NOT NULL, multi INT NOT NULL CHECK (multi IN (0, 1))); CREATE TRIGGER one BEFORE INSERT ON vote WHEN new.multi = 0 AND EXISTS (SELECT 1 FROM vote AS v WHERE v.poll = new.poll AND new.voter = v.voter) BEGIN SELECT RAISE(ABORT, 'voted'); END`,
      [
        'trigger one, which raises where (new.multi = 0 and exists (select 1 from vote as v where v.poll = new.poll and new.voter = v.voter))',
      ],
    ],
    [
      'although a trigger reads the parent, but another table allows it',
      `${closable}; CREATE TABLE free (id INT); CREATE TRIGGER r BEFORE INSERT ON t WHEN NOT EXISTS (SELECT 1 FROM p WHERE id = NEW.p) AND NOT EXISTS (SELECT 1 FROM free WHERE id = NEW.p) BEGIN SELECT RAISE(ABORT, 'no'); END`,
      ['FOREIGN KEY (p) REFERENCES p (id)'],
    ],
    [
      'although a date that is made from it is there',
      `CREATE TABLE t (out_on TEXT NOT NULL CHECK (out_on IS date(out_on)), due TEXT NOT NULL, CHECK (due IS date(out_on, '+14 days'))) STRICT`,
      ['NOT NULL of due'],
    ],
    [
      'although a part of it is not below 0',
      'CREATE TABLE t (amount INTEGER NOT NULL CHECK (amount > 0), fee INTEGER NOT NULL CHECK (fee >= 0), CHECK (fee <= amount / 10)) STRICT',
      ['CHECK (amount > 0)'],
    ],
    [
      'although a product says so of numbers: a text that begins with one is above 0, and counts as it',
      'CREATE TABLE t (qty INTEGER NOT NULL CHECK (qty > 0), price INTEGER NOT NULL CHECK (price > 0), CHECK (qty * price BETWEEN 1 AND 10000))',
      ['CHECK (qty > 0)', 'CHECK (price > 0)'],
    ],
    [
      'although a sum says so of numbers',
      'CREATE TABLE t (a INT NOT NULL CHECK (a >= 0), b INT NOT NULL CHECK (b >= 0), total INT NOT NULL CHECK (total >= 0), CHECK (total = a + b))',
      ['CHECK (total >= 0)'],
    ],
    [
      'although a product says so of numbers, but of one without end times 0',
      'CREATE TABLE t (qty REAL NOT NULL CHECK (qty > 0), price REAL NOT NULL CHECK (price > 0), CHECK (qty * price >= 1)) STRICT',
      ['CHECK (qty > 0)'],
    ],
    [
      'although numbers that are equal differ as texts',
      'CREATE TABLE t (k, UNIQUE (k)); CREATE UNIQUE INDEX i ON t (lower(k))',
      ['UNIQUE INDEX i (lower(k))'],
    ],
    [
      'although a generated column has a value for NULL',
      `CREATE TABLE t (a INT NOT NULL, b INT AS (coalesce(a, 0)) NOT NULL)`,
      ['NOT NULL of a'],
    ],
    [
      'although each value of a list meets it: not NULL',
      'CREATE TABLE t (x INT CHECK (x IN (1, 2)), CHECK (coalesce(x, 0) > 0))',
      ['CHECK (coalesce(x, 0) > 0)'],
    ],
    [
      'although each value of a list meets it: not as another form of the number',
      `CREATE TABLE t (x NOT NULL CHECK (x IN (1, 2)), CHECK (typeof(x) = 'integer')); CREATE TABLE u (x ANY NOT NULL CHECK (x IN (1, 2)), CHECK (typeof(x) <> 'real')) STRICT`,
      [`CHECK (typeof(x) = 'integer')`, `CHECK (typeof(x) <> 'real')`],
    ],
    [
      'although each value of a list meets it: not in other letters',
      `CREATE TABLE t (id INTEGER PRIMARY KEY, code TEXT COLLATE NOCASE NOT NULL CHECK (code IN ('eur', 'usd')), CHECK (code GLOB '[a-z]*'))`,
      [`CHECK (code glob '[a-z]*')`],
    ],
    [
      'although each value that a list allows may have a parent: not where there is none',
      `CREATE TABLE role (name TEXT PRIMARY KEY NOT NULL CHECK (name IN ('a', 'b'))); CREATE TABLE u (id INTEGER PRIMARY KEY, role TEXT NOT NULL REFERENCES role (name) CHECK (role IN ('a', 'b')))`,
      ['FOREIGN KEY (role) REFERENCES role (name)'],
    ],
    [
      'although a column is what a function makes of it',
      'CREATE TABLE t (id INTEGER PRIMARY KEY, at TEXT NOT NULL CHECK (at IS date(at)))',
      ['NOT NULL of at'],
    ],
    [
      'although an index has a value for NULL',
      `CREATE TABLE t (id INTEGER PRIMARY KEY, at TEXT NOT NULL); CREATE UNIQUE INDEX i ON t (coalesce(at, 'none'))`,
      ['NOT NULL of at'],
    ],
    [
      'although a CHECK has them equal: texts that are one number',
      'CREATE TABLE t (a INT NOT NULL, b TEXT NOT NULL, UNIQUE (a), UNIQUE (b), CHECK (b = a))',
      ['UNIQUE (a)'],
    ],
    [
      'although a CHECK has them equal: texts that are one in other letters',
      'CREATE TABLE t (email TEXT NOT NULL UNIQUE COLLATE NOCASE, login TEXT NOT NULL UNIQUE, CHECK (login = email)); CREATE TABLE u (a TEXT COLLATE NOCASE NOT NULL UNIQUE, b TEXT NOT NULL UNIQUE, CHECK (a = b))',
      ['UNIQUE (email)', 'UNIQUE (a)'],
    ],
    [
      'although rows refer to rows of their own: a key in other letters is another one',
      'CREATE TABLE t (id TEXT NOT NULL UNIQUE COLLATE NOCASE, next TEXT NOT NULL UNIQUE REFERENCES t (id))',
      ['UNIQUE (id)'],
    ],
    [
      'although a CASE without ELSE says nothing of the other rows',
      'CREATE TABLE t (k TEXT NOT NULL, a INT NOT NULL, CHECK (CASE WHEN a > 5 THEN a < 9 END), CHECK (a > 5))',
      ['CHECK (a > 5)'],
    ],
    [
      'although a trigger reads the rows of a table whose parents were made for it',
      `CREATE TABLE team (id INTEGER PRIMARY KEY, cap INTEGER NOT NULL CHECK (cap > 0), name TEXT NOT NULL UNIQUE, lead INTEGER REFERENCES member (id));
       CREATE TABLE member (id INTEGER PRIMARY KEY, team INTEGER NOT NULL REFERENCES team (id));
       CREATE TRIGGER full BEFORE INSERT ON member BEGIN SELECT RAISE(ABORT, 'full') WHERE (SELECT count(*) FROM member WHERE team = NEW.team) >= (SELECT cap FROM team WHERE id = NEW.team); END`,
      [
        'NOT NULL of name',
        'NOT NULL of cap',
        'CHECK (cap > 0)',
        'UNIQUE (name)',
        'FOREIGN KEY (lead) REFERENCES member (id)',
      ],
    ],
  ] as const)('%s', ([, ddl, labels]) => {
    const { generator, tables } = open(ddl)
    for (const table of tables) generator.cover(table)
    const found = generator
      .refuse(tables)
      .flatMap(({ refused }) => refused.map(({ constraint }) => constraint.label))
    expect(labels.filter((label) => !found.includes(label))).toEqual([])
  })
})

describe('a row that a constraint refuses', () => {
  it('meets every other one, also a CASE that passes over NULL', () => {
    const { generator } = open(
      `CREATE TABLE i (id INTEGER PRIMARY KEY, status TEXT NOT NULL CHECK (status IN ('draft', 'paid')), paid_on TEXT,
        CHECK (CASE status WHEN 'paid' THEN paid_on IS NOT NULL ELSE paid_on IS NULL END))`,
    )
    generator.cover('i')
    const refused = generator.refuse(['i'])[0]?.refused.filter(({ code }) => code.endsWith('NOTNULL')) ?? []
    expect(refused.length).toBeGreaterThan(0)
    for (const { row } of refused) expect(row.get('paid_on')).toBeNull()
  })

  it('has no reason that says that the schema reads each text as JSON, where it reads some', () => {
    const { generator } = open(
      `CREATE TABLE t (kind TEXT NOT NULL, doc TEXT CHECK (json_valid(doc)), n AS (CASE WHEN kind = 'j' THEN json_extract(doc, '$.n') END) STORED)`,
    )
    generator.cover('t')
    const [{ unbroken } = { unbroken: [] }] = generator.refuse(['t'])
    expect(unbroken.map(({ reason }) => reason).filter((reason) => reason?.includes('as JSON'))).toEqual([])
  })

  it('is not counted where a reference that is declared twice refuses it', () => {
    const { generator, tables } = open(
      'CREATE TABLE p (a INT PRIMARY KEY NOT NULL); CREATE TABLE c (x INT REFERENCES p (a), FOREIGN KEY (x) REFERENCES p (a))',
    )
    for (const table of tables) generator.cover(table)
    const { refused = [], unbroken = [] } = generator.refuse(tables).at(-1) ?? {}
    expect(refused.map(({ constraint }) => constraint.label)).toEqual(['FOREIGN KEY (x) REFERENCES p (a)'])
    expect(unbroken.map(({ reason }) => reason)).toEqual([
      'a row that breaks it breaks another FOREIGN KEY (x) REFERENCES p (a) as well',
    ])
  })
})

describe('the rows of a table', () => {
  it('show every nullable column with and without a value, another value than the default, and values that repeat', () => {
    const { connection, generator } = open(
      `CREATE TABLE t (id INTEGER PRIMARY KEY, a INT, b INT DEFAULT 5, c TEXT NOT NULL DEFAULT 'x', d INT NOT NULL)`,
    )
    generator.cover('t')
    const [counts] = connection.all(`SELECT
      max(a IS NULL) AS a, max(b IS NULL) AS b, max(b <> 5) AS other_b, max(c <> 'x') AS other_c,
      max((a = d OR b = d OR a = b) AND id = (SELECT min(id) FROM t)) AS equal, count(d) - count(DISTINCT d) AS repeated,
      max(d > 9007199254740992) AS awkward FROM t`)
    expect(counts).toEqual({
      a: 1n,
      b: 1n,
      other_b: 1n,
      other_c: 1n,
      equal: 0n,
      repeated: expect.any(BigInt),
      awkward: 1n,
    })
    expect(counts?.repeated).toBeGreaterThan(0n)
  })

  it('look like their columns', () => {
    const { connection, generator } = open(
      'CREATE TABLE account (email TEXT, homepage_url TEXT, uuid TEXT, did TEXT, created_at TEXT, currency TEXT, settings_json TEXT)',
    )
    generator.fill('account', 1)
    const [row] = connection.all('SELECT * FROM account')
    expect(row).toMatchObject({
      email: expect.stringMatching(/^[^@]+@example\.com$/),
      homepage_url: expect.stringMatching(/^https:/),
      uuid: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
      did: expect.stringMatching(/^did:plc:[0-9a-z]{24}$/),
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
      currency: expect.stringMatching(/^[A-Z]{3}$/),
      settings_json: expect.stringMatching(/^\{.*\}$/),
    })
  })

  it('show JSON as programs keep it', () => {
    const { connection, generator } = open(
      "CREATE TABLE t (j TEXT NOT NULL CHECK (json_valid(j)), k TEXT CHECK (json_type(k) = 'object'))",
    )
    generator.cover('t')
    const shown =
      connection.all(`SELECT max(json_type(j) = 'array') AS list, max(json_type(j, '$.tags[2].deep') IS NOT NULL) AS deep,
      max(json_extract(k, '$.name') LIKE '%''%"%') AS quotes FROM t`)
    expect(shown).toEqual([{ list: 1n, deep: 1n, quotes: 1n }])
  })

  it.for([
    ['opened TEXT NOT NULL, closed TEXT NOT NULL, CHECK (closed > opened)', 'opened', 'closed'],
    ['b TEXT NOT NULL, a TEXT NOT NULL, CHECK (b < a)', 'b', 'a'],
    ['size INT NOT NULL, least INT, CHECK (least IS NULL OR least <= size)', 'least', 'size'],
  ] as const)('show columns that %s orders near each other, and far apart', ([columns, low, high]) => {
    const { connection, generator } = open(`CREATE TABLE t (${columns})`)
    generator.cover('t')
    const pairs = connection
      .all(`SELECT DISTINCT ${low} AS low, ${high} AS high FROM t WHERE ${low} IS NOT NULL`)
      .map(({ low: first, high: second }) => [String(first), String(second)] as const)
    const isNear = pairs.map(
      ([first, second]) => second.startsWith(first.slice(0, 16)) || Number(second) - Number(first) <= 1,
    )
    expect(new Set(isNear)).toEqual(new Set([true, false]))
    expect(pairs.length).toBeGreaterThan(3)
  })

  it('hold another time each where a later statement reads them, or a CHECK does', () => {
    const { connection } = open(
      'CREATE TABLE t (day TEXT NOT NULL); CREATE TABLE u (day TEXT NOT NULL CHECK (day IS date(day)))',
    )
    const generator = new RowGenerator(connection, undefined, undefined, [
      'INSERT INTO n SELECT unixepoch(day) FROM t',
    ])
    generator.fill('t', 3)
    generator.fill('u', 3)
    generator.close()
    expect(connection.all('SELECT count(DISTINCT date(day)) AS days FROM t')).toEqual([{ days: 3n }])
    expect(connection.all('SELECT count(DISTINCT date(day)) AS days FROM u')).toEqual([{ days: 3n }])
  })

  it('differ within a pattern, and are awkward there', () => {
    const { connection, generator } = open("CREATE TABLE t (path TEXT NOT NULL CHECK (path LIKE '/%/'))")
    generator.cover('t')
    expect(
      connection.all(`SELECT count(DISTINCT path) > 2 AS differ, max(path LIKE '%''%') AS quotes FROM t`),
    ).toEqual([{ differ: 1n, quotes: 1n }])
  })

  it('meet what a later statement asks of them, and do not', () => {
    const sql = `UPDATE t AS x SET kind = CASE WHEN x.size > 900 THEN 'big' ELSE kind END WHERE x.kind = 'legacy'`
    const { connection, generator } = open('CREATE TABLE t (kind TEXT, size INT)')
    generator.cover('t', readRowConditions(sql, 't'))
    expect(
      connection.all(`SELECT DISTINCT kind = 'legacy' AS met FROM t WHERE kind IS NOT NULL`),
    ).toHaveLength(2)
    expect(connection.all('SELECT DISTINCT size > 900 AS met FROM t WHERE size IS NOT NULL')).toHaveLength(2)
  })

  it('are the same each time', () => {
    const ddl = `CREATE TABLE t (a TEXT CHECK (length(a) > 3), b INT UNIQUE, c REAL)`
    const rows = () => {
      const { generator } = open(ddl)
      return generator.cover('t').map((row) => [...row])
    }
    expect(rows()).toEqual(rows())
  })
})

describe('the conditions of a statement', () => {
  it.for([
    ['DELETE FROM main.t WHERE a = 1', ['a = 1']],
    ['INSERT INTO n SELECT a FROM T AS q WHERE q.a > 1', ['q.a > 1']],
    ['UPDATE t SET a = CASE b WHEN 1 THEN 2 END', ['(b) = (1)']],
    ['UPDATE other SET a = 1 WHERE b = 2', []],
    ['INSERT INTO n SELECT a FROM t JOIN u WHERE a = 1', []],
    ['not SQL', []],
  ] as const)('%s', ([sql, expected]) => {
    expect(readRowConditions(sql, 't').map((condition) => condition.sql)).toEqual(expected)
  })
})
