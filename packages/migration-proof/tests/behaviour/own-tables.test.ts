// Goal: what a project declares of its tables is all that the checks and properties need. A history of four versions,
// with a table that is dropped and a column whose type changes, holds all of them, and each sees the faults injected in
// its migrations.
import { afterAll, describe, expect, it } from 'vitest'
import {
  checkBehaviour,
  describeProblem,
  type FamilyName,
  familyNames,
  openFamily,
  openFresh,
  openUpgraded,
} from '../../src/behaviour/index.ts'
import {
  compareWithFacts,
  defineConfig,
  freezeMissing,
  type Migration,
  type Suite,
  type TableDeclaration,
} from '../../src/index.ts'
import { describeSubject } from '../../src/problem.ts'
import { makePrivateFolder } from '../../src/snapshots/private-folder.ts'

const steps: readonly (Pick<Migration, 'foreignKeys' | 'dataChanges'> & { readonly sql: string })[] = [
  {
    sql: `CREATE TABLE IF NOT EXISTS author (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        email TEXT NOT NULL UNIQUE COLLATE NOCASE,
        kind TEXT NOT NULL DEFAULT 'guest' CHECK (kind IN ('guest', 'member'))
      );
      CREATE TABLE IF NOT EXISTS note (
        id TEXT PRIMARY KEY,
        author INTEGER NOT NULL REFERENCES author (id) ON DELETE CASCADE,
        stars TEXT,
        made_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP
      );
      CREATE INDEX IF NOT EXISTS note_author ON note (author)`,
  },
  {
    sql: `CREATE TABLE draft (note TEXT NOT NULL REFERENCES note (id) ON DELETE CASCADE, text BLOB);
      CREATE TABLE session (
        token TEXT PRIMARY KEY NOT NULL,
        author INTEGER REFERENCES author (id) ON DELETE SET NULL,
        expires_at INTEGER NOT NULL
      );
      CREATE INDEX session_expires_at ON session (expires_at)`,
  },
  { sql: 'DROP TABLE draft', dataChanges: [{ table: 'draft', reason: 'drafts are kept by the editor' }] },
  {
    foreignKeys: 'off',
    dataChanges: [{ table: 'note', columns: ['stars'], reason: 'stars are counted' }],
    sql: `CREATE TABLE new_note (
        id TEXT PRIMARY KEY,
        author INTEGER NOT NULL REFERENCES author (id) ON DELETE CASCADE,
        stars INTEGER NOT NULL DEFAULT 0,
        made_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP
      );
      INSERT INTO new_note SELECT id, author, coalesce(CAST(stars AS INTEGER), 0), made_at FROM note;
      DROP TABLE note;
      ALTER TABLE new_note RENAME TO note;
      CREATE INDEX note_author ON note (author)`,
  },
]

const tables: readonly TableDeclaration[] = [
  {
    name: 'draft',
    since: 2,
    until: 3,
    columns: { note: { type: 'TEXT', notNull: true }, text: { type: 'BLOB' } },
    foreignKeys: [{ columns: ['note'], parent: 'note', parentColumns: ['id'], onDelete: 'CASCADE' }],
  },
  {
    name: 'author',
    since: 1,
    columns: {
      id: { type: 'INTEGER' },
      email: { type: 'TEXT', notNull: true, collate: 'NOCASE', examples: ['ada@example.org'] },
      kind: { type: 'TEXT', notNull: true, default: "'guest'", values: ['guest', 'member'] },
    },
    key: ['id'],
    autoincrement: true,
    unique: [['email']],
    checks: [
      {
        sql: "kind IN ('guest', 'member')",
        holds: ({ kind }) => kind === null || kind === 'guest' || kind === 'member',
        refuses: [{ kind: 'Guest' }, { kind: '' }],
      },
    ],
  },
  {
    name: 'note',
    since: 1,
    columns: {
      id: { type: 'TEXT', examples: ['monday'] },
      author: { type: 'INTEGER', notNull: true },
      stars: { type: 'TEXT', examples: ['3', '5 stars'] },
      made_at: { type: 'DATETIME', notNull: true, default: 'CURRENT_TIMESTAMP', values: 'date-time' },
    },
    key: ['id'],
    foreignKeys: [{ columns: ['author'], parent: 'author', parentColumns: ['id'], onDelete: 'CASCADE' }],
    indexes: { note_author: ['author'] },
    changes: [{ since: 4, columns: { stars: { type: 'INTEGER', notNull: true, default: '0' } } }],
  },
  {
    name: 'session',
    since: 2,
    columns: {
      token: { type: 'TEXT', notNull: true, secret: true },
      author: { type: 'INTEGER' },
      expires_at: { type: 'INTEGER', notNull: true, values: 'seconds' },
    },
    key: ['token'],
    foreignKeys: [{ columns: ['author'], parent: 'author', parentColumns: ['id'], onDelete: 'SET NULL' }],
    indexes: { session_expires_at: ['expires_at'] },
    expiry: { column: 'expires_at', index: 'session_expires_at' },
  },
]

const folder = makePrivateFolder()
afterAll(() => folder.remove())

/** The suite, with a part of its migrations replaced; of files with rows alone, where that is wanted. */
function suiteWith(from = '', to = '', isOfRowsAlone = false): Suite {
  if (!steps.some(({ sql }) => sql.includes(from))) throw new RangeError(`No migration has '${from}'`)
  const migrations = steps.map(({ sql, ...rest }, index) => ({
    version: index + 1,
    name: `step ${index + 1}`,
    up: ({ exec, all }: Parameters<Migration['up']>[0]) => {
      const isMeant = !isOfRowsAlone || (index > 0 && all('SELECT 1 FROM author').length > 0)
      exec(isMeant ? sql.replaceAll(from, to) : sql)
    },
    ...rest,
  }))
  const contracts = [
    {
      name: 'find the drafts of a note',
      table: 'draft',
      sql: 'SELECT * FROM draft WHERE note = ?',
      parameters: ['monday'],
      access: { scan: 'drafts are few' },
    },
  ]
  return defineConfig({ name: 'notes', migrations, fixtures: folder.path, tables, contracts })
}

const suite = suiteWith()
// The first run drafts what is not written, the second takes it as read.
freezeMissing(suite)
freezeMissing(suite, { acceptDrafts: true })

const versions = steps.map((_, index) => index + 1)
const RUNS: Readonly<Record<FamilyName, number>> = {
  constraints: 200,
  expiry: 100,
  model: 200,
  differential: 100,
  'old data': 60,
}

/** What the properties of a family find. */
function explore(broken: Suite, name: FamilyName, factor = 1): string[] {
  const family = openFamily(broken, name)
  try {
    return family.properties.flatMap((property) => {
      const { counterexample } = property.explore({ runs: RUNS[name] * factor, seed: 1 })
      return counterexample === null ? [] : [property.name, ...counterexample.failures.map(describeProblem)]
    })
  } finally {
    family.close()
  }
}

describe('a project without a fault', () => {
  it.for(versions)('has at v%i what is declared of it, and does it', (version) => {
    const connection = openFresh(suite, version)
    expect(compareWithFacts(connection, suite.facts, version, suite.plan.versions.tables)).toEqual([])
    expect(checkBehaviour({ connection, facts: suite.facts, version }).map(describeProblem)).toEqual([])
  })

  it.for(suite.snapshots.map(({ name }) => name))('does it after the upgrade of %s', (name) => {
    const connection = openUpgraded(suite, name)
    const [version] = versions.slice(-1)
    const failures = checkBehaviour({ connection, facts: suite.facts, version: version ?? 0 })
    expect(failures.map(describeProblem)).toEqual([])
  })

  it.for(familyNames)('holds the properties of its %s', (name) => {
    expect(explore(suite, name)).toEqual([])
  })

  it('has properties of every kind', () => {
    const names = familyNames.flatMap((name) => {
      const family = openFamily(suite, name)
      family.close()
      return family.properties.map((property) => property.name)
    })
    expect(names).toEqual([
      'constraints of author',
      'constraints of note',
      'constraints of session',
      'purges of expired rows',
      'the whole database follows the model',
      'upgraded v0-empty behaves as fresh',
      'upgraded v1 behaves as fresh',
      'upgraded v2 behaves as fresh',
      'upgraded v3 behaves as fresh',
      'rows of v1 survive',
      'rows of v2 survive',
      'rows of v3 survive',
    ])
  })

  it('ends the contracts of a table with the table, and knows the secrets of the latest version', () => {
    expect(suite.facts.contracts).toMatchObject([{ table: 'draft', since: 2, until: 3 }])
    expect(suite.facts.secrets).toEqual([{ table: 'session', column: 'token' }])
  })
})

const cascade = 'author INTEGER NOT NULL REFERENCES author (id) ON DELETE CASCADE'

/** Each row: the fault, what it replaces, the version that shows it, and the object that is named. */
const faults: readonly (readonly [
  fault: string,
  from: string,
  to: string,
  version: number,
  object: string,
])[] = [
  ['a dropped UNIQUE', ' UNIQUE', '', 1, 'author'],
  ['a lost cascade', cascade, cascade.replace(' ON DELETE CASCADE', ''), 1, 'note → author'],
  ['a wrong default', "DEFAULT 'guest'", "DEFAULT 'member'", 1, 'author.kind'],
  ['a CHECK made wider', "'member'))", "'member', 'Guest'))", 1, 'author'],
  ['a table that was not dropped', 'DROP TABLE draft', 'SELECT 1', 3, 'draft'],
  ['a type that was not changed', 'stars INTEGER NOT NULL', 'stars TEXT NOT NULL', 4, 'note.stars'],
  ['a lost index', 'CREATE INDEX note_author', '-- CREATE INDEX note_author', 4, 'note_author'],
]

describe('a fault in a migration', () => {
  it.for(faults)('is seen by the behaviour: %s', ([, from, to, version, object]) => {
    const connection = openFresh(suiteWith(from, to), version)
    const failures = checkBehaviour({ connection, facts: suite.facts, version })
    expect(failures.map(({ subject }) => subject.name)).toContain(object)
  })

  it.for(faults)('is seen by the facts: %s', ([, from, to, version, object]) => {
    const connection = openFresh(suiteWith(from, to), version)
    const failures = compareWithFacts(connection, suite.facts, version, suite.plan.versions.tables)
    const table = object.startsWith('note') ? 'note' : object.replace(/[. ].*/, '')
    expect(failures.map(({ subject }) => describeSubject(subject)).join()).toContain(`table ${table}`)
  })
})

describe('the properties see', () => {
  const seen: readonly (readonly [name: FamilyName, fault: string, from: string, to: string])[] = [
    ['constraints', 'a dropped UNIQUE', ' UNIQUE', ''],
    ['constraints', 'a wrong default', "DEFAULT 'guest'", "DEFAULT 'member'"],
    [
      'constraints',
      'a default that is no time',
      'DEFAULT CURRENT_TIMESTAMP',
      "DEFAULT '2025-11-25 08:30:00'",
    ],
    ['constraints', 'a NOT NULL too few', 'token TEXT PRIMARY KEY NOT NULL', 'token TEXT PRIMARY KEY'],
    ['expiry', 'an expiry that is text', 'expires_at INTEGER', 'expires_at TEXT'],
    ['model', 'a lost cascade', cascade, cascade.replace(' ON DELETE CASCADE', '')],
    ['model', 'a row number that comes again', ' AUTOINCREMENT', ''],
    ['old data', 'lost rows', 'made_at FROM note', "made_at FROM note WHERE stars <> '5 stars'"],
    [
      'old data',
      'a value that changed without a declaration',
      'SELECT id, author',
      'SELECT upper(id), author',
    ],
  ]

  it.for(seen)('(%s) %s', ([name, , from, to]) => {
    expect(explore(suiteWith(from, to), name, 10)).not.toEqual([])
  })

  // What a migration leaves out the migrator sees by itself, but not what it makes beside its tables.
  it.for([
    ['an index', 'CREATE UNIQUE INDEX one_session ON session (author)'],
    [
      'a trigger',
      'CREATE TRIGGER once AFTER INSERT ON session BEGIN DELETE FROM author WHERE id = NEW.author; END',
    ],
  ])('(differential) %s that upgraded files have alone', ([, sql]) => {
    const from = 'CREATE INDEX session_expires_at'
    const broken = suiteWith(from, `${sql};\n${from}`, true)
    expect(explore(broken, 'differential', 10)).toContain('upgraded v1 behaves as fresh')
  })
})
