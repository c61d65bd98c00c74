// Goal: what precedes the first migration is read as the application makes it, whether it is SQL or a database, and every version
// that is built from nothing begins with it; what cannot precede one is refused in one sentence.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, describe, expect, it } from 'vitest'
import { betterSqliteConnection, openMemory } from '../../src/engines/better-sqlite3.ts'
import { notesOfIds, readIds } from '../../src/history/version-notes.ts'
import type { Base } from '../../src/migrator/base.ts'
import { expectedSchema } from '../../src/migrator/expected-schema.ts'
import { migrate } from '../../src/migrator/migrate.ts'
import { definePlan, type MigrationPlan } from '../../src/migrator/plan.ts'
import { userVersion, versionTable } from '../../src/migrator/version-store.ts'
import { simpleMigrator } from '../../src/mutation/migrators/simple-migrator.ts'
import { contentOfBase, readBase } from '../../src/snapshots/base.ts'
import { readContent } from '../../src/snapshots/content-hash.ts'
import type { Connection } from '../../src/sql/connection.ts'

const folder = mkdtempSync(join(tmpdir(), 'base-'))
afterAll(() => rmSync(folder, { recursive: true }))

let files = 0

/** The path of a file with this content. */
function write(content: string | Uint8Array): string {
  const path = join(folder, `${++files}`)
  writeFileSync(path, content)
  return path
}

const script = `-- What releases before the first migration made.
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE account (id INTEGER PRIMARY KEY AUTOINCREMENT, kind INTEGER REFERENCES kind, opened TEXT DEFAULT CURRENT_TIMESTAMP);
CREATE TABLE kind (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, bits BLOB, share REAL);
CREATE TABLE change (what TEXT);
INSERT INTO account VALUES (7, 2, 'in the spring');
INSERT INTO account (kind) VALUES (1);
INSERT INTO kind VALUES (1, 'it''s cash; or so', x'00ff', 0.1), (2, 'bank', NULL, 2.0);
UPDATE sqlite_sequence SET seq = 40;
CREATE INDEX account_kind ON account (kind);
CREATE VIEW open_account AS SELECT id FROM account;
CREATE TRIGGER account_added AFTER INSERT ON account BEGIN INSERT INTO change VALUES ('added'); END;
CREATE VIRTUAL TABLE found USING fts5 (text);
INSERT INTO found VALUES ('a text that is found');
PRAGMA application_id = 99;
COMMIT;
`

/** The same in a database file. @param prepare what is done before */
function databaseOf(sql: string, prepare = ''): Buffer {
  const path = join(folder, `${++files}.sqlite`)
  const database = new Database(path)
  database.exec(prepare)
  database.exec(sql)
  database.close()
  return Buffer.from(new Uint8Array(readBytes(path)))
}

function readBytes(path: string): Uint8Array {
  const database = new Database(path)
  try {
    return database.serialize()
  } finally {
    database.close()
  }
}

function withMemory<Result>(work: (connection: Connection) => Result): Result {
  const connection = betterSqliteConnection(openMemory())
  try {
    return work(connection)
  } finally {
    connection.close()
  }
}

const first = {
  version: 1,
  name: 'names',
  up: (connection: { exec(sql: string): void }) =>
    connection.exec("ALTER TABLE account ADD COLUMN name TEXT NOT NULL DEFAULT 'none'"),
}
const second = {
  version: 2,
  name: 'no kinds',
  up: (connection: { exec(sql: string): void }) =>
    connection.exec('UPDATE account SET kind = NULL; DROP TABLE kind'),
}

function planOn(base: Base, versions = versionTable('schema_version')): MigrationPlan {
  return { ...definePlan([first, second], versions), base }
}

describe('a base', () => {
  const accounts = (connection: Connection) => connection.all('SELECT id, kind, opened FROM account')

  it.for([
    ['a script', () => Buffer.from(script)],
    ['a script of Windows', () => Buffer.from(`\ufeff${script.replaceAll('\n', '\r\n')}`)],
    ['a database', () => databaseOf(script)],
    ['a database in WAL mode', () => databaseOf(script, 'PRAGMA journal_mode = WAL')],
    ['a database of UTF-16', () => databaseOf(script, "PRAGMA encoding = 'UTF-16'")],
  ] as const)(
    'of %s is version 0, with its rows and without what its triggers would do again',
    ([, make]) => {
      const plan = planOn(readBase(write(make()), versionTable('schema_version')))
      withMemory((connection) => {
        const { to, applied } = migrate(connection, plan, { target: 0 })
        expect([to, applied]).toEqual([0, []])
        expect(accounts(connection)).toEqual([
          { id: 7n, kind: 2n, opened: 'in the spring' },
          { id: 8n, kind: 1n, opened: expect.any(String) },
        ])
        expect(connection.all('SELECT * FROM kind')).toEqual([
          { id: 1n, name: "it's cash; or so", bits: Buffer.from([0, 255]), share: 0.1 },
          { id: 2n, name: 'bank', bits: null, share: 2 },
        ])
        expect(connection.all('SELECT * FROM change')).toEqual([])
        expect(connection.all('SELECT seq FROM sqlite_sequence')).toEqual([{ seq: 40n }])
        expect(connection.all("SELECT * FROM found WHERE found MATCH 'found'")).toHaveLength(1)
        expect(connection.all('PRAGMA application_id')).toEqual([{ application_id: 99n }])
        expect(connection.all('PRAGMA defer_foreign_keys')).toEqual([{ defer_foreign_keys: 0n }])
      })
    },
  )

  it('holds the same whatever the time is and whatever chance says', () => {
    const path = write(`CREATE TABLE setup (at TEXT DEFAULT CURRENT_TIMESTAMP, key BLOB, day TEXT);
      INSERT INTO setup (key, day) VALUES (randomblob(8), date('now', '+1 day'));`)
    const hashes = [1, 2].map(
      () => contentOfBase({ base: readBase(path, versionTable('schema_version')) }).contentHash,
    )
    expect(new Set(hashes).size).toBe(1)
  })

  it('may bring the table of the versions, without a version in it', () => {
    const versions = versionTable('schema_version')
    const sql =
      'CREATE TABLE schema_version (version INTEGER PRIMARY KEY, applied_at TEXT); CREATE TABLE account (id);'
    const plan = { ...definePlan([first], versions), base: readBase(write(sql), versions) }
    withMemory((connection) => {
      migrate(connection, plan)
      expect(connection.all('SELECT * FROM schema_version')).toEqual([{ version: 1n, applied_at: null }])
    })
  })

  it('may bring rows in the tables of a tool that are no versions, such as its lock', () => {
    const versions = notesOfIds({
      tables: ['knex_migrations', 'knex_migrations_lock'],
      ids: ['1.js'],
      consequences: {},
      create: () => {},
      list: (connection) => readIds(connection, 'knex_migrations', 'name'),
      note: () => {},
    })
    const sql = `CREATE TABLE knex_migrations (id INTEGER PRIMARY KEY, name TEXT);
      CREATE TABLE knex_migrations_lock (is_locked INTEGER); INSERT INTO knex_migrations_lock VALUES (0);`
    const plan = {
      ...definePlan([first], versions),
      base: readBase(write(`${sql}CREATE TABLE account (id)`), versions),
    }
    withMemory((connection) => {
      migrate(connection, plan, { target: 0 })
      expect(connection.all('SELECT * FROM knex_migrations_lock')).toEqual([{ is_locked: 0n }])
    })
  })
})

describe('a history with a base', () => {
  const base = readBase(write(script), versionTable('schema_version'))
  const start = () =>
    withMemory((connection) => {
      migrate(connection, planOn(base), { target: 0 })
      return readContent(connection)
    })

  it.for(['each', 'all'] as const)('begins a new database with it, %s transaction', (transaction) => {
    withMemory((connection) => {
      connection.exec('PRAGMA foreign_keys = ON')
      const { from, to, applied, extras } = migrate(connection, planOn(base), { transaction })
      expect([from, to, applied, extras]).toEqual([0, 2, [1, 2], []])
      expect(connection.all('SELECT id, name FROM account')).toEqual([
        { id: 7n, name: 'none' },
        { id: 8n, name: 'none' },
      ])
    })
  })

  it.for(['each', 'all'] as const)(
    'upgrades a database that has it already, %s transaction',
    (transaction) => {
      withMemory((connection) => {
        connection.exec(script)
        connection.exec("INSERT INTO account (opened) VALUES ('by a user')")
        expect(migrate(connection, planOn(base), { transaction }).applied).toEqual([1, 2])
        expect(connection.all('SELECT count(*) AS n FROM account')).toEqual([{ n: 3n }])
      })
    },
  )

  it.for(['each', 'all'] as const)(
    'leaves nothing of it where the first migration fails, %s transaction',
    (transaction) => {
      const fails = {
        ...first,
        up: () => {
          throw new Error('on purpose')
        },
      }
      withMemory((connection) => {
        const plan = { ...definePlan([fails]), base }
        expect(() => migrate(connection, plan, { transaction })).toThrow('on purpose')
        expect(connection.all('SELECT * FROM sqlite_schema')).toEqual([])
      })
    },
  )

  it('knows a database that lost a table of it', () => {
    withMemory((connection) => {
      connection.exec(`${script}; DROP VIEW open_account`)
      expect(() => migrate(connection, planOn(base))).toThrow(/Schema at version 0, view open_account/)
    })
  })

  it('does not take a database for empty that notes its version in the header and has no object any more', () => {
    const versions = userVersion()
    const drops = {
      version: 1,
      name: 'nothing',
      up: (one: { exec(sql: string): void }) => one.exec('DROP TABLE a'),
    }
    const rests = { version: 2, name: 'rest', up: () => {} }
    const plan = {
      ...definePlan([drops, rests], versions),
      base: readBase(write('CREATE TABLE a (x)'), versions),
    }
    withMemory((connection) => {
      migrate(connection, plan, { target: 1 })
      migrate(connection, plan)
      expect(connection.all('SELECT * FROM sqlite_schema')).toEqual([])
    })
  })

  it('has it at version 0 of what a version looks like', () => {
    withMemory((connection) => {
      const { tables, views } = expectedSchema(connection, planOn(base), 0)
      expect([...tables.keys(), ...views.keys()].toSorted()).toEqual([
        'account',
        'change',
        'found',
        'kind',
        'open_account',
      ])
    })
  })

  it.for(['migrate', 'simpleMigrator'] as const)('lets two starters make it once, by %s', (which) => {
    const path = join(folder, `${++files}.db`)
    const [one, other] = [new Database(path), new Database(path)]
    let isFirst = true
    const plan = planOn(base)
    const run = which === 'migrate' ? migrate : simpleMigrator()
    run(betterSqliteConnection(one), plan, {
      beforeStatement: () => {
        if (isFirst) migrate(betterSqliteConnection(other), plan)
        isFirst = false
      },
    })
    expect(one.prepare('SELECT count(*) AS n FROM account').get()).toEqual({ n: 2 })
    for (const database of [one, other]) database.close()
  })

  it('holds what was read of it', () => {
    expect(start()).toEqual(contentOfBase({ base }))
  })
})

describe('what cannot precede the first migration', () => {
  const refusalOf = (path: string, versions = versionTable('schema_version')): unknown => {
    try {
      readBase(path, versions)
    } catch (error) {
      return error
    }
    return null
  }

  const damaged = (() => {
    const bytes = databaseOf('CREATE TABLE a (x); CREATE TABLE b (x); INSERT INTO b VALUES (1);')
    return bytes.fill(0x2a, 4096, 4104)
  })()

  it.for([
    ['a missing file', () => join(folder, 'none.sql'), 'no file'],
    ['a folder', () => folder, 'EISDIR'],
    ['an empty file', () => write(''), 'an empty file'],
    ['comments alone', () => write('-- nothing yet\n'), 'found none'],
    ['bytes that are neither text nor a database', () => write(Buffer.from([0xff, 0xfe, 0x80])), 'neither'],
    ['a byte of zero', () => write('CREATE TABLE a (x);\0'), 'a byte of zero'],
    ['a header alone', () => write('SQLite format 3\0'), 'file is not a database'],
    ['a damaged database', () => write(damaged), 'the error'],
    [
      'an error of SQL',
      () => write('CREATE TABLE a (x);\n\nCREATE TABLE b (x\n);CREATE TABEL c;'),
      'line 4: ',
    ],
    ['a transaction that does not end', () => write('BEGIN; CREATE TABLE a (x);'), 'BEGIN without COMMIT'],
    [
      'a row without its parent',
      () =>
        write('CREATE TABLE a (id PRIMARY KEY); CREATE TABLE b (a REFERENCES a); INSERT INTO b VALUES (1);'),
      'table b, row 1 without its parent in a',
    ],
    [
      'a dump of the last version',
      () =>
        write(
          'CREATE TABLE a (x); CREATE TABLE schema_version (version); INSERT INTO schema_version VALUES (1), (2);',
        ),
      'version 2 by its table schema_version',
    ],
    [
      'a table of versions that cannot be read',
      () => write('CREATE TABLE schema_version (id)'),
      'Table schema_version',
    ],
    [
      'a virtual table whose rows cannot be written out',
      () => write("CREATE VIRTUAL TABLE v USING fts5vocab('f', 'row')"),
      'the virtual table v',
    ],
  ] as const)('is refused: %s', ([, make, words]) => {
    const error = refusalOf(make())
    expect(error).toMatchObject({ name: 'BaseError', message: expect.stringContaining(words) })
    expect(String(error).split('\n')).toHaveLength(1)
  })

  it('is refused where a log beside the database holds a part of it', () => {
    const path = write(databaseOf(script))
    writeFileSync(`${path}-wal`, 'pages')
    expect(refusalOf(path)).toMatchObject({ message: expect.stringContaining('-wal beside it') })
  })

  it('is refused by the versions in the header', () => {
    const error = refusalOf(write('CREATE TABLE a (x); PRAGMA user_version = 3;'), userVersion())
    expect(error).toMatchObject({ message: expect.stringContaining('version 3;') })
    // A file of people that has had the first migrations is a snapshot, and no base.
    for (const words of [
      'freeze --from FILE --name v3',
      'verify --against FILE',
      'a copy without these notes',
    ])
      expect(error).toMatchObject({ message: expect.stringContaining(words) })
    expect(String(error).split('\n')).toHaveLength(1)
  })

  it('may stand for the first migrations, whose files are empty now, where it does not note them', () => {
    const versions = userVersion()
    const base = readBase(write('CREATE TABLE account (id INTEGER PRIMARY KEY)'), versions)
    const texts = ['-- squashed', '', 'ALTER TABLE account ADD COLUMN name TEXT']
    const plan = {
      ...definePlan(
        texts.map((sql, index) => ({ version: index + 1, name: 'step', up: (to) => to.exec(sql) })),
        versions,
      ),
      base,
    }
    withMemory((connection) => {
      migrate(connection, plan)
      expect(connection.all('SELECT id, name FROM account')).toEqual([])
    })
    withMemory((connection) => {
      connection.exec('CREATE TABLE account (id INTEGER PRIMARY KEY); PRAGMA user_version = 2')
      expect(migrate(connection, plan).applied).toEqual([3])
    })
  })

  it.for([
    ['a table', 'CREATE TABLE account (id); CREATE TABLE added (x);', 'CREATE TABLE added (x)', 'added'],
    [
      'an index',
      'CREATE TABLE account (id); CREATE INDEX i ON account (id);',
      'CREATE INDEX i ON account (id)',
      'i',
    ],
    [
      'a column',
      'CREATE TABLE account (id, name);',
      'ALTER TABLE account ADD COLUMN name',
      'the column name',
    ],
  ])('is named where a migration fails because it holds already %s', ([, sql = '', makes = '', what]) => {
    const versions = userVersion()
    const up = (connection: { exec(sql: string): void }) => connection.exec(makes)
    const plan = {
      ...definePlan([{ version: 1, name: 'adds', up }], versions),
      base: readBase(write(sql), versions),
    }
    withMemory((connection) => {
      expect(() => expectedSchema(connection, plan, 1)).toThrow(
        expect.objectContaining({
          name: 'BaseError',
          message: expect.stringContaining(`found ${what}, which migration v1 (adds) makes`),
        }),
      )
    })
  })

  it('is not blamed for a column of another table of that name', () => {
    const base = readBase(write('CREATE TABLE other (name TEXT)'), userVersion())
    const up = (connection: { exec(sql: string): void }) =>
      connection.exec('CREATE TABLE a (name TEXT); ALTER TABLE a ADD COLUMN name TEXT')
    const plan = { ...definePlan([{ version: 1, name: 'twice', up }], userVersion()), base }
    withMemory((connection) => {
      expect(() => expectedSchema(connection, plan, 1)).toThrow(
        expect.objectContaining({ name: 'MigrationFailedError' }),
      )
    })
  })

  it('is not blamed for a table that a migration makes twice', () => {
    const base = readBase(write('CREATE TABLE other (x)'), userVersion())
    const up = (connection: { exec(sql: string): void }) =>
      connection.exec('CREATE TABLE a (x); CREATE TABLE a (x)')
    const plan = { ...definePlan([{ version: 1, name: 'twice', up }], userVersion()), base }
    withMemory((connection) => {
      expect(() => expectedSchema(connection, plan, 1)).toThrow(
        expect.objectContaining({ name: 'MigrationFailedError' }),
      )
    })
  })

  it.for([
    [null, "name its file in the config, as in `base: 'schema.sql'`"],
    ['CREATE TABLE other (x)', 'let `base` in the config name the whole schema'],
  ] as const)('is advised on where a migration misses a table, with %s', ([sql, words]) => {
    const plan = definePlan([first], userVersion())
    const whole = sql === null ? plan : { ...plan, base: readBase(write(sql), plan.versions) }
    withMemory((connection) => {
      expect(() => expectedSchema(connection, whole, 1)).toThrow(words)
    })
  })
})
