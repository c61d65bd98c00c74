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
