// Goal: a history that changed its tool is one history: files of both tools are read, upgraded and proven, and what an old file
// has otherwise than a new one is named.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { fresh } from '../../src/checks/fresh.ts'
import { golden } from '../../src/checks/golden.ts'
import { verifySuite } from '../../src/checks/verify.ts'
import { betterSqliteConnection, openMemory } from '../../src/engines/better-sqlite3.ts'
import { type AfterToolOptions, afterTool } from '../../src/history/after-tool.ts'
import { dbmate } from '../../src/history/dbmate.ts'
import { sqlFolder } from '../../src/history/folder.ts'
import type { History } from '../../src/history/sql-folder.ts'
import { migrate } from '../../src/migrator/migrate.ts'
import { migrateOf } from '../../src/migrator/migrate-as-tool.ts'
import type { Migration } from '../../src/migrator/migration.ts'
import type { MigrationPlan } from '../../src/migrator/plan.ts'
import { userVersion, versionTable } from '../../src/migrator/version-store.ts'
import { readVersion } from '../../src/migrator/versions.ts'
import { defineConfig, type Suite } from '../../src/proof/suite.ts'
import { PinnedMigrationError } from '../../src/snapshots/compare-pins.ts'
import type { HeldVersions } from '../../src/snapshots/declaration.ts'
import { prepareFreeze } from '../../src/snapshots/freeze.ts'
import { readLedger } from '../../src/snapshots/ledger.ts'
import type { Connection } from '../../src/sql/connection.ts'

const root = mkdtempSync(join(tmpdir(), 'after-tool-'))
afterAll(() => rmSync(root, { recursive: true }))

let folders = 0

function write(files: Readonly<Record<string, string>>): string {
  const folder = join(root, `${++folders}`)
  mkdirSync(folder)
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return folder
}

const toMigration = (sql: string, index: number): Migration => ({
  version: index + 1,
  name: `step ${index + 1}`,
  up: (connection) => connection.exec(sql),
})

const ladder = [
  'CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL)',
  'ALTER TABLE note ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0',
  'CREATE TABLE tag (name TEXT PRIMARY KEY, note INTEGER REFERENCES note (id) ON DELETE CASCADE); CREATE INDEX tag_note ON tag (note)',
].map(toMigration)

const baseline = `CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL, pinned INTEGER NOT NULL DEFAULT 0);
CREATE TABLE tag (name TEXT PRIMARY KEY, note INTEGER REFERENCES note (id) ON DELETE CASCADE);
CREATE INDEX tag_note ON tag (note);`

const inDbmate = (sql: string) => `-- migrate:up\n${sql}\n-- migrate:down\n`

function dbmateFolder(first = baseline, ...later: string[]): History {
  const texts =
    later.length > 0
      ? later
      : ['ALTER TABLE tag ADD COLUMN colour TEXT', 'CREATE TABLE author (id INTEGER PRIMARY KEY, name TEXT)']
  const files = [first, ...texts].map((sql, index) => [`2026010${index + 1}_step.sql`, inDbmate(`${sql};`)])
  return dbmate(write(Object.fromEntries(files)))
}

const adopts = '20260101'

function suiteOf(history: History, snapshots: HeldVersions = 'all'): Suite {
  return defineConfig({ name: 'shop', ...history, snapshots, fixtures: join(root, `fixtures-${++folders}`) })
}

function freeze(suite: Suite) {
  for (let pass = 0; pass < 2; pass++) {
    const { report, write: finish } = prepareFreeze(suite, { acceptDrafts: true })
    expect(report.failures.map(({ message }) => message)).toEqual([])
    finish()
  }
}

const pinsOf = ({ fixtures }: Suite, version: number) =>
  readLedger(fixtures).migrations.find((entry) => entry.version === version)?.pins

const problemsOf = (suite: Suite) =>
  verifySuite(suite).flatMap(({ snapshot, checks }) =>
    checks.flatMap(({ check, problems }) =>
      problems.map(
        ({ subject, expected, actual, version }) =>
          `${snapshot} ${check} v${version} ${subject.type} ${subject.name} ${subject.aspect ?? ''}: ${expected} | ${actual}`,
      ),
    ),
  )

function open(plan: MigrationPlan, target?: number, upgrade = migrateOf(plan)): Connection {
  const connection = betterSqliteConnection(openMemory())
  upgrade(connection, plan, target === undefined ? {} : { target })
  return connection
}

const tablesOf = (connection: Connection) =>
  connection.all("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").map(({ name }) => name)

describe('a ladder with schema_version, and then dbmate with a baseline', () => {
  const history = afterTool({ migrations: ladder }, dbmateFolder(), { adopts })
  const suite = suiteOf(history)
  const { plan } = suite

  it('has the versions of the ladder, the adoption, and the later ones', () => {
    expect(plan.migrations.map(({ version, id }) => `${version} ${id ?? '-'}`)).toEqual([
      '1 -',
      '2 -',
      '3 -',
      '4 20260101',
      '5 20260102',
      '6 20260103',
    ])
    expect(suite.snapshots.map(({ name }) => name)).toEqual([
      'v0-empty',
      'v1',
      'v2',
      'v3',
      'v4',
      'v5',
      'v4-fresh',
    ])
  })

  for (const [who, upgrade] of [
    ['the tools', migrateOf(plan)],
    ['the migrator', migrate],
  ] as const) {
    it(`lets ${who} adopt an old file, and make a new one by the baseline`, () => {
      const old = open(plan, 2, upgrade)
      expect(tablesOf(old)).toEqual(['note', 'schema_version'])
      expect(upgrade(old, plan)).toMatchObject({ from: 2, to: 6, applied: [3, 4, 5, 6] })
      expect(tablesOf(old)).toEqual(['author', 'note', 'schema_migrations', 'schema_version', 'tag'])
      expect(old.all('SELECT version FROM schema_migrations')).toEqual([
        { version: '20260101' },
        { version: '20260102' },
        { version: '20260103' },
      ])
      const made = betterSqliteConnection(openMemory())
      expect(upgrade(made, plan)).toMatchObject({ from: 0, to: 6, applied: [4, 5, 6] })
      expect(tablesOf(made)).toEqual(['author', 'note', 'schema_migrations', 'tag'])
      expect(upgrade(made, plan).outcome).toBe('up-to-date')
      expect(upgrade(old, plan).outcome).toBe('up-to-date')
    })
  }

  it('is frozen and verified, files of both kinds', () => {
    freeze(suite)
    expect(problemsOf(suite)).toEqual([])
    expect(pinsOf(suite, 4)).toMatchObject({
      id: '20260101',
      declarations: { adopts: [{ id: '20260101', statements: 3 }] },
      asked: { statements: 0 },
    })
  })

  it('names an edited baseline, another adoption, and what the adoption runs besides', () => {
    const edited = (options: Partial<AfterToolOptions>, now = dbmateFolder()) => {
      const other = afterTool({ migrations: ladder }, now, { adopts, ...options })
      const { report } = prepareFreeze({ ...suiteOf(other), fixtures: suite.fixtures }, {})
      return report.failures.map((failure) =>
        failure instanceof PinnedMigrationError
          ? `${failure.difference.code} ${failure.fixture}`
          : failure.message,
      )
    }
    expect(edited({})).toEqual([])
    expect(edited({}, dbmateFolder(`-- A comment\n${baseline}`))).toEqual([])
    expect(edited({}, dbmateFolder(baseline.replace('DEFAULT 0', 'DEFAULT 1')))).toEqual([
      'migration-edited migrations/20260101',
    ])
    expect(edited({ up: (connection) => connection.exec('DROP TABLE schema_version') })).toEqual([
      'migration-edited migrations/20260101',
    ])
    expect(edited({ adopts: '20260102' })).toContain('version-removed migrations/20260101')
  })

  it('names notes that contradict each other, and says what to do', () => {
    const read = (sql: string, target = 6) => {
      const connection = open(plan, target)
      connection.exec(sql)
      const { current, problem } = plan.versions.read(connection)
      return problem === undefined ? current : `${problem.where ?? ''}: ${problem.kind} ${problem.ids.join()}`
    }
    const adoptedAt2 =
      "CREATE TABLE schema_migrations (version); INSERT INTO schema_migrations VALUES ('20260101')"
    expect(read(adoptedAt2, 2)).toBe(
      'The versions of the database: contradicting v2 in table schema_version, and 20260101 in table schema_migrations',
    )
    expect(read('INSERT INTO schema_version (version) VALUES (4)', 3)).toBe(
      'Table schema_version: unknown version 4',
    )
    expect(read("DELETE FROM schema_migrations WHERE version = '20260101'")).toBe(': late 20260101')
    // The tool of now has made its table, and failed in its baseline.
    expect(read('CREATE TABLE schema_migrations (version varchar(128) primary key)', 3)).toBe(3)
    const contradicting = open(plan, 2)
    contradicting.exec(adoptedAt2)
    for (const upgrade of [migrateOf(plan), migrate])
      expect(() => upgrade(contradicting, plan)).toThrow(
        /expected notes of both tools that fit each other, found v2 in table schema_version, and 20260101 .*; files of the tool before are at v3 when the tool of now takes them over/,
      )
  })

  it('goes on after a stop in the adoption and right after it', () => {
    const old = open(plan, 3)
    const stopAt = (pattern: RegExp) =>
      expect(() =>
        migrateOf(plan)(old, plan, {
          beforeStatement: ({ sql }) => {
            if (pattern.test(sql)) throw new Error('the power fails')
          },
        }),
      ).toThrow(/^Migration v[45] /)
    stopAt(/INSERT INTO "schema_migrations"/)
    expect(readVersion(old, plan)).toBe(3)
    expect(tablesOf(old)).not.toContain('schema_migrations')
    stopAt(/ADD COLUMN colour/)
    expect(readVersion(old, plan)).toBe(4)
    expect(migrateOf(plan)(old, plan).applied).toEqual([5, 6])
  })
})

describe('a baseline that differs from what the ladder left', () => {
  const faults: readonly (readonly [what: string, from: string, to: string, problem: RegExp])[] = [
    ['an index', 'CREATE INDEX tag_note ON tag (note);', '', /index tag_note/],
    ['a default', 'DEFAULT 0', 'DEFAULT 1', /table note column pinned default|table note.*default/],
    ['a cascade', ' ON DELETE CASCADE', '', /table tag/],
  ]
  it.each(faults)('is named where it lacks %s', (_, from, to, problem) => {
    const faulty = dbmateFolder(baseline.replace(from, to))
    const suite = suiteOf(afterTool({ migrations: ladder }, faulty, { adopts }))
    freeze(suite)
    const found = verifySuite(suite, { checks: [golden, fresh] }).flatMap(({ snapshot, checks }) =>
      checks.flatMap(({ check, problems }) =>
        problems
          .filter(({ code }) => code === 'golden' || code === 'fresh')
          .map(({ subject, version, location }) => ({
            at: `${snapshot} ${check}`,
            subject: `${subject.type} ${subject.name} ${subject.aspect}`,
            version,
            file: location?.file.split('/').at(-1),
          })),
      ),
    )
    expect(found).toContainEqual({
      at: 'v1 fresh',
      subject: expect.stringMatching(problem),
      version: 4,
      file: '20260101_step.sql',
    })
    expect(found).toContainEqual(expect.objectContaining({ at: 'v0-empty golden', version: 4 }))
  })

  it('is named where it lacks the rows that the ladder has added', () => {
    const withRow = [
      ...ladder.slice(0, 2),
      { ...toMigration('CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT)', 2) },
      toMigration("INSERT INTO setting VALUES ('theme', 'light')", 3),
    ]
    const first = `CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL, pinned INTEGER NOT NULL DEFAULT 0);
CREATE TABLE setting (value TEXT, name TEXT PRIMARY KEY)`
    const suite = suiteOf(afterTool({ migrations: withRow }, dbmateFolder(first, 'SELECT 1'), { adopts }))
    freeze(suite)
    expect(problemsOf(suite)).toContain(
      'v1 fresh v5 table setting rows of a new file: 1 row, as the migrations of the tool before leave | 0 rows',
    )
  })
})

describe('a base before both tools', () => {
  const people = 'CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL)'
  const base = join(
    write({ 'before.sql': `${people};\nINSERT INTO person VALUES (1, 'Ada');` }),
    'before.sql',
  )
  const files = {
    /** What people hold that never had a migration. */
    ofBase: () => {
      const file = betterSqliteConnection(openMemory())
      file.exec(people)
      file.exec("INSERT INTO person VALUES (1, 'Ada'), (2, 'Grace')")
      return file
    },
    empty: () => betterSqliteConnection(openMemory()),
  }
  const suiteWith = (history: History) =>
    defineConfig({ name: 'shop', ...history, base, fixtures: join(root, `fixtures-${++folders}`) })
  const rowsOf = (file: Connection) => file.all('SELECT count(*) AS rows FROM person')

  it('begins old files alone, where a baseline makes new ones', () => {
    const now = dbmateFolder(`${baseline}\n${people};\nINSERT INTO person VALUES (1, 'Ada');`)
    const suite = suiteWith(afterTool({ migrations: ladder }, now, { adopts }))
    const { plan } = suite
    for (const upgrade of [migrate, migrateOf(plan)]) {
      const old = files.ofBase()
      expect(upgrade(old, plan)).toMatchObject({ from: 0, to: 6, applied: [1, 2, 3, 4, 5, 6] })
      expect(rowsOf(old)).toEqual([{ rows: 2n }])
      expect(upgrade(files.empty(), plan)).toMatchObject({ from: 0, to: 6, applied: [4, 5, 6] })
      // The tool of now has made its table, and was stopped in its baseline.
      const begun = files.empty()
      begun.exec('CREATE TABLE schema_migrations (version varchar(128) primary key)')
      expect(upgrade(begun, plan)).toMatchObject({ from: 0, to: 6, applied: [4, 5, 6] })
    }
    freeze(suite)
    expect(problemsOf(suite)).toEqual([])
  })

  it('begins new files, too, where the tool of now goes on after the one before', () => {
    const now = dbmateFolder('ALTER TABLE person ADD COLUMN colour TEXT')
    const before = { migrations: ladder, versions: userVersion() }
    const suite = suiteWith(afterTool(before, now, { adopts: null, newFiles: 'both' }))
    const { plan } = suite
    for (const upgrade of [migrate, migrateOf(plan)])
      for (const make of [files.ofBase, files.empty])
        expect(upgrade(make(), plan).applied).toEqual(plan.migrations.map(({ version }) => version))
    freeze(suite)
    expect(problemsOf(suite)).toEqual([])
  })
})

describe('other ways to change the tool', () => {
  const proven = (history: History) => {
    const suite = suiteOf(history, { versions: [3, 4] })
    freeze(suite)
    expect(problemsOf(suite)).toEqual([])
    return suite.plan
  }

  it('takes an adoption that drops the table of the tool before', () => {
    const up: AfterToolOptions['up'] = (connection) => connection.exec('DROP TABLE schema_version')
    const plan = proven(afterTool({ migrations: ladder }, dbmateFolder(), { adopts, up }))
    const old = open(plan, 1)
    migrate(old, plan)
    expect(tablesOf(old)).toEqual(['author', 'note', 'schema_migrations', 'tag'])
    expect(migrate(old, plan).outcome).toBe('up-to-date')
  })

  it('takes a later migration that drops it', () => {
    const now = dbmateFolder(
      baseline,
      'DROP TABLE IF EXISTS schema_version',
      'ALTER TABLE tag ADD COLUMN colour TEXT',
    )
    proven(afterTool({ migrations: ladder }, now, { adopts }))
  })

  it('takes a baseline that runs on old files, too', () => {
    const now = dbmateFolder(baseline.replaceAll(/(TABLE|INDEX)/g, '$1 IF NOT EXISTS'))
    const plan = proven(afterTool({ migrations: ladder }, now, { adopts: null }))
    expect(migrateOf(plan)(open(plan, 3), plan).applied).toEqual([4, 5, 6])
    expect(migrateOf(plan)(betterSqliteConnection(openMemory()), plan).applied).toEqual([4, 5, 6])
  })

  it('takes a tool that goes on where the ladder stopped, in new files as well', () => {
    const now = dbmateFolder(
      'ALTER TABLE tag ADD COLUMN colour TEXT',
      'CREATE TABLE author (id INTEGER PRIMARY KEY)',
    )
    const before = { migrations: ladder, versions: userVersion() }
    const plan = proven(afterTool(before, now, { adopts: null, newFiles: 'both' }))
    const made = betterSqliteConnection(openMemory())
    expect(migrateOf(plan)(made, plan).applied).toEqual([1, 2, 3, 4, 5])
    expect(made.all('PRAGMA user_version')).toEqual([{ user_version: 3n }])
  })

  it('takes migrations that were converted one by one, and goes on with a first start that stopped', () => {
    const texts = [
      'CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL)',
      'ALTER TABLE note ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0',
      'CREATE TABLE tag (name TEXT PRIMARY KEY, note INTEGER REFERENCES note (id) ON DELETE CASCADE); CREATE INDEX tag_note ON tag (note)',
      'ALTER TABLE tag ADD COLUMN colour TEXT',
    ]
    const [first = '', ...later] = texts
    const before = { migrations: ladder, versions: userVersion() }
    const plan = proven(afterTool(before, dbmateFolder(first, ...later), { adopts: '20260103' }))
    const ids = (connection: Connection) => connection.all('SELECT version FROM schema_migrations').length
    const old = open(plan, 3)
    expect(migrate(old, plan).applied).toEqual([4, 5])
    expect(ids(old)).toBe(4)
    const begun = betterSqliteConnection(openMemory())
    const stop = ({ sql }: { readonly sql: string }) => {
      if (sql.startsWith('CREATE TABLE tag')) throw new Error('the power fails')
    }
    expect(() => migrateOf(plan)(begun, plan, { beforeStatement: stop })).toThrow(
      /^Migration v4 \(20260103_step.sql\), statement 'CREATE TABLE tag/,
    )
    expect(ids(begun)).toBe(2)
    expect(migrate(begun, plan)).toMatchObject({ from: 0, to: 5, applied: [4, 5] })
    expect(ids(begun)).toBe(4)
    // An adoption that was not one transaction.
    const half = open(plan, 3)
    half.exec("CREATE TABLE schema_migrations (version); INSERT INTO schema_migrations VALUES ('20260101')")
    expect(plan.versions.read(half).problem).toMatchObject({ kind: 'contradicting' })
  })

  it('takes converted migrations that old files of any version go on with', () => {
    const now = dbmateFolder(
      ...([1, 2, 3, 4].map((number) => `CREATE TABLE t${number} (id INTEGER PRIMARY KEY)`) as [string]),
    )
    const before = { migrations: now.migrations.slice(0, 3), versions: userVersion() }
    const plan = proven(afterTool(before, now, { adopts: '20260103' }))
    expect(migrate(open(plan, 1), plan).applied).toEqual([2, 3, 4, 5])
  })

  it('takes one folder after another one of the same tool, with the same ids', () => {
    const before = dbmateFolder(
      'CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)',
      'CREATE TABLE tag (name TEXT)',
    )
    const now = sqlFolder(
      write({
        '20260101.sql':
          'CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT); CREATE TABLE tag (name TEXT);',
        '2.sql': 'CREATE INDEX note_text ON note (text);',
      }),
      { versions: versionTable('applied') },
    )
    const { migrations } = afterTool(before, now, { adopts: '2.sql' })
    expect(new Set(migrations.map(({ id }) => id)).size).toBe(migrations.length)
  })
})

describe('a declaration that is wrong', () => {
  const now = dbmateFolder()
  const wrong: readonly (readonly [what: string, work: () => unknown, says: string])[] = [
    [
      'a baseline that is unknown',
      () => afterTool({ migrations: ladder }, now, { adopts: '20260104' }),
      "afterTool, adopts: expected the id of a migration of the tool of now: 20260101, 20260102, 20260103, found '20260104'; name the baseline",
    ],
    [
      'an empty history before',
      () => afterTool({ migrations: [] }, now, { adopts }),
      'afterTool, before: expected at least one migration, found none; add those of the tool before, or leave afterTool out: a project without files of another tool needs none',
    ],
    [
      'no store before',
      () => afterTool({ migrations: ladder, versions: 'schema_version' } as never, now, { adopts }),
      "afterTool, before.versions: expected a version store, found a string; write where that tool keeps its versions, such as versionTable('schema_version')",
    ],
    [
      'no history before',
      () => afterTool(undefined as never, now, { adopts }),
      'afterTool, before: expected an object with the list `migrations`, found undefined; give it a history, such as { migrations, versions: userVersion() }',
    ],
    [
      'no options',
      () => afterTool({ migrations: ladder }, now, undefined as never),
      "afterTool, options: expected an object that says what is adopted, found nothing; write { adopts: 'ID' } with the id of the baseline, or { adopts: null }",
    ],
    [
      'an unknown option',
      () => afterTool({ migrations: ladder }, now, { adopts, newFile: 'now' } as never),
      'afterTool, options: expected only the keys adopts, up, newFiles, found unknown key `newFile`; did you mean `newFiles`?',
    ],
    [
      'an adoption of nothing that runs something',
      () => afterTool({ migrations: ladder }, now, { adopts: null, up: () => {} }),
      'afterTool, up: expected nothing, since `adopts` is null, found a function; name what is adopted, or remove it',
    ],
    [
      'a third tool',
      () => afterTool(afterTool({ migrations: ladder }, now, { adopts }), now, { adopts }),
      'afterTool, before: expected the history of one tool, found that of two, made by afterTool; leave out the tool that no file is left of',
    ],
  ]
  it.each(wrong)('%s is one clear sentence', (_, work, says) => {
    expect(work).toThrow(says.endsWith('?') ? says : `${says}.`)
  })
})
