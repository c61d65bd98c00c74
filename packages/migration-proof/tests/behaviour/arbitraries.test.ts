/**
 * Goal: what is drawn for a table is accepted, or refused for the reason that it names, and shrinks to the smallest rows.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arbitrariesOf, type TableArbitraries, type TableRow } from '../../src/behaviour/index.ts'
import { betterSqliteConnection, openMemory } from '../../src/engines/better-sqlite3.ts'
import { readSchema, type SqlValue } from '../../src/index.ts'
import { schemaOf } from '../schema/schema-of.ts'

function tableIn(
  ddl: string,
  name: string,
  ...rest: [options?: Parameters<typeof arbitrariesOf>[1]]
): TableArbitraries {
  const found = arbitrariesOf(schemaOf(ddl), ...rest).get(name)
  if (found === undefined) throw new Error(`There is no table ${name}`)
  return found
}

/** The smallest counterexample of a property, for each of some seeds. */
function shrunk<Value>(values: fc.Arbitrary<Value>, holds: (value: Value) => boolean): Value[] {
  return [1, 2, 3, 4, 5].map((seed) => {
    const { counterexample } = fc.check(fc.property(values, holds), { seed, numRuns: 2_000 })
    if (counterexample === null) throw new Error('No counterexample was found')
    return counterexample[0]
  })
}

const every =
  (test: (value: SqlValue | undefined) => boolean, column: string) => (rows: readonly TableRow[]) =>
    rows.every(({ row }) => test(row[column]))

/** What SQLite answers where rows are inserted into an empty database, and then a last one by itself. */
function outcomeOf(ddl: string, rows: readonly TableRow[], isDeferred: boolean, last?: TableRow): string {
  const connection = betterSqliteConnection(openMemory())
  const insert = ({ table, row }: TableRow) => {
    const marks = Object.keys(row).map(() => '?')
    connection.all(`INSERT INTO ${table} (${Object.keys(row)}) VALUES (${marks})`, Object.values(row))
  }
  try {
    connection.exec(`PRAGMA foreign_keys = ON; ${ddl}`)
    if (isDeferred) connection.exec('BEGIN; PRAGMA defer_foreign_keys = ON')
    for (const row of rows) insert(row)
    if (isDeferred) connection.exec('COMMIT')
    if (last !== undefined) insert(last)
    return 'accepted'
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error)
  } finally {
    connection.close()
  }
}

const notes =
  'CREATE TABLE note (id INTEGER PRIMARY KEY, title TEXT NOT NULL, stars INTEGER, weight REAL NOT NULL, bytes BLOB)'

describe('the smallest counterexample', () => {
  it('of texts that are no longer than 3 is one row with a text of 4 characters, simple in all else', () => {
    const { valid } = tableIn(notes, 'note')
    const isShort = every((value) => String(value).length <= 3, 'title')
    for (const rows of shrunk(valid, isShort)) {
      expect(rows).toEqual([
        {
          table: 'note',
          row: { id: 0n, title: expect.stringMatching(/^(.)\1{3}$/), stars: null, weight: 0, bytes: null },
        },
      ])
    }
  })

  it('of numbers below 100 is 100', () => {
    const { valid } = tableIn(notes, 'note')
    const isLow = every((value) => value === null || Number(value) < 100, 'stars')
    for (const rows of shrunk(valid, isLow)) {
      expect(rows).toEqual([
        { table: 'note', row: { id: 0n, title: '', stars: 100n, weight: 0, bytes: null } },
      ])
    }
  })

  it('keeps to the constraints', () => {
    const { valid } = tableIn(
      `CREATE TABLE t (code TEXT NOT NULL CHECK (length(code) >= 6), kind TEXT NOT NULL CHECK (kind IN ('one', 'two')),
        low INT NOT NULL, high INT NOT NULL, CHECK (low < high))`,
      't',
    )
    for (const rows of shrunk(
      valid,
      every((value) => value === 'one', 'kind'),
    )) {
      expect(rows).toHaveLength(1)
      expect(rows[0]?.row).toMatchObject({ code: expect.stringMatching(/^.{6}$/), kind: 'two' })
    }
    for (const rows of shrunk(
      valid,
      every((value) => Number(value) <= 50, 'low'),
    )) {
      expect(rows[0]?.row).toMatchObject({ low: 51n, high: 52n })
    }
  })

  it('has one parent, which is as simple', () => {
    const { valid } = tableIn(
      `CREATE TABLE shop (id INTEGER PRIMARY KEY, name TEXT NOT NULL); CREATE TABLE price
        (id INTEGER PRIMARY KEY, shop INT NOT NULL REFERENCES shop (id), cents INT NOT NULL CHECK (cents >= 0))`,
      'price',
    )
    for (const rows of shrunk(valid, (all) => all.every(({ row }) => Number(row.cents ?? 0) < 7))) {
      expect(rows).toEqual([
        { table: 'shop', row: { id: 0n, name: '' } },
        { table: 'price', row: { id: 0n, shop: 0n, cents: 7n } },
      ])
    }
  })

  it('of refused rows has nothing before it that it does not need', () => {
    const { invalid } = tableIn('CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)', 't')
    if (invalid === null) throw new Error('The table refuses nothing')
    for (const refused of shrunk(invalid, ({ code }) => code !== 'SQLITE_CONSTRAINT_UNIQUE')) {
      expect(refused).toMatchObject({
        before: [{ table: 't', row: { id: 0n, name: '' } }],
        row: { id: 1n, name: '' },
        constraint: 'UNIQUE (name)',
      })
    }
  })
})

describe('what is drawn', () => {
  const members = `CREATE TABLE member (id INTEGER PRIMARY KEY, handle TEXT NOT NULL UNIQUE, joined INTEGER);
    CREATE TABLE post (id INTEGER PRIMARY KEY, member INT NOT NULL REFERENCES member (id), Title TEXT NOT NULL)`

  it('is the same for the same seed, and has the names of the columns as they are written', () => {
    const draw = () => fc.sample(tableIn(members, 'post').valid, { seed: 7, numRuns: 30 })
    expect(draw()).toEqual(draw())
    const { valid } = tableIn(members, 'post')
    const [first] = fc.sample(valid, { seed: 7, numRuns: 30 })
    // What was drawn before changes nothing.
    expect(fc.sample(valid, { seed: 7, numRuns: 30 })[0]).toEqual(first)
    const columns = draw().flatMap((rows) =>
      rows.flatMap(({ table, row }) => (table === 'post' ? Object.keys(row) : [])),
    )
    expect([...new Set(columns)]).toEqual(['id', 'member', 'Title'])
  })

  it('is of the values that a declaration names, as far as the constraints allow', () => {
    const tables = [
      {
        name: 'member',
        since: 1,
        columns: {
          id: { type: 'INTEGER' },
          handle: { type: 'TEXT', notNull: true, values: ['ada', 'grace', 'edsger'] },
          joined: { type: 'INTEGER', values: [5n, 6n] },
        },
        key: ['id'],
        unique: [['handle']],
      },
    ] as const
    const { valid } = tableIn(members, 'member', { tables })
    const rows = fc.sample(valid, { seed: 3, numRuns: 100 }).flat()
    expect(new Set(rows.map(({ row }) => row.joined))).toEqual(new Set([null, 5n, 6n]))
    const declared = rows.filter(({ row }) => ['ada', 'grace', 'edsger'].includes(String(row.handle)))
    expect(declared.length).toBeGreaterThan(rows.length / 2)
    const [smallest] = shrunk(valid, (all) => all.length === 0)
    expect(smallest).toEqual([
      { table: 'member', row: { id: expect.anything(), handle: 'ada', joined: null } },
    ])
  })

  it('shows every constraint that can be broken, with its code', () => {
    const { invalid } = tableIn(members, 'member')
    if (invalid === null) throw new Error('The table refuses nothing')
    const drawn = fc.sample(invalid, { seed: 1, numRuns: 200 })
    expect(Object.fromEntries(drawn.map(({ constraint, code }) => [constraint, code]))).toEqual({
      'NOT NULL of handle': 'SQLITE_CONSTRAINT_NOTNULL',
      'PRIMARY KEY (id)': 'SQLITE_CONSTRAINT_PRIMARYKEY',
      'UNIQUE (handle)': 'SQLITE_CONSTRAINT_UNIQUE',
      'the type INTEGER of id': 'SQLITE_MISMATCH',
    })
  })

  it('leaves out a table that takes no row, and has no refused rows where nothing is refused', () => {
    const found = arbitrariesOf(
      schemaOf('CREATE TABLE never (a CHECK (a IS 1 AND a IS 2)); CREATE TABLE anything (a, b)'),
    )
    expect([...found.keys()]).toEqual(['anything'])
    expect(found.empty).toEqual([
      {
        table: 'never',
        problem: expect.stringMatching(/^no row was found that meets CHECK \(a is 1 and a is 2\)/),
      },
    ])
    expect(found.get('anything')?.invalid).toBeNull()
  })

  it('has rows of a table with one key', () => {
    const { valid, invalid } = tableIn(
      'CREATE TABLE setting (id INTEGER PRIMARY KEY CHECK (id = 1), size INT NOT NULL CHECK (size < 10))',
      'setting',
    )
    for (const rows of fc.sample(valid, { seed: 1, numRuns: 20 })) expect(rows.length).toBeLessThanOrEqual(1)
    const drawn = invalid === null ? [] : fc.sample(invalid, { seed: 1, numRuns: 60 })
    expect(new Set(drawn.map(({ constraint }) => constraint))).toEqual(
      new Set(['PRIMARY KEY (id)', 'CHECK (id = 1)', 'NOT NULL of size', 'CHECK (size < 10)']),
    )
  })

  it.for([
    [
      'two tables that refer to each other, and one that refers to them',
      `CREATE TABLE a (id INTEGER PRIMARY KEY, b INTEGER NOT NULL REFERENCES b (id)); CREATE TABLE b (id INTEGER PRIMARY KEY,
        a INTEGER NOT NULL REFERENCES a (id)); CREATE TABLE c (id INTEGER PRIMARY KEY, a INTEGER NOT NULL REFERENCES a (id))`,
      true,
    ],
    [
      'three tables in a cycle, by a key of two columns',
      `CREATE TABLE a (x TEXT, y TEXT, b INT NOT NULL REFERENCES b (id), PRIMARY KEY (x, y)) WITHOUT ROWID; CREATE TABLE b
        (id INTEGER PRIMARY KEY, c INT NOT NULL REFERENCES c (id) DEFERRABLE INITIALLY DEFERRED); CREATE TABLE c (id INTEGER
        PRIMARY KEY, x TEXT NOT NULL, y TEXT NOT NULL, FOREIGN KEY (x, y) REFERENCES a (x, y))`,
      true,
    ],
    [
      'a cycle with a reference that may be NULL',
      `CREATE TABLE team (id INTEGER PRIMARY KEY, head INT REFERENCES person (id)); CREATE TABLE person (id INTEGER PRIMARY KEY,
        team INT NOT NULL REFERENCES team (id)); CREATE TABLE desk (id INTEGER PRIMARY KEY, person INT NOT NULL UNIQUE REFERENCES person (id))`,
      true,
    ],
    [
      'rows that refer to other rows of their table',
      'CREATE TABLE a (id INTEGER PRIMARY KEY, next INTEGER NOT NULL REFERENCES a (id), CHECK (next <> id))',
      true,
    ],
    [
      'a trigger that reads the state of a parent',
      `CREATE TABLE a (id INTEGER PRIMARY KEY, state TEXT NOT NULL CHECK (state IN ('new', 'open', 'closed'))); CREATE TABLE p
        (id INTEGER PRIMARY KEY, a INTEGER NOT NULL REFERENCES a (id)); CREATE TRIGGER r BEFORE INSERT ON p
        WHEN (SELECT state FROM a WHERE id = NEW.a) = 'closed' BEGIN SELECT RAISE(ABORT, 'closed'); END`,
      false,
    ],
    [
      'a trigger that reads a number of a parent',
      `CREATE TABLE room (id INTEGER PRIMARY KEY, seats INT NOT NULL CHECK (seats > 0)); CREATE TABLE visit (id INTEGER PRIMARY KEY,
        room INT NOT NULL REFERENCES room (id), people INT NOT NULL CHECK (people > 0)); CREATE TRIGGER r BEFORE INSERT ON visit
        BEGIN SELECT RAISE(ABORT, 'full') WHERE NEW.people > (SELECT seats FROM room WHERE id = NEW.room); END`,
      false,
    ],
  ] as const)('is accepted and refused as it says with %s', ([, ddl, isDeferred]) => {
    const schema = schemaOf(ddl)
    const found = arbitrariesOf(schema)
    expect(found.empty).toEqual([])
    expect(found.size).toBe(schema.tables.size)
    for (const [name, { valid, invalid, ...rest }] of found) {
      if (name !== 'a' && name !== 'room') expect(rest.isDeferred).toBe(isDeferred)
      const drawn = fc.sample(valid, { seed: 1, numRuns: 15 })
      expect(drawn.flat().filter(({ table }) => table === name).length).toBeGreaterThan(5)
      for (const rows of drawn) expect(outcomeOf(ddl, rows, rest.isDeferred)).toBe('accepted')
      if (invalid === null) throw new Error(`${name} refuses nothing`)
      for (const { before, code, table, row } of fc.sample(invalid, { seed: 1, numRuns: 15 }))
        expect(outcomeOf(ddl, before, rest.isDeferred, { table, row })).toBe(code)
    }
  })

  it('may have rows before a refused one that refer to later rows, where a table refers to itself', () => {
    const ddl = `CREATE TABLE node (id INTEGER PRIMARY KEY, parent INTEGER NOT NULL REFERENCES node (id), pos INTEGER NOT NULL CHECK (pos >= 0),
      depth INT NOT NULL CHECK ((parent = id) = (depth = 0)), UNIQUE (parent, pos))`
    const { invalid, isDeferred } = tableIn(ddl, 'node')
    if (invalid === null) throw new Error('The table refuses nothing')
    for (const { before, ...last } of fc.sample(invalid, { seed: 7, numRuns: 60 }))
      expect(outcomeOf(ddl, before, isDeferred, last)).toBe(last.code)
  })

  it('meets the functions of a program, where they are given', () => {
    const open = () => {
      const database = openMemory()
      database.function('regexp', { deterministic: true }, (pattern, text) =>
        Number(new RegExp(String(pattern)).test(String(text))),
      )
      return betterSqliteConnection(database)
    }
    const connection = open()
    connection.exec("CREATE TABLE plate (code TEXT NOT NULL CHECK (code REGEXP '^[A-Z]{2}[0-9]+$'))")
    const plates = arbitrariesOf(readSchema(connection), { open }).get('plate')
    if (plates === undefined) throw new Error('There is no table plate')
    const rows = fc.sample(plates.valid, { seed: 1, numRuns: 20 }).flat()
    expect(rows.length).toBeGreaterThan(5)
    for (const { row } of rows) expect(row.code).toMatch(/^[A-Z]{2}[0-9]+$/)
    expect(() => arbitrariesOf(readSchema(connection))).toThrow(/found the error 'no such function: regexp'/)
  })

  it('is an error for a schema that this engine cannot create', () => {
    const schema = schemaOf('CREATE TABLE t (a)')
    const view = { name: 'v', definition: 'AS SELECT nothing FROM' }
    expect(() => arbitrariesOf({ ...schema, views: new Map([['v', view]]) })).toThrow(
      /^The statement CREATE VIEW "v" AS SELECT nothing FROM …: expected a schema that this engine can create/,
    )
  })
})
