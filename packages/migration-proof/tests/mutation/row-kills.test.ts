/**
 * Goal: the rows that are generated for a schema with nothing declared kill every mutant of the published operators that an
 * INSERT can kill, on schemas of the kinds that these are published for.
 */
import { describe, expect, it } from 'vitest'
import { judgeRows } from '../../src/mutation/row-kills.ts'

const schemas: readonly (readonly [string, string])[] = [
  [
    'keys of several columns and their references',
    `CREATE TABLE line (depot VARCHAR(3) NOT NULL, number INT NOT NULL, title TEXT UNIQUE, PRIMARY KEY (depot, number));
     CREATE TABLE stop (id INTEGER PRIMARY KEY NOT NULL, depot VARCHAR(3), number INT, place VARCHAR(20) NOT NULL, at TIME,
       UNIQUE (depot, number, place), FOREIGN KEY (depot, number) REFERENCES line (depot, number));`,
  ],
  [
    'comparisons, alone and in OR, lists, ranges',
    `CREATE TABLE reading (station INT, month INT CHECK (month BETWEEN 1 AND 12), low REAL, high REAL,
       unit TEXT NOT NULL CHECK (unit IN ('C', 'F', 'K')), seen INT, sent INT,
       PRIMARY KEY (station, month), CHECK (low <= high), CHECK (seen = 0 OR seen > sent), CHECK (sent >= 0));`,
  ],
  [
    'a pattern beside a length, conditions of which one follows from others, and a key beside a reference',
    `CREATE TABLE town (zip CHAR(5) NOT NULL, county CHAR(50), PRIMARY KEY (zip), CHECK (length(zip) = 5), CHECK (zip NOT LIKE '%-%'));
     CREATE TABLE house (name VARCHAR(50) PRIMARY KEY NOT NULL, size INTEGER NOT NULL, CHECK (size > 1), CHECK (size <= 10));
     CREATE TABLE guest (id INTEGER PRIMARY KEY, house VARCHAR(50), room INT, sponsor INTEGER REFERENCES guest,
       FOREIGN KEY (house) REFERENCES house (name), CHECK (room BETWEEN 1 AND 10), CHECK (house IS NOT NULL OR room IS NULL),
       CHECK (sponsor < id), UNIQUE (house, room));
     CREATE TABLE item (id INTEGER PRIMARY KEY NOT NULL, price NUMERIC NOT NULL, reduced NUMERIC NOT NULL, kind TEXT CHECK (kind IN ('a', 'b')),
       CHECK (price > 0), CHECK (reduced > 0), CHECK (price > reduced), CHECK (kind = 'a' OR price > 100));`,
  ],
  [
    'a parent for each row, and no key at all',
    `CREATE TABLE person (number INT NOT NULL, name CHAR(20), PRIMARY KEY (number));
     CREATE TABLE wage (number INT NOT NULL, trade INT, PRIMARY KEY (number), FOREIGN KEY (number) REFERENCES person (number),
       FOREIGN KEY (trade) REFERENCES trade (code));
     CREATE TABLE trade (code INT NOT NULL, title CHAR(20), PRIMARY KEY (code));
     CREATE TABLE note (a DECIMAL, b TEXT); CREATE UNIQUE INDEX note_key ON note (a, b);`,
  ],
  [
    'a key that allows one row alone, and one that allows two',
    `CREATE TABLE setting (id INTEGER PRIMARY KEY CHECK (id = 1), owner TEXT NOT NULL, note TEXT,
       size INT CHECK (size >= 0 AND size < 10), kind TEXT CHECK (kind IN ('a', 'b', 'c')), CHECK (note <> owner));
     CREATE TABLE side (name TEXT NOT NULL CHECK (name IN ('left', 'right')), at TEXT, width REAL CHECK (width > 1.5), PRIMARY KEY (name));`,
  ],
  [
    'keys of few values: of two columns, and beside another key',
    `CREATE TABLE t (a INT NOT NULL CHECK (a IN (1, 2)), b INT NOT NULL CHECK (b IN (3, 4)), c TEXT, PRIMARY KEY (a, b));
     CREATE TABLE flag (name TEXT PRIMARY KEY NOT NULL CHECK (name IN ('on', 'off')), d TEXT UNIQUE, n INT CHECK (n > 0));`,
  ],
  [
    'keys of one value, in other words',
    `CREATE TABLE a (id INTEGER PRIMARY KEY CHECK (id BETWEEN 1 AND 1), v TEXT, n INT CHECK (n > 0));
     CREATE TABLE b (id INTEGER PRIMARY KEY CHECK (id IS 1), v TEXT, n INT CHECK (n > 0));
     CREATE TABLE c (id INTEGER PRIMARY KEY, v TEXT, n INT CHECK (n > 0), CHECK (1 = id AND v <> ''));
     CREATE TABLE d (id INTEGER PRIMARY KEY CHECK (id IN (1)), v TEXT NOT NULL, n INT CHECK (n > 0));
     CREATE TABLE e (id INTEGER PRIMARY KEY CHECK (id >= 1 AND id <= 2), v TEXT, n INT CHECK (n > 0));`,
  ],
  [
    'a comparison whose other side asks for more changes, and one within a comparison',
    `CREATE TABLE inv (net INT NOT NULL CHECK (net > 0), vat INT NOT NULL, gross INT NOT NULL, CHECK (gross = net + vat),
       CHECK (vat = net * 19 / 100 OR vat = 0));
     CREATE TABLE node (id INTEGER PRIMARY KEY, parent INTEGER NOT NULL REFERENCES node (id), pos INTEGER NOT NULL CHECK (pos >= 0),
       depth INT NOT NULL CHECK ((parent = id) = (depth = 0)), UNIQUE (parent, pos));`,
  ],
  [
    'a text that no text but bytes break, and one of which one CHECK follows',
    `CREATE TABLE t (id INTEGER PRIMARY KEY, d TEXT NOT NULL CHECK (d >= '2000-01-01'), CHECK (length(d) > 0), CHECK (d <> ''));`,
  ],
  [
    'a key of listed values of which a CHECK refuses some',
    `CREATE TABLE t (n TEXT, m TEXT, id INTEGER PRIMARY KEY, x INT NOT NULL CHECK (x IN (1, 2)), y INT NOT NULL CHECK (y IN (1, 2)),
       CHECK (x <= y), UNIQUE (x, y));`,
  ],
  [
    'two references of several columns that share a column, which one parent limits',
    `CREATE TABLE word (lemma VARCHAR(80), pos CHAR(1) CHECK (pos IN ('n', 'v')), PRIMARY KEY (lemma, pos));
     CREATE TABLE synset (id DECIMAL(9) NOT NULL, pos CHAR(1) NOT NULL, PRIMARY KEY (id, pos));
     CREATE TABLE sense (lemma VARCHAR(80) NOT NULL, pos CHAR(1) NOT NULL, synset DECIMAL(9) NOT NULL,
       FOREIGN KEY (lemma, pos) REFERENCES word, FOREIGN KEY (synset, pos) REFERENCES synset (id, pos));`,
  ],
  [
    'references of several columns, of which one alone is wrong',
    `CREATE TABLE region (id INT UNIQUE NOT NULL, code VARCHAR(4) UNIQUE NOT NULL, capital VARCHAR(10) NOT NULL, UNIQUE (code, capital));
     CREATE TABLE department (id INT UNIQUE NOT NULL, code VARCHAR(4) NOT NULL, capital VARCHAR(10), region VARCHAR(4),
       rcapital VARCHAR(10), UNIQUE (code, region), UNIQUE (capital, region),
       FOREIGN KEY (region, rcapital) REFERENCES region (code, capital));
     CREATE TABLE town (id INT UNIQUE NOT NULL, code VARCHAR(10) NOT NULL, department VARCHAR(4) NOT NULL, region VARCHAR(4),
       twin_code VARCHAR(10), twin_dep VARCHAR(4), UNIQUE (code, department),
       FOREIGN KEY (department, region) REFERENCES department (code, region),
       FOREIGN KEY (twin_code, twin_dep) REFERENCES town (code, department));`,
  ],
  [
    'a key within a key that another table refers to, twice and never to the same row',
    `CREATE TABLE synset (id DECIMAL(9) NOT NULL, pos CHAR(1) NOT NULL, PRIMARY KEY (id, pos), UNIQUE (id));
     CREATE TABLE link (s1 DECIMAL(9), p1 CHAR(1), s2 DECIMAL(9), p2 CHAR(1), PRIMARY KEY (s1, p1, s2, p2),
       FOREIGN KEY (s1, p1) REFERENCES synset, FOREIGN KEY (s2, p2) REFERENCES synset (id, pos),
       CHECK (s1 <> s2));`,
  ],
  [
    'columns of references, limited, NULL, and repeated',
    `CREATE TABLE a (c1 CHAR(3), c2 NUMERIC(5), p1 CHAR(3), p2 NUMERIC(5), n SMALLINT DEFAULT 3, CHECK (c2 > 0 AND n < 100),
       PRIMARY KEY (c1, c2), FOREIGN KEY (p1, p2) REFERENCES a (c1, c2) ON DELETE SET DEFAULT);
     CREATE TABLE b (x CHAR(3), y NUMERIC(5), z REAL NOT NULL, FOREIGN KEY (x, y) REFERENCES a,
       CHECK (z BETWEEN 0.5 AND 1.5), CHECK (x <> 'AAA'), CHECK (y IN (1, 2, 3)));`,
  ],
  [
    'a reference that only some rows have, and that repeats',
    `CREATE TABLE post (id INTEGER PRIMARY KEY, kind INT NOT NULL, parent INT REFERENCES post, title TEXT,
       CHECK ((kind = 1 AND parent IS NULL AND title IS NOT NULL) OR (kind = 2 AND parent IS NOT NULL AND title IS NULL)));`,
  ],
  [
    'a key that others of its columns depend on, and columns beside it that always differ together',
    `CREATE TABLE element (z INT NOT NULL PRIMARY KEY CHECK (z BETWEEN 1 AND 118));
     CREATE TABLE isotope (z INT NOT NULL REFERENCES element, n INT NOT NULL CHECK (n >= 0), a INT NOT NULL, stable BOOLEAN NOT NULL,
       half_life REAL, PRIMARY KEY (z, n), UNIQUE (z, a), CHECK (a = z + n),
       CHECK (stable = (half_life IS NULL)));
     CREATE TABLE line (z INT, n INT, FOREIGN KEY (z, n) REFERENCES isotope);`,
  ],
]

describe('rows for a schema', () => {
  it.for(schemas)('with %s kill every mutant that is not equivalent', ([, sql]) => {
    const { empty, accepted, refused, unbroken, mutants } = judgeRows(sql)
    expect(empty).toEqual([])
    expect(accepted).toBeGreaterThan(0)
    expect(refused).toBeGreaterThan(0)
    expect(unbroken.filter(({ reason }) => reason === null)).toEqual([])
    const survivors = mutants.filter(
      ({ isKilled, equivalentBecause }) => !isKilled && equivalentBecause === null,
    )
    expect(survivors.map(({ operator, table, fault }) => `${operator} ${table}: ${fault}`)).toEqual([])
    expect(mutants.filter(({ isKilled }) => isKilled).length).toBeGreaterThan(mutants.length / 2)
  })

  it.for([
    [
      'a partial index',
      'CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INT NOT NULL); CREATE UNIQUE INDEX i ON t (a) WHERE b = 1',
      'has column b instead of column a in a UNIQUE constraint',
    ],
    [
      'an index of a part of a text',
      'CREATE TABLE post (id INTEGER PRIMARY KEY, at TEXT NOT NULL); CREATE UNIQUE INDEX i ON post (substr(at, 1, 10))',
      'has column at instead of substr(at, 1, 10) in a UNIQUE constraint',
    ],
    [
      'an index of another collation',
      'CREATE TABLE post (id INTEGER PRIMARY KEY, title TEXT NOT NULL); CREATE UNIQUE INDEX i ON post (title COLLATE NOCASE)',
      'adds column title to a UNIQUE constraint',
    ],
    [
      'a product that is generated',
      'CREATE TABLE line (qty INTEGER NOT NULL CHECK (qty BETWEEN 1 AND 99), unit INTEGER NOT NULL, amount INTEGER AS (qty * unit) STORED CHECK (amount < 1000000))',
      'compares with <= and not < in a CHECK',
    ],
  ] as const)('tell from it %s with a fault', ([, sql, fault]) => {
    const found = judgeRows(sql).mutants.filter((mutant) => mutant.fault === fault)
    expect(found.map(({ isKilled }) => isKilled)).toContain(true)
    expect(
      found.filter(({ isKilled, equivalentBecause }) => !isKilled && equivalentBecause === null),
    ).toEqual([])
  })

  it('are there for tables that refer to each other, whose rows are checked together', () => {
    const { tables, empty, mutants } = judgeRows(
      'CREATE TABLE a (id INT PRIMARY KEY, b INT NOT NULL REFERENCES b (id)); CREATE TABLE b (id INT PRIMARY KEY, a INT NOT NULL REFERENCES a (id))',
    )
    expect(tables).toBe(2)
    expect(empty).toEqual([])
    expect(
      mutants.filter(({ isKilled, equivalentBecause }) => !isKilled && equivalentBecause === null),
    ).toEqual([])
  })
})
