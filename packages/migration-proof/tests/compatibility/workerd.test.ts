// Goal: what D1 and a Durable Object do to a history is what their local engine does: a rebuild that deletes the rows of children
// is named with its statement, and what is proposed for it keeps them.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Batch } from '../../src/compatibility/batches.ts'
import { openEngine, proveOnEngine } from '../../src/compatibility/index.ts'
import { upgradeInBatches } from '../../src/compatibility/upgrade-in-batches.ts'
import { betterSqliteConnection, openImage, openMemory } from '../../src/engines/better-sqlite3.ts'
import type { EngineName } from '../../src/engines/engine-names.ts'
import { d1 } from '../../src/history/d1.ts'
import { defineConfig, freezeMissing, type Suite, userVersion, versionTable } from '../../src/index.ts'
import { definePlan } from '../../src/migrator/plan.ts'
import { splitStatements } from '../../src/sql/split.ts'
import { prepareTools } from '../history/tools/prepare-tools.ts'
import { casesOf } from '../support/campaign.ts'
import { codeOf } from '../support/code-of.ts'

const { folder, install } = prepareTools('workerd')
const scratch = mkdtempSync(join(tmpdir(), 'workerd-'))
const started = new Map<EngineName, ReturnType<typeof openEngine>>()

/** One for all tests: to start it takes seconds. */
function engineOf(name: EngineName) {
  const engine = started.get(name) ?? openEngine(name, { folder })
  started.set(name, engine)
  return engine
}

beforeAll(install, 300_000)
afterAll(() => {
  for (const engine of started.values()) engine[Symbol.dispose]()
  rmSync(scratch, { recursive: true })
})

const engines = ['d1', 'durable-object'] as const

/** The bytes of a database that some SQL makes. */
function databaseOf(sql: string): Uint8Array {
  const database = openMemory()
  betterSqliteConnection(database).exec(sql)
  const bytes = database.serialize()
  database.close()
  return bytes
}

function contentsOf(bytes: Uint8Array, sql: string) {
  const database = openImage(Buffer.from(bytes))
  try {
    return betterSqliteConnection(database)
      .all(sql)
      .map((row) => Object.values(row).join(' '))
  } finally {
    database.close()
  }
}

describe.for(engines)('%s', (name) => {
  it('gives each value as it is stored, and the extended code of each refusal', () => {
    using file = engineOf(name).open(new Uint8Array())
    const { connection } = file
    connection.exec('CREATE TABLE t (a INTEGER PRIMARY KEY, b NOT NULL UNIQUE CHECK (b <> 7))')
    const values = [
      9007199254740993n,
      1.5,
      2,
      Number.POSITIVE_INFINITY,
      '\uFEFFa\nb',
      new Uint8Array([0, 255]),
    ]
    for (const [index, value] of values.entries())
      connection.all('INSERT INTO t VALUES (?, ?)', [BigInt(index), value])
    const stored = connection.all('SELECT b, typeof(b) AS type FROM t ORDER BY a')
    expect(stored.map(({ b }) => (b instanceof Uint8Array ? [...b] : b))).toEqual([
      ...values.slice(0, 5),
      [0, 255],
    ])
    expect(stored.map(({ type }) => type)).toEqual(['integer', 'real', 'real', 'real', 'text', 'blob'])
    expect(
      ['(0, 1)', '(9, NULL)', '(9, 1.5)', '(9, 7)'].map((row) =>
        codeOf(connection, `INSERT INTO t VALUES ${row}`),
      ),
    ).toEqual(['PRIMARYKEY', 'NOTNULL', 'UNIQUE', 'CHECK'].map((kind) => `SQLITE_CONSTRAINT_${kind}`))
    expect(codeOf(connection, 'PRAGMA user_version')).toBe('SQLITE_AUTH')
  })

  it('has transactions and savepoints for the harness, though not as statements of a migration', () => {
    using file = engineOf(name).open(databaseOf('CREATE TABLE t (a)'))
    const { connection, runBatch } = file
    const count = () => connection.all('SELECT count(*) AS count FROM t')[0]?.count
    connection.exec('BEGIN; INSERT INTO t VALUES (1); SAVEPOINT s; INSERT INTO t VALUES (2)')
    expect([connection.inTransaction, count()]).toEqual([true, 2n])
    connection.exec('ROLLBACK TO s')
    expect([connection.inTransaction, count()]).toEqual([true, 1n])
    connection.exec('RELEASE s; COMMIT; BEGIN; DELETE FROM t; ROLLBACK')
    expect([connection.inTransaction, count()]).toEqual([false, 1n])
    expect(() => runBatch?.(['INSERT INTO t VALUES (3)', 'SAVEPOINT s'], true)).toThrow(
      expect.objectContaining({ index: 1 }),
    )
    expect(contentsOf(file.save(), 'SELECT a FROM t')).toEqual(['1'])
  })

  // https://github.com/cloudflare/workers-sdk/issues/5438
  it.for(['PRAGMA foreign_keys = OFF', 'PRAGMA defer_foreign_keys = ON'])(
    'deletes the children of a table that is rebuilt, after %s',
    (pragma) => {
      const rows = `CREATE TABLE a (id INTEGER PRIMARY KEY); CREATE TABLE b (id INTEGER PRIMARY KEY, a_id REFERENCES a ON DELETE CASCADE);
        INSERT INTO a VALUES (1); INSERT INTO b VALUES (1, 1)`
      using file = engineOf(name).open(databaseOf(rows))
      file.runBatch?.(
        [
          pragma,
          'CREATE TABLE a_temp (id INTEGER PRIMARY KEY, n)',
          'INSERT INTO a_temp (id) SELECT id FROM a',
          'DROP TABLE a',
          'ALTER TABLE a_temp RENAME TO a',
        ],
        true,
      )
      const bytes = file.save()
      expect(contentsOf(bytes, 'SELECT id FROM a')).toEqual(['1'])
      expect(contentsOf(bytes, 'SELECT id FROM b')).toEqual([])
    },
  )

  it('obeys PRAGMA foreign_keys = OFF outside of a transaction alone, and D1 nowhere', () => {
    const rows = `CREATE TABLE a (id INTEGER PRIMARY KEY); CREATE TABLE b (a_id REFERENCES a ON DELETE CASCADE);
      INSERT INTO a VALUES (1); INSERT INTO b VALUES (1)`
    using file = engineOf(name).open(databaseOf(rows))
    file.runBatch?.(['PRAGMA foreign_keys = OFF'], false)
    file.runBatch?.(['DELETE FROM a'], true)
    expect(contentsOf(file.save(), 'SELECT * FROM b')).toHaveLength(name === 'd1' ? 0 : 1)
  })

  it('refuses what is not of D1', () => {
    using file = engineOf(name).open(new Uint8Array())
    const refused = Object.keys(limits).filter((limit) => {
      try {
        return file.runBatch?.([limits[limit] ?? ''], true) === undefined
      } catch {
        return true
      }
    })
    expect(refused).toEqual(Object.keys(limits))
  })
})

/** https://developers.cloudflare.com/d1/platform/limits/, as far as the local engine has them. */
const limits: Readonly<Record<string, string>> = {
  'a statement of more than 100,000 bytes': `SELECT '${'x'.repeat(100_000)}'`,
  'more than 100 columns': `CREATE TABLE t (${Array.from({ length: 101 }, (_, index) => `c${index}`)})`,
  'a pattern of more than 50 bytes': `SELECT 'a' LIKE '${'x'.repeat(51)}'`,
  BEGIN: 'BEGIN',
  VACUUM: 'VACUUM',
  ATTACH: "ATTACH ':memory:' AS other",
  'a temporary table': 'CREATE TEMP TABLE t (a)',
  'a module other than fts5': 'CREATE VIRTUAL TABLE t USING rtree (a, b, c)',
}

// It takes longer than all others.
it.for(casesOf(engines, String, []))(
  '%s is an error, and no wait without an end, after 30 seconds in a transaction',
  (name) => {
    using file = engineOf(name).open(databaseOf('CREATE TABLE t (a)'))
    const { connection } = file
    connection.exec('BEGIN; INSERT INTO t VALUES (1)')
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 35_000)
    expect(() => connection.all('SELECT a FROM t')).toThrow(/waited for too long/)
    expect(contentsOf(file.save(), 'SELECT a FROM t')).toEqual([])
  },
)

const plan = definePlan([{ version: 1, name: 'rebuild', up: () => {} }], versionTable('versions'))

/** What a rebuild of `p` on D1 loses, and its safe form. */
function rebuild(schema: string, statements: string, name: EngineName = 'd1') {
  const bytes = databaseOf(`PRAGMA foreign_keys = OFF; ${schema}`)
  const batch: Batch = {
    isTransaction: true,
    statements: splitStatements(statements).map((sql) => ({ sql, version: 1 })),
  }
  const open = (given: Uint8Array) => engineOf(name).open(given)
  using file = open(bytes)
  const { lost, refused, safer } = upgradeInBatches(file, [batch], { plan, bytes, open })
  return {
    refused: refused?.error.code ?? null,
    lost: lost.map(
      ({ table, rowsBefore, rowsAfter, statement }) => `${table} ${rowsBefore} ${rowsAfter} ${statement.sql}`,
    ),
    unbound: lost.map(({ table, boundBefore, boundAfter }) => `${table} ${boundBefore} ${boundAfter}`),
    safer: safer.get(1) ?? null,
  }
}

const p = "CREATE TABLE p (id INTEGER PRIMARY KEY, n TEXT); INSERT INTO p VALUES (1, 'a'), (2, 'b');"
const rebuildP = `CREATE TABLE p_new (id INTEGER PRIMARY KEY, n TEXT NOT NULL); INSERT INTO p_new SELECT id, n FROM p; DROP TABLE p;
  ALTER TABLE p_new RENAME TO p;`

describe('a rebuild', () => {
  it('is named with the table, the rows and the statement', () => {
    const { lost, refused } = rebuild(
      `${p} CREATE TABLE c (id INTEGER PRIMARY KEY, p REFERENCES p ON DELETE CASCADE); INSERT INTO c VALUES (5, 1), (6, 2), (7, NULL);`,
      rebuildP,
    )
    expect([lost, refused]).toEqual([['c 3 1 DROP TABLE p'], null])
  })

  const schemas: Readonly<Record<string, string | readonly [schema: string, statements: string]>> = {
    'several children': `${p} CREATE TABLE c (id INTEGER PRIMARY KEY, p REFERENCES p ON DELETE CASCADE); INSERT INTO c VALUES (5, 1);
      CREATE TABLE d (p NOT NULL REFERENCES p ON DELETE CASCADE, n); INSERT INTO d VALUES (2, 'x'), (1, 'y'); CREATE INDEX d_p ON d (p);`,
    grandchildren: `${p} CREATE TABLE c (id INTEGER PRIMARY KEY, p REFERENCES p ON DELETE CASCADE); INSERT INTO c VALUES (5, 1), (6, 2);
      CREATE TABLE d (id INTEGER PRIMARY KEY AUTOINCREMENT, c REFERENCES c ON DELETE SET NULL); INSERT INTO d VALUES (7, 5), (99, 6); DELETE FROM d WHERE id = 99;
      CREATE TABLE e (d REFERENCES d ON DELETE RESTRICT); INSERT INTO e VALUES (7);`,
    'references that are set to NULL': `${p} CREATE TABLE c (id INTEGER PRIMARY KEY, p REFERENCES p ON DELETE SET NULL); INSERT INTO c VALUES (5, 1), (6, NULL);`,
    'references that are set to a default': `${p} CREATE TABLE c (id INTEGER PRIMARY KEY, p DEFAULT 2 REFERENCES p ON DELETE SET DEFAULT, q REFERENCES p ON DELETE CASCADE); INSERT INTO c VALUES (5, 1, 2);`,
    'a reference of the child to itself': `${p} CREATE TABLE c (id INTEGER PRIMARY KEY, p REFERENCES p ON DELETE CASCADE, up REFERENCES c ON DELETE RESTRICT);
      INSERT INTO c VALUES (5, 1, 6), (6, 2, NULL);`,
    'a key of several columns': [
      `CREATE TABLE p (a, b, n, PRIMARY KEY (a, b)); INSERT INTO p VALUES (1, 'x', 0), (1, 'y', 0);
      CREATE TABLE c (a, b, at, PRIMARY KEY (at), FOREIGN KEY (a, b) REFERENCES p ON DELETE CASCADE) WITHOUT ROWID; INSERT INTO c VALUES (1, 'x', 7), (1, 'y', 8);`,
      'CREATE TABLE p_new (a, b, n TEXT, PRIMARY KEY (a, b)); INSERT INTO p_new SELECT * FROM p; DROP TABLE p; ALTER TABLE p_new RENAME TO p;',
    ],
    'triggers of the children': `${p} CREATE TABLE log (t); CREATE TABLE c (id INTEGER PRIMARY KEY, p REFERENCES p ON DELETE CASCADE); INSERT INTO c VALUES (5, 1);
      CREATE TRIGGER c_gone AFTER DELETE ON c BEGIN INSERT INTO log VALUES (old.id); END;
      CREATE TRIGGER c_made BEFORE INSERT ON c BEGIN SELECT raise(ABORT, 'no more'); END;`,
    'indexes and triggers of the table, and its watermark': [
      `CREATE TABLE p (id INTEGER PRIMARY KEY AUTOINCREMENT, n TEXT); INSERT INTO p VALUES (1, 'a'), (40, 'b'); DELETE FROM p WHERE id = 40;
      CREATE INDEX p_n ON p (n); CREATE TRIGGER p_gone AFTER DELETE ON p BEGIN DELETE FROM p; END;
      CREATE TABLE c (id INTEGER PRIMARY KEY, p REFERENCES p ON DELETE CASCADE); INSERT INTO c VALUES (5, 1);`,
      `CREATE TABLE p_new (id INTEGER PRIMARY KEY AUTOINCREMENT, n TEXT NOT NULL); INSERT INTO p_new SELECT id, n FROM p; DROP TABLE p;
      ALTER TABLE p_new RENAME TO p; CREATE INDEX p_n ON p (n); CREATE TRIGGER p_gone AFTER DELETE ON p BEGIN DELETE FROM p; END;`,
    ],
    'a table that refers to itself': [
      `CREATE TABLE p (id INTEGER PRIMARY KEY, up REFERENCES p ON DELETE CASCADE); INSERT INTO p VALUES (1, NULL), (2, 1), (3, 2);
      CREATE TABLE c (id INTEGER PRIMARY KEY, p REFERENCES p ON DELETE CASCADE); INSERT INTO c VALUES (5, 3);`,
      'CREATE TABLE p_new (id INTEGER PRIMARY KEY, up INTEGER REFERENCES p ON DELETE CASCADE); INSERT INTO p_new SELECT * FROM p; DROP TABLE p; ALTER TABLE p_new RENAME TO p;',
    ],
    'a table that is made again under its name': [
      `${p} CREATE TABLE c (id INTEGER PRIMARY KEY, p REFERENCES p ON DELETE CASCADE); INSERT INTO c VALUES (5, 1);`,
      'CREATE TABLE p_old AS SELECT * FROM p; DROP TABLE p; CREATE TABLE p (id INTEGER PRIMARY KEY, n TEXT NOT NULL); INSERT INTO p SELECT * FROM p_old; DROP TABLE p_old;',
    ],
    'two tables, one the child of the other': [
      `${p} CREATE TABLE c (id INTEGER PRIMARY KEY, p REFERENCES p ON DELETE CASCADE); INSERT INTO c VALUES (5, 1);
      CREATE TABLE d (c REFERENCES c ON DELETE CASCADE); INSERT INTO d VALUES (5);`,
      `${rebuildP} CREATE TABLE c_new (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p ON DELETE CASCADE); INSERT INTO c_new SELECT * FROM c; DROP TABLE c;
      ALTER TABLE c_new RENAME TO c;`,
    ],
    'a generated column, and rows that no column numbers': `${p} CREATE TABLE c (p REFERENCES p ON DELETE CASCADE, twice AS (p * 2) STORED, n); INSERT INTO c (p, n) VALUES (1, 'x'), (2, 'y'); DELETE FROM c WHERE p = 1;`,
  }

  const inSuite = ['grandchildren', 'triggers of the children', 'a table that refers to itself']

  it.for(casesOf(Object.entries(schemas), ([title]) => title, inSuite))(
    'has a form that keeps the rows: %s',
    ([, given]) => {
      const [schema, statements] = typeof given === 'string' ? [given, rebuildP] : given
      const { lost, safer } = rebuild(schema, statements)
      expect([lost.length > 0, safer]).toEqual([
        true,
        expect.arrayContaining([expect.stringContaining('DROP TABLE')]),
      ])
      // Pasted, it loses nothing, and is refused nowhere.
      const again = rebuild(schema, (safer ?? []).join(';\n'))
      expect([again.lost.filter((line) => !/DELETE FROM/.test(line)), again.refused]).toEqual([[], null])
    },
  )

  it.for(['RESTRICT', 'NO ACTION'])('has one where children with %s refuse it', (action) => {
    const schema = `${p} CREATE TABLE c (id INTEGER PRIMARY KEY, p REFERENCES p ON DELETE ${action}); INSERT INTO c VALUES (5, 1);`
    const { refused, safer } = rebuild(schema, `PRAGMA defer_foreign_keys = ON; ${rebuildP}`)
    expect(refused).toMatch(/^SQLITE_CONSTRAINT/)
    expect(rebuild(schema, (safer ?? []).join(';\n')).refused).toBe(null)
  })

  it('has none where none can be proven, as with a migration that stores chance', () => {
    const schema = `${p} CREATE TABLE c (id INTEGER PRIMARY KEY, p REFERENCES p ON DELETE CASCADE); INSERT INTO c VALUES (5, 1);`
    const { lost, safer } = rebuild(schema, rebuildP.replace('id, n FROM', 'id, hex(randomblob(8)) FROM'))
    expect([lost.length, safer]).toEqual([1, null])
  })
})

const tables = `CREATE TABLE \`user\` (\`id\` integer PRIMARY KEY NOT NULL, \`name\` text);
--> statement-breakpoint
CREATE TABLE \`post\` (\`id\` integer PRIMARY KEY NOT NULL, \`user_id\` integer NOT NULL, FOREIGN KEY (\`user_id\`) REFERENCES \`user\`(\`id\`) ON UPDATE no action ON DELETE cascade);
`
const generated = `PRAGMA foreign_keys=OFF;--> statement-breakpoint
CREATE TABLE \`__new_user\` (
	\`id\` integer PRIMARY KEY NOT NULL,
	\`name\` text NOT NULL
);
--> statement-breakpoint
INSERT INTO \`__new_user\`("id", "name") SELECT "id", "name" FROM \`user\`;--> statement-breakpoint
DROP TABLE \`user\`;--> statement-breakpoint
ALTER TABLE \`__new_user\` RENAME TO \`user\`;--> statement-breakpoint
PRAGMA foreign_keys=ON;
`

function writeText(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

/** The first run drafts what is not written, the second takes it. */
function frozen(suite: Suite): Suite {
  freezeMissing(suite)
  expect(freezeMissing(suite, { acceptDrafts: true }).failures).toEqual([])
  return suite
}

const rows = `INSERT INTO d1_migrations (id, name, applied_at) VALUES (1, '0000_tables.sql', '2026-01-01 00:00:00');
INSERT INTO user (id, name) VALUES (1, 'Ann'), (2, 'Bob');
INSERT INTO post (id, user_id) VALUES (1, 1), (2, 1), (3, 2);
`

/** A folder of wrangler whose first file makes these tables, with all its fixtures frozen. */
function projectOf(name: string, secondFile: string, second: string) {
  const project = join(scratch, name)
  writeText(join(project, 'migrations', '0000_tables.sql'), tables)
  writeText(join(project, 'migrations', secondFile), second)
  const fixtures = join(project, 'fixtures')
  writeText(join(fixtures, 'rows', 'v1.sql'), rows)
  return frozen(defineConfig({ name, ...d1(pathToFileURL(join(project, 'migrations/'))), fixtures }))
}

describe('a history of wrangler', () => {
  it('fails by name where drizzle has generated a rebuild, and passes with what is proposed', () => {
    const suite = projectOf('generated', '0001_not_null.sql', generated)
    const { problems, rebuilds, outcome } = proveOnEngine(suite, engineOf('d1'))
    expect(outcome).toBe('failed')
    expect(problems).toMatchObject([
      {
        code: 'rows',
        subject: { type: 'table', name: 'post' },
        version: 2,
        location: { file: expect.stringMatching(/0001_not_null\.sql$/), line: 8 },
        evidence: [{ ran: 'DROP TABLE `user`', happened: 'post has 0 rows instead of 3' }],
      },
    ])
    expect(rebuilds).toMatchObject([{ version: 2, provenWith: ['v1'] }])
    const proposed = (rebuilds[0]?.statements ?? []).map((sql) => `${sql};\n`).join('')
    const corrected = projectOf('corrected', '0001_not_null.sql', proposed)
    expect(proveOnEngine(corrected, engineOf('d1'))).toMatchObject({
      outcome: 'passed',
      problems: [],
      rebuilds: [],
    })
  })

  it('is as it is on better-sqlite3 where it only adds', () => {
    const added = 'ALTER TABLE post ADD COLUMN title text;\nCREATE INDEX post_user ON post (user_id);\n'
    const { problems, foreignKeys, sqlite } = proveOnEngine(
      projectOf('additive', '0001_title.sql', added),
      engineOf('d1'),
    )
    expect(problems).toEqual([])
    expect([foreignKeys, sqlite]).toEqual([true, expect.stringMatching(/^3\.\d+\.\d+$/)])
  })
})

it('a statement that D1 refuses is reported by its migration', () => {
  const suite = frozen(
    defineConfig({
      name: 'refused',
      migrations: [
        { version: 1, name: 'note', up: ({ exec }) => exec('CREATE TABLE note (id INTEGER PRIMARY KEY)') },
      ],
      versions: userVersion(),
      fixtures: join(scratch, 'refused'),
    }),
  )
  const { problems } = proveOnEngine(suite, engineOf('durable-object'))
  expect(problems).toMatchObject([
    {
      code: 'upgrade',
      version: 1,
      evidence: [{ ran: 'PRAGMA user_version = ?', happened: 'not authorized' }],
    },
  ])
})

it.for(engines)('%s is named with the command that installs it where miniflare is missing', (name) => {
  writeFileSync(join(scratch, 'package.json'), '{}')
  expect(() => openEngine(name, { folder: scratch })).toThrow(
    expect.objectContaining({ name: 'MissingEngineError', install: 'npm install miniflare' }),
  )
})
