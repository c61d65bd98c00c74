// Goal: facts that are written by hand hold for a database that is as they say, and each departure is named once.
import { describe, expect, it } from 'vitest'
import { compareWithFacts } from '../../src/checks/facts.ts'
import type { Facts, TableDeclaration } from '../../src/index.ts'
import { edgesAt, factsAt } from '../../src/proof/facts-at.ts'
import { openEmpty } from '../incidents/toy-history.ts'
import { brief } from '../support/brief.ts'

const owner: TableDeclaration = {
  name: 'owner',
  since: 1,
  columns: {
    id: { type: 'INTEGER' },
    name: { type: 'TEXT', notNull: true, default: "'unknown'" },
    age: { type: 'INTEGER' },
  },
  key: ['id'],
  autoincrement: true,
  strict: true,
  unique: [['name', 'id']],
  indexes: {
    owner_name: { columns: ['name DESC', 'age'], unique: true },
    owner_age: { columns: ['age'], where: 'age > 17' },
  },
  checks: [{ sql: 'age > 0', holds: ({ age }) => age === null || Number(age) > 0, refuses: [{ age: 0n }] }],
}

const pet: TableDeclaration = {
  name: 'pet',
  since: 1,
  columns: {
    owner_id: { type: 'INTEGER' },
    place: { type: 'INTEGER' },
    sitter_id: { type: 'INTEGER' },
  },
  key: ['owner_id', 'place'],
  withoutRowid: true,
  foreignKeys: [
    { columns: ['sitter_id'], parent: 'owner', parentColumns: ['id'], onDelete: 'SET NULL' },
    {
      columns: ['owner_id'],
      parent: 'owner',
      parentColumns: ['id'],
      onDelete: 'CASCADE',
      onUpdate: 'RESTRICT',
    },
  ],
}

const ddl = `
  CREATE TABLE owner (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL DEFAULT 'unknown',
    age INTEGER CHECK (age > 0),
    UNIQUE (name, id)
  ) STRICT;
  CREATE UNIQUE INDEX owner_name ON owner (name DESC, age);
  CREATE INDEX owner_age ON owner (age) WHERE age > 17;
  CREATE TABLE pet (
    owner_id INTEGER NOT NULL REFERENCES owner (id) ON DELETE CASCADE ON UPDATE RESTRICT,
    place INTEGER NOT NULL,
    sitter_id INTEGER REFERENCES owner ON DELETE SET NULL,
    PRIMARY KEY (owner_id, place)
  ) WITHOUT ROWID;
`

const bothTables: Facts = { tables: [owner, pet], contracts: [] }

function compare(sql: string, facts = bothTables, version = 1, others?: readonly string[]) {
  const connection = openEmpty()
  connection.exec(sql)
  return compareWithFacts(connection, facts, version, others).map(brief)
}

interface Departure {
  readonly what: string
  readonly from: string
  readonly to: string
  readonly found: readonly (readonly [object: string, expected: string, actual: string])[]
}

const departures: readonly Departure[] = [
  {
    what: 'a type',
    from: 'age INTEGER CHECK',
    to: 'age REAL CHECK',
    found: [['table owner, column', 'age INTEGER', 'age REAL']],
  },
  {
    what: 'a column that may be null',
    from: "name TEXT NOT NULL DEFAULT 'unknown'",
    to: "name TEXT DEFAULT 'unknown'",
    found: [['table owner, column', "name TEXT NOT NULL DEFAULT 'unknown'", "name TEXT DEFAULT 'unknown'"]],
  },
  {
    what: 'a default',
    from: " DEFAULT 'unknown'",
    to: '',
    found: [['table owner, column', "name TEXT NOT NULL DEFAULT 'unknown'", 'name TEXT NOT NULL']],
  },
  {
    what: 'a key in another order',
    from: 'PRIMARY KEY (owner_id, place)',
    to: 'PRIMARY KEY (place, owner_id)',
    found: [
      ['table pet, column', 'owner_id INTEGER NOT NULL key 1', 'owner_id INTEGER NOT NULL key 2'],
      ['table pet, column', 'place INTEGER NOT NULL key 2', 'place INTEGER NOT NULL key 1'],
    ],
  },
  {
    what: 'columns in another order',
    from: "name TEXT NOT NULL DEFAULT 'unknown',\n    age INTEGER CHECK (age > 0)",
    to: "age INTEGER CHECK (age > 0),\n    name TEXT NOT NULL DEFAULT 'unknown'",
    found: [
      ['table owner, column', "name TEXT NOT NULL DEFAULT 'unknown'", 'age INTEGER'],
      ['table owner, column', 'age INTEGER', "name TEXT NOT NULL DEFAULT 'unknown'"],
    ],
  },
  {
    what: 'a column more',
    from: 'age INTEGER CHECK (age > 0)',
    to: 'age INTEGER CHECK (age > 0), more BLOB',
    found: [['table owner, column', 'none', 'more BLOB']],
  },
  {
    what: 'a column less',
    from: ',\n    sitter_id INTEGER REFERENCES owner ON DELETE SET NULL',
    to: '',
    found: [
      ['table pet, column', 'sitter_id INTEGER', 'none'],
      ['table pet, foreign key', '(sitter_id) → owner (id) ON DELETE SET NULL ON UPDATE NO ACTION', 'none'],
    ],
  },
  {
    what: 'no UNIQUE',
    from: ',\n    UNIQUE (name, id)',
    to: '',
    found: [['table owner, constraint', 'UNIQUE (name, id)', 'none']],
  },
  {
    what: 'another UNIQUE',
    from: 'UNIQUE (name, id)',
    to: 'UNIQUE (id, name)',
    found: [
      ['table owner, constraint', 'UNIQUE (name, id)', 'none'],
      ['table owner, constraint', 'none', 'UNIQUE (id, name)'],
    ],
  },
  {
    what: 'a UNIQUE too many',
    from: 'sitter_id INTEGER REFERENCES',
    to: 'sitter_id INTEGER UNIQUE REFERENCES',
    found: [['table pet, constraint', 'none', 'UNIQUE (sitter_id)']],
  },
  {
    what: 'an index that is not unique and not descending',
    from: 'CREATE UNIQUE INDEX owner_name ON owner (name DESC, age)',
    to: 'CREATE INDEX owner_name ON owner (name, age)',
    found: [
      ['table owner, index', 'UNIQUE owner_name (name DESC, age)', 'none'],
      ['table owner, index', 'none', 'owner_name (name, age)'],
    ],
  },
  {
    what: 'an index over an expression',
    from: 'owner (age) WHERE age > 17',
    to: 'owner (age + 1) WHERE age > 17',
    found: [
      ['table owner, index', 'owner_age (age) WHERE age > 17', 'none'],
      ['table owner, index', 'none', 'owner_age (expression) WHERE age > 17'],
    ],
  },
  {
    what: 'an index without its condition',
    from: ' WHERE age > 17',
    to: '',
    found: [
      ['table owner, index', 'owner_age (age) WHERE age > 17', 'none'],
      ['table owner, index', 'none', 'owner_age (age)'],
    ],
  },
  {
    what: 'other actions of a foreign key',
    from: 'ON DELETE CASCADE ON UPDATE RESTRICT',
    to: 'ON DELETE RESTRICT',
    found: [
      ['table pet, foreign key', '(owner_id) → owner (id) ON DELETE CASCADE ON UPDATE RESTRICT', 'none'],
      ['table pet, foreign key', 'none', '(owner_id) → owner (id) ON DELETE RESTRICT ON UPDATE NO ACTION'],
    ],
  },
  {
    what: 'another parent column',
    from: 'REFERENCES owner (id) ON',
    to: 'REFERENCES owner (name) ON',
    found: [
      ['table pet, foreign key', '(owner_id) → owner (id) ON DELETE CASCADE ON UPDATE RESTRICT', 'none'],
      ['table pet, foreign key', 'none', '(owner_id) → owner (name) ON DELETE CASCADE ON UPDATE RESTRICT'],
    ],
  },
  {
    what: 'a CHECK less',
    from: ' CHECK (age > 0)',
    to: '',
    found: [['table owner, clause', 'CHECK (age > 0)', 'none']],
  },
  {
    what: 'another CHECK',
    from: 'CHECK (age > 0)',
    to: 'CHECK (age > 1)',
    found: [
      ['table owner, clause', 'CHECK (age > 0)', 'none'],
      ['table owner, clause', 'none', 'CHECK (age > 1)'],
    ],
  },
  {
    what: 'a CHECK more',
    from: 'CHECK (age > 0)',
    to: 'CHECK (age > 0) CHECK (age < 200)',
    found: [['table owner, clause', 'none', 'CHECK (age < 200)']],
  },
  {
    what: 'a CHECK with parentheses in it, and in a text',
    from: 'CHECK (age > 0)',
    to: "CHECK (age > 0) CHECK (age <> length(')') AND (age < 9))",
    found: [['table owner, clause', 'none', "CHECK (age <> length(')') and (age < 9))"]],
  },
  {
    what: 'another collation',
    from: "DEFAULT 'unknown'",
    to: "DEFAULT 'unknown' COLLATE nocase",
    found: [
      [
        'table owner, column',
        "name TEXT NOT NULL DEFAULT 'unknown'",
        "name TEXT NOT NULL DEFAULT 'unknown' COLLATE NOCASE",
      ],
    ],
  },
  {
    what: 'a collation of a number',
    from: 'age INTEGER',
    to: 'age INTEGER COLLATE RTRIM',
    found: [['table owner, column', 'age INTEGER', 'age INTEGER COLLATE RTRIM']],
  },
  {
    what: 'no AUTOINCREMENT',
    from: ' AUTOINCREMENT',
    to: '',
    found: [['table owner, clause', 'AUTOINCREMENT', 'none']],
  },
  {
    what: 'a table that is not STRICT',
    from: ') STRICT',
    to: ')',
    found: [['table owner, clause', 'STRICT', 'none']],
  },
  {
    what: 'a table with a rowid',
    from: ') WITHOUT ROWID',
    to: ')',
    found: [['table pet, clause', 'WITHOUT ROWID', 'none']],
  },
  {
    what: 'a STRICT too many',
    from: ') WITHOUT ROWID',
    to: ') WITHOUT ROWID, STRICT',
    found: [['table pet, clause', 'none', 'STRICT']],
  },
  {
    what: 'a table more',
    from: 'CREATE TABLE pet',
    to: 'CREATE TABLE sqlitefan (x); CREATE TABLE pet',
    found: [['table sqlitefan', 'none', 'a table of that name']],
  },
]

describe('a database', () => {
  it('that is as the facts say is found so', () => {
    expect(compare(ddl)).toEqual([])
  })

  it.for(departures)('with $what is distinguished', ({ from, to, found }) => {
    expect(ddl).toContain(from)
    expect(compare(ddl.replace(from, to))).toEqual(
      found.map(([object, expected, actual]) => ({ object, expected, actual })),
    )
  })

  it('must have the collation that is declared', () => {
    const folded = {
      ...owner,
      columns: { ...owner.columns, name: { type: 'TEXT', collate: 'NOCASE' } },
    } as const
    const connection = openEmpty()
    connection.exec('CREATE TABLE owner (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT)')
    const problems = compareWithFacts(connection, { ...bothTables, tables: [folded] }, 1)
    expect(problems.map(({ expected }) => expected)).toContain('name TEXT COLLATE NOCASE')
    expect(problems[0]?.fix).toContain('the declaration of owner in `tables`')
    connection.close()
  })

  it('without a table reports only that', () => {
    expect(compare(ddl.slice(0, ddl.indexOf('CREATE TABLE pet')))).toEqual([
      { object: 'table pet', expected: 'a table of that name', actual: 'none' },
    ])
  })

  it('may hold the tables that keep its version, and no others', () => {
    const withVersions = `${ddl} CREATE TABLE version (v);`
    expect(compare(withVersions, bothTables, 1, ['version'])).toEqual([])
    expect(compare(withVersions)).toEqual([
      { object: 'table version', expected: 'none', actual: 'a table of that name' },
    ])
  })

  it('may hold anything where the facts know no table', () => {
    expect(compare(ddl, { tables: [], contracts: [] })).toEqual([])
  })

  it('with a composite foreign key has its columns in order', () => {
    const facts: Facts = {
      tables: [
        {
          name: 'toy',
          since: 1,
          columns: { a: { type: 'INTEGER' }, b: { type: 'INTEGER' } },
          foreignKeys: [{ columns: ['b', 'a'], parent: 'pet', parentColumns: ['owner_id', 'place'] }],
        },
      ],
      contracts: [],
    }
    const toy = 'CREATE TABLE toy (a INTEGER, b INTEGER, FOREIGN KEY (b, a) REFERENCES pet);'
    expect(compare(ddl + toy, facts, 1, ['owner', 'pet'])).toEqual([])
  })
})

describe('the facts of a version', () => {
  const contract = { table: 'owner', sql: 'SELECT 1', parameters: [], access: { write: true } } as const
  const facts: Facts = {
    tables: [
      {
        ...owner,
        columns: { ...owner.columns, late: { type: 'TEXT', since: 3 } },
        indexes: { owner_name: { since: 2, until: 3, columns: ['name'] } },
      },
      { ...pet, since: 2 },
    ],
    contracts: [
      { ...contract, name: 'first', since: 1, until: 2 },
      { ...contract, name: 'second', since: 2 },
    ],
  }

  const namesAt = (version: number) => {
    const { tables, contracts } = factsAt(facts, version)
    return {
      tables: tables.map(({ name }) => name),
      columns: tables[0]?.columns.length,
      indexes: tables[0]?.indexes.length,
      contracts: contracts.map(({ name }) => name),
    }
  }

  it('are what exists in it: from the first version on, up to the one before the last', () => {
    expect([0, 1, 2, 3].map(namesAt)).toEqual([
      { tables: [], columns: undefined, indexes: undefined, contracts: [] },
      { tables: ['owner'], columns: 3, indexes: 0, contracts: ['first'] },
      { tables: ['owner', 'pet'], columns: 3, indexes: 1, contracts: ['second'] },
      { tables: ['owner', 'pet'], columns: 4, indexes: 0, contracts: ['second'] },
    ])
  })

  it('have the foreign keys of their tables, as parent and child', () => {
    expect(edgesAt(facts, 1)).toEqual([])
    expect(edgesAt(facts, 2).map(({ parent, child, columns }) => [parent, child, columns])).toEqual([
      ['owner', 'pet', ['sitter_id']],
      ['owner', 'pet', ['owner_id']],
    ])
  })

  it('are those of the last change, whose columns and indexes come by name', () => {
    const changed: TableDeclaration = {
      ...owner,
      until: 5,
      changes: [
        { since: 2, columns: { age: { type: 'TEXT', notNull: true } }, strict: false },
        {
          since: 4,
          columns: { born: { type: 'TEXT', default: "''" } },
          indexes: { owner_age: ['age'] },
          checks: [],
        },
      ],
    }
    const [first, second, third] = [1, 2, 4].map(
      (version) => factsAt({ tables: [changed], contracts: [] }, version).tables[0],
    )
    expect(first?.columns[2]).toEqual({ name: 'age', type: 'INTEGER' })
    expect(first?.strict).toBe(true)
    expect(second?.columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'id INTEGER',
      'name TEXT',
      'age TEXT',
    ])
    expect(second).not.toHaveProperty('strict')
    expect(second?.checks).toEqual(['age > 0'])
    expect(third?.columns.map(({ name }) => name)).toEqual(['id', 'name', 'age', 'born'])
    expect(third?.indexes).toEqual([
      { name: 'owner_name', columns: ['name DESC', 'age'], unique: true },
      { name: 'owner_age', columns: ['age'] },
    ])
    expect(third?.checks).toEqual([])
    expect(factsAt({ tables: [changed], contracts: [] }, 5).tables).toEqual([])
  })
})
