// Goal: each operator injects the one fault that its name says, and nothing else.
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import {
  betterSqliteConnection,
  defineConfig,
  definePlan,
  type Migration,
  type MigrationPlan,
  migrate,
} from '../../src/index.ts'
import { listMutants } from '../../src/mutation/mutants.ts'
import { operators } from '../../src/mutation/operators/index.ts'
import type { OperatorInput } from '../../src/mutation/operators/operator.ts'
import { parseHistory } from '../../src/mutation/syntax/history.ts'

const parent =
  "CREATE TABLE parent (id INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id < 9), a TEXT NOT NULL DEFAULT 'x')"
const child = `CREATE TABLE child (
  b TEXT, c INTEGER DEFAULT 7, d TEXT DEFAULT (datetime('now')), PRIMARY KEY (b, c),
  FOREIGN KEY (c) REFERENCES parent (id) ON DELETE CASCADE)`
const index = 'CREATE INDEX child_c_b ON child (c DESC, b)'
const unique = 'CREATE UNIQUE INDEX parent_a ON parent (a) WHERE id > 0'

const plan = definePlan([migration(1, [parent]), migration(2, [child, index, unique])])

function migration(version: number, statements: readonly string[]): Migration {
  return {
    version,
    name: `version ${version}`,
    up: (connection) => {
      for (const statement of statements) connection.exec(statement)
    },
  }
}

/** What each mutant of an operator executes in the versions that it changes, white space evened out. */
function executedBy(name: string, of: MigrationPlan = plan): string[] {
  const operator = operators.find((candidate) => candidate.name === name)
  const database = new Database(':memory:')
  const history = parseHistory(of, betterSqliteConnection(database))
  database.close()
  const input: OperatorInput = {
    history,
    adoptsFiles: false,
    newerVersion: 'read',
    tablesAt: () => {
      throw new Error('An operator on statements needs no database')
    },
  }
  return [...(operator?.inject(input) ?? [])].map((injected) => {
    const changed = injected.plan.migrations.filter((one) => !of.migrations.includes(one))
    return changed.flatMap(statementsOf).map(evenOut).join('; ')
  })
}

function statementsOf({ up }: Migration): string[] {
  const statements: string[] = []
  const note = (sql: string) => {
    statements.push(sql)
    return []
  }
  up({ exec: note, all: note })
  return statements
}

function evenOut(sql: string): string {
  return sql.replace(/\s+/g, ' ')
}

/** The second version with other texts in it. */
function second(...changes: readonly (readonly [from: string, to: string])[]): string {
  const text = [child, index, unique].map(evenOut).join('; ')
  return changes.reduce((result, [from, to]) => result.replace(from, to), text)
}

function first(from: string, to: string): string {
  return evenOut(parent.replace(from, to))
}

const cases: readonly (readonly [operator: string, expected: readonly string[]])[] = [
  [
    'column-type-changed',
    [
      first('INTEGER', 'TEXT'),
      first('a TEXT', 'a INTEGER'),
      second(['b TEXT', 'b INTEGER']),
      second(['c INTEGER', 'c TEXT']),
      second(['d TEXT', 'd INTEGER']),
    ],
  ],
  ['not-null-dropped', [first(' NOT NULL', ' ')]],
  [
    'default-dropped',
    [first("DEFAULT 'x'", ''), second(['DEFAULT 7', '']), second(["DEFAULT (datetime('now'))", ''])],
  ],
  [
    'default-changed',
    [
      first("'x'", "'x changed'"),
      second(['7', '8']),
      second(["datetime('now')", "datetime('now', '-1 day')"]),
    ],
  ],
  ['autoincrement-dropped', [first('AUTOINCREMENT', '')]],
  ['check-dropped', [first('CHECK (id < 9)', '')]],
  ['check-constant-changed', [first('9', '10')]],
  ['primary-key-swapped', [second(['KEY (b, c)', 'KEY (c, b)'])]],
  [
    'foreign-key-action',
    ['NO ACTION', 'RESTRICT', 'SET NULL', 'SET DEFAULT'].map((action) =>
      second(['ON DELETE CASCADE', ` ON DELETE ${action}`]),
    ),
  ],
  ['foreign-key-update-action', [second(['ON DELETE CASCADE', 'ON DELETE CASCADE ON UPDATE CASCADE'])]],
  [
    'foreign-key-deferred',
    [second(['ON DELETE CASCADE', 'ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED'])],
  ],
  ['foreign-key-dropped', [second([', FOREIGN KEY (c) REFERENCES parent (id) ON DELETE CASCADE', ''])]],
  ['index-dropped', [second([`; ${index}`, '']), second([`; ${unique}`, ''])]],
  [
    'index-renamed',
    [second(['child_c_b', '"child_c_b_renamed"']), second(['parent_a', '"parent_a_renamed"'])],
  ],
  ['index-column-dropped', [second(['(c DESC, b)', '(b)']), second(['(c DESC, b)', '(c DESC)'])]],
  ['index-columns-swapped', [second(['(c DESC, b)', '(b, c DESC)'])]],
  [
    'index-direction-changed',
    [
      second(['(c DESC, b)', '(c, b)']),
      second(['(c DESC, b)', '(c DESC, b DESC)']),
      second(['(a)', '(a DESC)']),
    ],
  ],
  [
    'index-uniqueness-changed',
    [second(['CREATE INDEX', 'CREATE UNIQUE INDEX']), second(['CREATE UNIQUE INDEX', 'CREATE INDEX'])],
  ],
  [
    'index-predicate-changed',
    [second(['b); ', 'b) WHERE "c" IS NOT NULL; ']), second([' WHERE id > 0', ' '])],
  ],
  ['strict-added', [`${evenOut(parent)} STRICT`, second(['CASCADE);', 'CASCADE) STRICT;'])]],
  ['without-rowid-added', [second(['CASCADE);', 'CASCADE) WITHOUT ROWID;'])]],
  ['table-dropped', ['', evenOut(unique)]],
  [
    'table-renamed',
    [
      first('parent', '"parent_renamed"'),
      second(['TABLE child', 'TABLE "child_renamed"'], ['ON child', 'ON "child_renamed"']),
    ],
  ],
  ['migration-emptied', ['', '']],
  ['migrations-swapped', [`${second()}; ${evenOut(parent)}`]],
]

describe.for(cases)('%s', ([name, expected]) => {
  it('injects its fault and no other', () => {
    expect(executedBy(name).map(tighten)).toEqual(expected.map(tighten))
  })
})

/** White space that an edit leaves behind says nothing. */
function tighten(sql: string): string {
  return sql
    .replace(/\s+/g, ' ')
    .replace(/ (?=[,);])|(?<=\() /g, '')
    .replace(/; /g, ';')
    .trim()
}

describe('column-renamed', () => {
  it('renames the column in constraints and indexes of its table, and not in the parent', () => {
    expect(executedBy('column-renamed').map(tighten)).toContain(
      tighten(
        second(
          ['c INTEGER', '"c_renamed" INTEGER'],
          ['KEY (b, c)', 'KEY (b, "c_renamed")'],
          ['KEY (c)', 'KEY ("c_renamed")'],
          ['(c DESC', '("c_renamed" DESC'],
        ),
      ),
    )
  })
})

describe('foreign-key-target', () => {
  it('aims at no table that has the name of the parent in the end', () => {
    const rebuilt = definePlan([
      migration(1, [
        'CREATE TABLE shelf (id INTEGER PRIMARY KEY)',
        'CREATE TABLE room (id INTEGER PRIMARY KEY)',
      ]),
      migration(2, [
        'CREATE TABLE shelf_next (id INTEGER PRIMARY KEY, height REAL)',
        'CREATE TABLE jar (shelf INTEGER REFERENCES shelf (id))',
        'DROP TABLE shelf',
        'ALTER TABLE shelf_next RENAME TO "Shelf"',
      ]),
    ])
    const executed = executedBy('foreign-key-target', rebuilt)
    expect(executed.join()).not.toContain('REFERENCES "shelf_next"')
    expect(executed.join()).toContain('REFERENCES "room"')
  })
})

describe('column-type-changed', () => {
  it('gives a column of bytes another type', () => {
    const files = definePlan([migration(1, ['CREATE TABLE file (id INTEGER PRIMARY KEY, body BLOB)'])])
    expect(executedBy('column-type-changed', files)).toContain(
      'CREATE TABLE file (id INTEGER PRIMARY KEY, body TEXT)',
    )
  })
})

describe('value-type-changed', () => {
  it.for([
    ['BLOB', "x'00'", 'text'],
    ['BLOB', "'words'", 'blob'],
    ['TEXT', "'words'", 'blob'],
  ] as const)('changes the type of a value in a column of %s', ([type, value, after]) => {
    const history = definePlan([
      migration(1, [`CREATE TABLE file (id INTEGER PRIMARY KEY, body ${type})`]),
      migration(2, ['CREATE INDEX file_body ON file (body)']),
    ])
    const [mutant] = listMutants(
      defineConfig({ name: 'files', migrations: history.migrations, fixtures: 'fixtures' }),
    ).filter(({ operator, version }) => operator === 'value-type-changed' && version === 2)
    const connection = betterSqliteConnection(new Database(':memory:'))
    migrate(connection, history, { target: 1 })
    connection.exec(`INSERT INTO file (body) VALUES (${value})`)
    migrate(connection, mutant?.plan ?? history)
    expect(connection.all('SELECT typeof(body) AS type FROM file')).toEqual([{ type: after }])
    connection.close()
  })
})

describe('default-changed', () => {
  it('changes the default alone where constraints follow it, as query builders write them', () => {
    const built = definePlan([
      migration(1, [
        'create table person ("rank" int2 default 0 not null, low int default -1 not null unique)',
      ]),
    ])
    expect(executedBy('default-changed', built)).toEqual([
      'create table person ("rank" int2 DEFAULT 1 not null, low int default -1 not null unique)',
      'create table person ("rank" int2 default 0 not null, low int DEFAULT 0 not null unique)',
    ])
  })
})

describe('column-dropped', () => {
  it('drops what needs the column too', () => {
    expect(executedBy('column-dropped').map(tighten)).toContain(
      tighten(`CREATE TABLE child (b TEXT, d TEXT DEFAULT (datetime('now'))); ${unique}`),
    )
  })
})

/** What the operators on single parts of constraints are tried with: one table of each kind, in a history of its own. */
const parts: readonly (readonly [
  operator: string,
  statements: readonly string[],
  expected: readonly string[],
])[] = [
  [
    'primary-key-column-added',
    [
      'CREATE TABLE written_at_a_column (a INTEGER CONSTRAINT k PRIMARY KEY ON CONFLICT FAIL AUTOINCREMENT, b, c)',
      'CREATE TABLE listed (a, b, c, CONSTRAINT k PRIMARY KEY (b DESC), CHECK (c > 1))',
      'CREATE TABLE without (a, b)',
    ],
    [
      'CREATE TABLE written_at_a_column (a INTEGER, b, c, CONSTRAINT k PRIMARY KEY (a, b) ON CONFLICT FAIL)',
      'CREATE TABLE written_at_a_column (a INTEGER, b, c, CONSTRAINT k PRIMARY KEY (a, c) ON CONFLICT FAIL)',
      'CREATE TABLE listed (a, b, c, CONSTRAINT k PRIMARY KEY (b DESC, a), CHECK (c > 1))',
      'CREATE TABLE listed (a, b, c, CONSTRAINT k PRIMARY KEY (b DESC, c), CHECK (c > 1))',
      'CREATE TABLE without (a, b, PRIMARY KEY (a))',
      'CREATE TABLE without (a, b, PRIMARY KEY (b))',
    ],
  ],
  [
    'primary-key-column-dropped',
    [
      'CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT, b)',
      'CREATE TABLE u (a, b, PRIMARY KEY (a, b))',
      'CREATE TABLE without (a, b)',
    ],
    [
      'CREATE TABLE t (a INTEGER, b)',
      'CREATE TABLE u (a, b, PRIMARY KEY (b))',
      'CREATE TABLE u (a, b, PRIMARY KEY (a))',
    ],
  ],
  [
    'primary-key-column-changed',
    ['CREATE TABLE t (a INT PRIMARY KEY, b)', 'CREATE TABLE u ("a b", b, c, PRIMARY KEY ("a b", b))'],
    [
      'CREATE TABLE t (a INT, b, PRIMARY KEY (b))',
      'CREATE TABLE u ("a b", b, c, PRIMARY KEY (c, b))',
      'CREATE TABLE u ("a b", b, c, PRIMARY KEY ("a b", c))',
    ],
  ],
  [
    'unique-column-added',
    [
      'CREATE TABLE t (a INT PRIMARY KEY, b UNIQUE, c, d, UNIQUE (c, d))',
      'CREATE TABLE u (a, b, c)',
      'CREATE UNIQUE INDEX u_a ON u (a)',
      'CREATE UNIQUE INDEX u_b ON u (b) WHERE a = 1',
    ],
    [
      'CREATE TABLE t (a INT PRIMARY KEY, b, c, d, UNIQUE (c, d), UNIQUE (b, a))',
      'CREATE TABLE t (a INT PRIMARY KEY, b, c, d, UNIQUE (c, d), UNIQUE (b, c))',
      'CREATE TABLE t (a INT PRIMARY KEY, b, c, d, UNIQUE (c, d), UNIQUE (b, d))',
      'CREATE TABLE t (a INT PRIMARY KEY, b UNIQUE, c, d, UNIQUE (c, d, a))',
      'CREATE TABLE t (a INT PRIMARY KEY, b UNIQUE, c, d, UNIQUE (c, d, b))',
      'CREATE TABLE t (a INT PRIMARY KEY, b UNIQUE, c, d, UNIQUE (c, d), UNIQUE (a))',
      'CREATE TABLE t (a INT PRIMARY KEY, b UNIQUE, c, d, UNIQUE (c, d), UNIQUE (c))',
      'CREATE TABLE t (a INT PRIMARY KEY, b UNIQUE, c, d, UNIQUE (c, d), UNIQUE (d))',
      'CREATE TABLE u (a, b, c, UNIQUE (b))',
      'CREATE TABLE u (a, b, c, UNIQUE (c))',
      'CREATE UNIQUE INDEX u_a ON u (a, b)',
      'CREATE UNIQUE INDEX u_a ON u (a, c)',
      'CREATE UNIQUE INDEX u_b ON u (b, a) WHERE a = 1',
      'CREATE UNIQUE INDEX u_b ON u (b, c) WHERE a = 1',
    ],
  ],
  [
    'unique-column-dropped',
    [
      'CREATE TABLE t (a UNIQUE, b, c, UNIQUE (b, c))',
      'CREATE UNIQUE INDEX t_a ON t (lower(a), b COLLATE NOCASE)',
      'CREATE INDEX t_b ON t (b)',
    ],
    [
      'CREATE TABLE t (a, b, c, UNIQUE (b, c))',
      'CREATE TABLE t (a UNIQUE, b, c, UNIQUE (c))',
      'CREATE TABLE t (a UNIQUE, b, c, UNIQUE (b))',
      'CREATE UNIQUE INDEX t_a ON t (b COLLATE NOCASE)',
      'CREATE UNIQUE INDEX t_a ON t (lower(a))',
    ],
  ],
  [
    'unique-column-changed',
    ['CREATE TABLE t (a, b, c, CONSTRAINT one UNIQUE (b))', 'CREATE UNIQUE INDEX t_a ON t (a DESC)'],
    [
      'CREATE TABLE t (a, b, c, CONSTRAINT one UNIQUE (a))',
      'CREATE TABLE t (a, b, c, CONSTRAINT one UNIQUE (c))',
      'CREATE UNIQUE INDEX t_a ON t (b)',
      'CREATE UNIQUE INDEX t_a ON t (c)',
    ],
  ],
  [
    'foreign-key-pair-added',
    [
      'CREATE TABLE p (id INTEGER PRIMARY KEY, n INT, m INT, t TEXT)',
      'CREATE TABLE c (a REFERENCES p ON DELETE CASCADE, b BIGINT, x VARCHAR(9), y BLOB)',
    ],
    [
      'CREATE TABLE c (a, b BIGINT, x VARCHAR(9), y BLOB, FOREIGN KEY ("a", "b") REFERENCES p ("id", "n") ON DELETE CASCADE)',
      'CREATE TABLE c (a, b BIGINT, x VARCHAR(9), y BLOB, FOREIGN KEY ("a", "x") REFERENCES p ("id", "t") ON DELETE CASCADE)',
    ],
  ],
  [
    'foreign-key-pair-dropped',
    [
      'CREATE TABLE p (x, y, PRIMARY KEY (x, y))',
      'CREATE TABLE c (a, b, CONSTRAINT k FOREIGN KEY (a, b) REFERENCES p (x, y) DEFERRABLE)',
      'CREATE TABLE d (a CONSTRAINT k REFERENCES p (x), b)',
    ],
    [
      'CREATE TABLE c (a, b, CONSTRAINT k FOREIGN KEY ("b") REFERENCES p ("y") DEFERRABLE)',
      'CREATE TABLE c (a, b, CONSTRAINT k FOREIGN KEY ("a") REFERENCES p ("x") DEFERRABLE)',
      'CREATE TABLE d (a, b)',
    ],
  ],
  [
    'foreign-key-pair-changed',
    [
      'CREATE TABLE p (id INTEGER PRIMARY KEY, t TEXT)',
      'CREATE TABLE c (a INT, b TEXT, FOREIGN KEY (a) REFERENCES p (id))',
      'CREATE TABLE d (a REFERENCES missing (x), b)',
    ],
    [
      'CREATE TABLE c (a INT, b TEXT, FOREIGN KEY ("b") REFERENCES p ("id"))',
      'CREATE TABLE c (a INT, b TEXT, FOREIGN KEY ("a") REFERENCES p ("t"))',
    ],
  ],
  [
    'foreign-key-pair-changed',
    [
      'CREATE TABLE p (x, y, z, UNIQUE (x, y))',
      'CREATE TABLE c (a, b, FOREIGN KEY (a, b) REFERENCES p (x, y))',
    ],
    [
      'CREATE TABLE c (a, b, FOREIGN KEY ("b") REFERENCES p ("x"))',
      'CREATE TABLE c (a, b, FOREIGN KEY ("a") REFERENCES p ("y"))',
      'CREATE TABLE c (a, b, FOREIGN KEY ("a", "b") REFERENCES p ("z", "y"))',
      'CREATE TABLE c (a, b, FOREIGN KEY ("a") REFERENCES p ("y"))',
      'CREATE TABLE c (a, b, FOREIGN KEY ("b") REFERENCES p ("x"))',
      'CREATE TABLE c (a, b, FOREIGN KEY ("a", "b") REFERENCES p ("x", "z"))',
    ],
  ],
  [
    'check-value-dropped',
    [
      "CREATE TABLE t (a CHECK (a IN ('x', 'y', 'x')), b, CHECK (b > 0 AND b NOT IN (1, 2)))",
      'CREATE TABLE u (a CHECK (a IN (1)))',
    ],
    [
      "CREATE TABLE t (a CHECK (a IN ('x', 'x')), b, CHECK (b > 0 AND b NOT IN (1, 2)))",
      "CREATE TABLE t (a CHECK (a IN ('x', 'y', 'x')), b, CHECK (b > 0 AND b NOT IN (2)))",
      "CREATE TABLE t (a CHECK (a IN ('x', 'y', 'x')), b, CHECK (b > 0 AND b NOT IN (1)))",
      'CREATE TABLE u (a CHECK (a IN ()))',
    ],
  ],
  [
    'check-operator-changed',
    ['CREATE TABLE t (a CHECK (a==1), b, CHECK (a + 1 >= b OR NOT b != 2))'],
    [
      ...['<>', '<', '<=', '>', '>='].map((operator) => [operator, '>=', '!=']),
      ...['=', '<>', '<', '<=', '>'].map((operator) => ['==', operator, '!=']),
      ...['=', '<', '<=', '>', '>='].map((operator) => ['==', '>=', operator]),
    ].map(([first, second, third]) =>
      `CREATE TABLE t (a CHECK (a ${first} 1), b, CHECK (a + 1 ${second} b OR NOT b ${third} 2))`.replace(
        'a == 1',
        'a==1',
      ),
    ),
  ],
]

const afterDefault =
  "CREATE TABLE t (a INT DEFAULT -1 NOT NULL, b TEXT DEFAULT 'x' COLLATE NOCASE NOT NULL, c TEXT DEFAULT (1))"

/** Constraints that are written after a default are not a part of it. */
const defaults: typeof parts = [
  [
    'not-null-dropped',
    [afterDefault],
    [afterDefault.replace('-1 NOT NULL', '-1'), afterDefault.replace('NOCASE NOT NULL', 'NOCASE')],
  ],
  ['not-null-added', [afterDefault], [afterDefault.replace('c TEXT', 'c TEXT NOT NULL')]],
  [
    'default-dropped',
    [afterDefault],
    ['DEFAULT -1', "DEFAULT 'x'", 'DEFAULT (1)'].map((text) => afterDefault.replace(text, '')),
  ],
  ['collation-changed', [afterDefault], [afterDefault.replace('c TEXT', 'c TEXT COLLATE NOCASE')]],
]

describe.for([...parts, ...defaults])('%s', ([name, statements, expected]) => {
  it('injects its fault wherever a constraint has such a part', () => {
    const changed = executedBy(name, definePlan([migration(1, statements)])).map(
      // What the other statements are is not in question.
      (executed) =>
        executed
          .split('; ')
          .filter((one) => !statements.map(evenOut).includes(one))
          .join('; '),
    )
    expect(changed.map(tighten)).toEqual(expected.map(tighten))
  })
})

describe('the operators', () => {
  it('have names that differ', () => {
    const names = operators.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
  })
})

describe('operators on statements that change rows', () => {
  const changing = definePlan([
    migration(1, [parent]),
    migration(2, [
      'INSERT INTO parent (id, a) SELECT DISTINCT id + 1, a FROM parent WHERE id = 1 ORDER BY a LIMIT 2',
      'UPDATE parent SET a = (SELECT max(a) FROM parent WHERE id > 3 GROUP BY id) WHERE a IS NULL',
      'DELETE FROM parent WHERE id = 7 OR a = (SELECT 1 WHERE true)',
    ]),
  ])
  const whole = changing.migrations.flatMap(statementsOf).slice(1)
  const changed = (position: number, from: string, to: string) =>
    whole.map((sql, index) => (index === position ? sql.replace(from, to) : sql)).join('; ')

  it.for([
    [
      'where-dropped',
      [
        changed(0, 'WHERE id = 1 ', ' '),
        changed(1, ' WHERE a IS NULL', ' '),
        changed(2, ' WHERE id = 7 OR a = (SELECT 1 WHERE true)', ' '),
      ],
    ],
    [
      'where-negated',
      [
        changed(0, 'id = 1', 'NOT (id = 1)'),
        changed(1, 'a IS NULL', 'NOT (a IS NULL)'),
        changed(2, 'id = 7 OR a = (SELECT 1 WHERE true)', 'NOT (id = 7 OR a = (SELECT 1 WHERE true))'),
      ],
    ],
    ['copied-columns-swapped', [changed(0, 'id + 1, a', 'a, id + 1')]],
    [
      'copied-column-dropped',
      [
        changed(0, '(id, a)', '(a)').replace('DISTINCT id + 1, a', 'DISTINCT a'),
        changed(0, '(id, a)', '(id)').replace('id + 1, a', 'id + 1'),
      ],
    ],
    ['grouping-dropped', [changed(0, 'DISTINCT ', ' '), changed(1, ' GROUP BY id', ' ')]],
    ['choosing-order-dropped', [changed(0, ' ORDER BY a', ' ')]],
  ] as const)('%s', ([name, expected]) => {
    expect(executedBy(name, changing)).toEqual(expected.map(evenOut))
  })
})
