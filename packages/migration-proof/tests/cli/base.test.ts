// Goal: a project whose first migration changes what an application made before it, by a schema or a file that it ships, is set up,
// proven and guarded like any other; a database that has that alone is one of those that people hold.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, describe, expect, it } from 'vitest'
import { library } from '../support/notes-project.ts'
import { makeProject, type ScratchProject } from '../support/scratch-project.ts'

const entry = (name: string) => library.replace(/index\.js$/, `history/${name}.js`)

const made: ScratchProject[] = []
afterAll(() => {
  for (const project of made) project.destroy()
})

/** A project whose history was frozen and released on `main`. */
function release(files: Readonly<Record<string, string>>, fill = (_: ScratchProject) => {}): ScratchProject {
  const project = makeProject(files)
  made.push(project)
  fill(project)
  project.run(['freeze'])
  const { exitCode, stdout, stderr } = project.run(['freeze', '--accept-drafts'])
  if (exitCode !== 0) throw new Error(`${stdout}\n${stderr}`)
  project.commit('Freeze')
  return project
}

const packageFiles = {
  'package.json': '{ "name": "budget", "version": "1.0.0", "type": "module" }\n',
  'CHANGELOG.md': '# Changelog\n\n## 1.0.0 - 2025-01-31\n\n- The migrations v1 to v3.\n',
}

/** An application that ships a schema with a table of its own for what was applied, and files of SQL and JavaScript. */
const budget = {
  ...packageFiles,
  'init.sql': `-- A new budget.
CREATE TABLE account (id TEXT PRIMARY KEY, name TEXT, closed INTEGER DEFAULT 0);
CREATE TABLE category (id TEXT PRIMARY KEY, name TEXT UNIQUE, is_income INTEGER DEFAULT 0);
CREATE TABLE payment (id TEXT PRIMARY KEY, account TEXT, category TEXT, amount INTEGER, date INTEGER);
CREATE TABLE __migrations__ (id INT PRIMARY KEY NOT NULL);
`,
  'migrations/1548957970627_remove-closed.sql': `BEGIN TRANSACTION;
CREATE TABLE account_new (id TEXT PRIMARY KEY, name TEXT);
INSERT INTO account_new SELECT id, name FROM account;
DROP TABLE account;
ALTER TABLE account_new RENAME TO account;
COMMIT;
`,
  'migrations/1550601598648_payees.sql': `CREATE TABLE payee (id TEXT PRIMARY KEY, name TEXT NOT NULL);
CREATE INDEX payment_date ON payment (date);
`,
  'migrations/1632571489012_payee-of-payment.js': `export default (database) => {
  database.exec('ALTER TABLE payment ADD COLUMN payee TEXT')
  for (const { id } of database.all('SELECT id FROM payment WHERE category IS NOT NULL')) {
    database.all('UPDATE payment SET payee = category WHERE id = ?', [id])
  }
}
`,
  'migration-proof.config.mjs': `import { readdirSync, readFileSync } from 'node:fs'
import { defineConfig } from '${library}'
import payeeOfPayment from './migrations/1632571489012_payee-of-payment.js'

const folder = new URL('migrations/', import.meta.url)
const code = { 1632571489012: payeeOfPayment }
const dataChanges = {
  1548957970627: [{ table: 'account', columns: ['closed'], reason: 'no account is closed any more' }],
}
const files = readdirSync(folder).map((name) => ({ name, id: parseInt(name, 10) }))
const migrations = files.map(({ name, id }, index) => {
  const text = readFileSync(new URL(name, folder), 'utf8')
  const up = code[id] ?? ((database) => database.exec(text))
  return { version: index + 1, id: String(id), name, file: new URL(name, folder).pathname, up, transaction: 'none', dataChanges: dataChanges[id] }
})
const versions = {
  tables: ['__migrations__'],
  create: () => {},
  read: (database) => {
    const isThere = database.all("SELECT 1 FROM sqlite_schema WHERE name = '__migrations__'").length > 0
    return { current: isThere ? database.all('SELECT id FROM __migrations__').length : 0, missing: null }
  },
  record: (database, version) => database.all('INSERT INTO __migrations__ (id) VALUES (?)', [BigInt(files[version - 1].id)]),
}

export default defineConfig({ name: 'budget', migrations, versions, base: 'init.sql' })
`,
}

const inDbmate = (up: string) => `-- migrate:up\n${up}\n-- migrate:down\n`

/** A project that began to use dbmate on tables that were made by hand. */
const shop = {
  ...packageFiles,
  'db/before.sql': `CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE purchase (id INTEGER PRIMARY KEY, customer INTEGER NOT NULL REFERENCES customer (id) ON DELETE CASCADE);
`,
  'db/migrations/20260131120000_mail.sql': inDbmate('ALTER TABLE customer ADD COLUMN mail TEXT;'),
  'db/migrations/20260201120000_by_customer.sql': inDbmate(
    'CREATE INDEX purchase_customer ON purchase (customer);',
  ),
  'migration-proof.config.mjs': `import { defineConfig } from '${library}'
import { dbmate } from '${entry('dbmate')}'

export default defineConfig({ name: 'shop', ...dbmate('db/migrations'), base: 'db/before.sql' })
`,
}

/** A project that ships a database file with rows. */
const planner = {
  ...packageFiles,
  'migrations/1_kind_of_day.sql': 'ALTER TABLE day ADD COLUMN kind INTEGER REFERENCES kind (id);\n',
  'migrations/2_by_kind.sql': 'CREATE INDEX day_kind ON day (kind);\n',
  'migration-proof.config.mjs': `import { defineConfig } from '${library}'
import { sqlFolder } from '${entry('folder')}'

export default defineConfig({ name: 'planner', ...sqlFolder('migrations'), base: new URL('base.sqlite', import.meta.url) })
`,
}

const kinds = `CREATE TABLE kind (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
  CREATE TABLE day (id INTEGER PRIMARY KEY, note TEXT);
  INSERT INTO kind VALUES (1, 'work'), (2, 'rest');`

function writeDatabase({ folder }: ScratchProject, name: string, sql: string): string {
  const path = join(folder, name)
  writeFileSync(path, '')
  const database = new Database(path)
  database.exec(sql)
  database.close()
  return path
}

describe('a base with the table of the versions, and files of SQL and JavaScript', () => {
  const project = release(budget)

  it('is frozen as version 0, without rows in that table, and pinned', () => {
    const rows = project.read('fixtures/rows/v0.sql')
    expect(rows).toContain('INSERT INTO payment ')
    expect(rows).not.toContain('__migrations__')
    expect(project.read('fixtures/schemas/v0.sql')).toContain('CREATE TABLE __migrations__')
    const { base, snapshots } = JSON.parse(project.read('fixtures/manifest.json'))
    expect(base.tables.map(({ name }: { name: string }) => name)).toEqual([
      '__migrations__',
      'account',
      'category',
      'payment',
    ])
    expect(snapshots.map(({ name }: { name: string }) => name)).toEqual(['v0', 'v0-empty', 'v1', 'v2'])
    expect(project.run(['status']).stdout).toContain('Frozen: the base, 3 migrations, 4 golden schemas')
  })

  it('is upgraded, interrupted and compared like the others', () => {
    const { exitCode, stdout } = project.run(['verify', '--json'])
    expect(exitCode).toBe(0)
    const { snapshots } = JSON.parse(stdout)
    expect(snapshots.map(({ snapshot }: { snapshot: string }) => snapshot)).toEqual([
      'v0-empty',
      'v0',
      'v1',
      'v2',
    ])
    const { checks } = snapshots[1]
    expect(checks.filter(({ outcome }: { outcome: string }) => outcome === 'passed')).toEqual(
      expect.arrayContaining(
        ['rows', 'interruption', 'fresh', 'stepwise', 'conversions'].map((check) =>
          expect.objectContaining({ check }),
        ),
      ),
    )
  })

  it('pins what the code does on its rows', () => {
    const edited = project.copy()
    edited.replace(
      'migrations/1632571489012_payee-of-payment.js',
      'SET payee = category',
      'SET payee = upper(category)',
    )
    expect(edited.run(['freeze', '--check']).stdout).toContain('migration 1632571489012: migration-edited')
  })

  it.for([
    [
      'a file that has it alone',
      (folder: ScratchProject) => writeDatabase(folder, 'old.db', budget['init.sql']),
      'version 0 of 3 (versioned)',
      'Schema: the same as golden schema v0, the base.',
    ],
    [
      'a file without anything',
      (folder: ScratchProject) => writeDatabase(folder, 'new.db', 'CREATE TABLE a (x); DROP TABLE a;'),
      'version 0 of 3 (empty)',
      'Nothing is in it yet',
    ],
    [
      'a file that lost a part of it',
      (folder: ScratchProject) =>
        writeDatabase(folder, 'odd.db', `${budget['init.sql']}; DROP TABLE category`),
      'version 0 of 3 (unknown)',
      'table category, existence',
    ],
  ] as const)('inspect knows %s', ([, write, headline, words]) => {
    const { stdout } = project.run(['inspect', write(project)])
    expect(stdout).toContain(headline)
    expect(stdout).toContain(words)
  })

  it('upgrade takes a file that has it alone', () => {
    const path = writeDatabase(
      project,
      'user.db',
      `${budget['init.sql']}; INSERT INTO account VALUES ('a', 'cash', 1)`,
    )
    expect(project.run(['upgrade', path]).exitCode).toBe(0)
    const database = new Database(path, { readonly: true })
    expect(database.prepare('SELECT * FROM account').all()).toEqual([{ id: 'a', name: 'cash' }])
    expect(database.prepare('SELECT count(*) FROM __migrations__').pluck().get()).toBe(3)
    database.close()
  })
})

describe('a base under the migrations of a tool', () => {
  const project = release(shop)

  it('is proven by the rules of the tool', () => {
    const { exitCode, stdout } = project.run(['verify', '--no-cache'])
    expect(stdout).toMatch(/^✓ v0 +v0 to v2 /m)
    expect(stdout).toContain('dbmate')
    expect(exitCode).toBe(0)
  })

  it.for([
    ['freeze --check', ['freeze', '--check']],
    ['verify', ['verify']],
    ['status', ['status']],
    ['freeze', ['freeze']],
    ['gate', ['gate', '--history', '--base', 'main']],
  ] as const)('an edited one is named by %s', ([, command]) => {
    const edited = project.copy()
    edited.replace('db/before.sql', 'name TEXT NOT NULL', 'name TEXT')
    const { exitCode, stdout } = edited.run([...command, '--json'])
    expect(exitCode).toBe(1)
    const parsed = JSON.parse(stdout)
    const problems = (parsed.problems ?? parsed.gate.problems).filter(
      ({ code }: { code: string }) => code === 'base-edited',
    )
    expect(problems).toEqual([
      expect.objectContaining({
        subject: expect.objectContaining({ type: 'file', name: 'db/before.sql' }),
        location: { file: 'db/before.sql', line: null },
        actual: 'another schema',
      }),
    ])
  })

  it('may be written in another way, and may move', () => {
    const moved = project.copy()
    moved.write('db/before.txt', `-- moved\n${moved.read('db/before.sql')}`)
    moved.remove('db/before.sql')
    moved.replace('migration-proof.config.mjs', 'db/before.sql', 'db/before.txt')
    expect(moved.run(['freeze', '--check']).exitCode).toBe(0)
  })

  it('is named where the config names none any more, with what fails without it', () => {
    const removed = project.copy()
    removed.replace('migration-proof.config.mjs', ", base: 'db/before.sql'", '')
    const { exitCode, stderr } = removed.run(['freeze', '--check'])
    expect(stderr).toMatch(
      /no such table: customer.*name its file in the config, as in `base: 'schema\.sql'`/,
    )
    expect(exitCode).toBe(1)
  })

  it('is frozen again where that is asked for', () => {
    const edited = project.copy()
    edited.replace(
      'db/before.sql',
      'CREATE TABLE purchase',
      "INSERT INTO customer VALUES (1, 'the first');\nCREATE TABLE purchase",
    )
    expect(edited.run(['freeze']).exitCode).toBe(1)
    const { exitCode, stdout } = edited.run(['freeze', '--refreeze', 'base'])
    expect(stdout).toContain('HISTORY REWRITTEN: base,')
    expect(exitCode).toBe(0)
    expect(edited.run(['freeze', '--check']).exitCode).toBe(0)
  })

  it('is not pinned by a ledger of format 1, which keeps its bytes, and is by a conversion', () => {
    const old = project.copy()
    const manifest = JSON.parse(old.read('fixtures/manifest.json'))
    const { asked: _asked, source: _source, ...algorithms } = manifest.algorithms
    const migrations = manifest.migrations.map(({ version, statements, hash }: Record<string, unknown>) => ({
      version,
      statements,
      hash,
    }))
    const { base: _base, ...rest } = manifest
    const text = `${JSON.stringify({ ...rest, format: 1, algorithms, migrations }, null, 2)}\n`
    old.write('fixtures/manifest.json', text)
    expect(old.run(['freeze']).exitCode).toBe(0)
    expect(old.read('fixtures/manifest.json')).toBe(text)
    expect(old.run(['freeze', '--check']).exitCode).toBe(0)
    expect(old.run(['freeze', '--ledger-format', '2']).exitCode).toBe(0)
    expect(JSON.parse(old.read('fixtures/manifest.json'))).toEqual(manifest)
  })

  it.for([
    [
      "base: 'db/none.sql'",
      'db/none.sql: expected a file of SQL, or a database, that precedes the first migration, found no file',
    ],
    [
      "base: 'db/later.sql'",
      'db/later.sql: expected a schema without what the migrations make, found the column mail, which migration v1 (20260131120000_mail.sql) makes',
    ],
    [
      "base: 'db/dump.sql'",
      'db/dump.sql: expected a database that has had none of the migrations, found version 2 by its table schema_migrations',
    ],
    ['base: 7', 'base: expected a path or a `file:` URL, found a number'],
  ] as const)('refuses %s in one sentence', ([base, words]) => {
    const wrong = project.copy()
    const before = wrong.read('db/before.sql')
    wrong.write('db/later.sql', before.replace('name TEXT', 'mail TEXT, name TEXT'))
    wrong.write(
      'db/dump.sql',
      `${before}CREATE TABLE schema_migrations (version varchar(128) primary key);
INSERT INTO schema_migrations VALUES ('20260131120000'), ('20260201120000');\n`,
    )
    wrong.replace('migration-proof.config.mjs', "base: 'db/before.sql'", base)
    const { exitCode, stdout, stderr } = wrong.run(['freeze', '--check'])
    expect([stdout, stderr.trim().split('\n').length]).toEqual(['', 1])
    expect(stderr).toContain(words)
    expect(exitCode).toBe(2)
  })
})

describe('a base that is a database file with rows', () => {
  const project = release(planner, (folder) => {
    writeDatabase(folder, 'base.sqlite', kinds)
  })

  it('keeps its rows in every version, and so does a new install', () => {
    expect(project.read('fixtures/rows/v0.sql')).toContain("(1, 'work')")
    expect(project.run(['verify', '--no-cache']).exitCode).toBe(0)
  })

  it('has a migration that deletes one of them reported', () => {
    const loses = project.copy()
    loses.write('migrations/3_no_rest.sql', "DELETE FROM kind WHERE name = 'rest';\n")
    const { exitCode, stdout } = loses.run(['verify', '--snapshot', 'v0'])
    expect(stdout).toContain('table kind')
    expect(exitCode).toBe(1)
  })

  it('is the same whatever the layout of the file, and another one where a row is', () => {
    const other = project.copy()
    writeDatabase(other, 'base.sqlite', `PRAGMA page_size = 512; PRAGMA encoding = 'UTF-16'; ${kinds}`)
    expect(other.run(['freeze', '--check']).exitCode).toBe(0)
    writeDatabase(other, 'base.sqlite', `${kinds} INSERT INTO kind VALUES (3, 'play');`)
    const { exitCode, stdout } = other.run(['freeze', '--check'])
    expect(stdout).toMatch(
      /base\.sqlite: base-edited\n(.*\n){2} +actual +table kind: 2 rows .* expected, 3 rows /,
    )
    expect(exitCode).toBe(1)
  })

  it.for([[['lint']], [['mutate', '--check', 'starters']], [['report', '--format', 'markdown']]] as const)(
    'is taken by %s',
    ([command]) => {
      const { stdout, stderr } = project.run(command)
      expect(stderr).not.toContain('Error:')
      expect(stdout).not.toMatch(/fails-unmutated|[1-9]\d* bad/)
    },
  )
})
