// Goal: a project whose first migration changes what was there before it, by a schema or a file that an application ships, is set
// up, proven and guarded like any other, with the configs and commands that docs/base.md shows.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, describe, expect, it } from 'vitest'
import { packageFolder } from '../support/command-line.ts'
import { makeLinkedProject } from '../support/linked-project.ts'
import type { ScratchProject } from '../support/scratch-project.ts'

const page = readFileSync(join(packageFolder, 'docs', 'base.md'), 'utf8')
const inPage = (language: string) =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(
    ([, text = '']) => text,
  )
const [configOfTool = '', configOfOwn = ''] = inPage('js')
const commands = inPage('sh').flatMap((text) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/^npx migration-proof |\s*#.*$/g, '')),
)

const made: ScratchProject[] = []
afterAll(() => {
  for (const project of made) project.destroy()
})

function make(files: Readonly<Record<string, string>>): ScratchProject {
  const project = makeLinkedProject(files)
  made.push(project)
  return project
}

const inDbmate = (up: string) => `-- migrate:up\n${up}\n-- migrate:down\n`
const before = `CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE purchase (id INTEGER PRIMARY KEY, customer INTEGER NOT NULL REFERENCES customer (id) ON DELETE CASCADE);
`

/** A project that began to use dbmate on tables that were made by hand. */
const shop = {
  'package.json': '{ "name": "shop", "version": "1.0.0", "type": "module" }\n',
  'CHANGELOG.md': '# Changelog\n\n## 1.0.0 - 2025-01-31\n\n- The migrations v1 to v2.\n',
  'db/before.sql': before,
  'db/migrations/20260131120000_mail.sql': inDbmate('ALTER TABLE customer ADD COLUMN mail TEXT;'),
  'db/migrations/20260201120000_by_customer.sql': inDbmate(
    'CREATE INDEX purchase_customer ON purchase (customer);',
  ),
  'migration-proof.config.mjs': configOfTool,
}

/** An application that ships a schema with a table of its own for what was applied, and files of SQL and JavaScript. */
const budget = {
  'init.sql': `-- A new budget.
CREATE TABLE account (id TEXT PRIMARY KEY, name TEXT);
CREATE TABLE payment (id TEXT PRIMARY KEY, account TEXT, category TEXT, amount INTEGER);
CREATE TABLE applied (id INT PRIMARY KEY NOT NULL);
`,
  'migrations/1548957970627_payees.sql': `BEGIN TRANSACTION;
CREATE TABLE payee (id TEXT PRIMARY KEY, name TEXT NOT NULL);
CREATE INDEX payment_account ON payment (account);
COMMIT;
`,
  'migrations/1632571489012_groups.mjs': `export default (database) => {
  database.exec('ALTER TABLE payment ADD COLUMN payee TEXT')
  for (const { id } of database.prepare('SELECT id FROM payment WHERE category IS NOT NULL').all()) {
    database.prepare('UPDATE payment SET payee = category WHERE id = ?').run(id)
  }
}
`,
  'migration-proof.config.mjs': configOfOwn,
}

function writeDatabase({ folder }: ScratchProject, name: string, sql: string): string {
  const database = new Database(join(folder, name))
  database.exec(sql)
  database.close()
  return name
}

function open({ folder }: ScratchProject, name: string) {
  return new Database(join(folder, name), { readonly: true })
}

describe('a base under the migrations of a tool', () => {
  const project = make(shop)
  writeDatabase(project, 'old.db', `${before} INSERT INTO customer VALUES (7, 'Ann')`)
  const runs = new Map(commands.map((command) => [command, project.run(command.split(' '))]))
  project.commit('Freeze')

  it('has a page whose commands succeed, one after the other', () => {
    expect([...runs].filter(([, { exitCode }]) => exitCode !== 0)).toEqual([])
    const says = (command: string) => runs.get(command)?.stdout
    expect(says('freeze --accept-drafts')).toContain('frozen    base')
    expect(says('verify')).toMatch(/^✓ v0 +v0 to v2 /m)
    expect(says('inspect old.db')).toContain('version 0 of 2 (versioned)')
    expect(says('inspect old.db')).toContain('the same as golden schema v0, the base.')
    const upgraded = open(project, 'old.db')
    expect(upgraded.prepare('SELECT * FROM customer').all()).toEqual([{ id: 7, name: 'Ann', mail: null }])
    expect(upgraded.prepare('SELECT count(*) FROM schema_migrations').pluck().get()).toBe(2)
    upgraded.close()
  })

  it.for([[['freeze', '--check']], [['verify']], [['gate', '--history', '--base', 'main']]] as const)(
    'is named where it was edited, by %s',
    ([command]) => {
      const edited = project.copy()
      edited.replace('db/before.sql', 'name TEXT NOT NULL', 'name TEXT')
      const { exitCode, stdout } = edited.run([...command, '--json'])
      const { problems, gate } = JSON.parse(stdout)
      const own = (problems ?? gate.problems).filter(({ code }: { code: string }) => code === 'base-edited')
      expect(own).toEqual([
        expect.objectContaining({
          subject: { type: 'file', name: 'db/before.sql' },
          location: { file: 'db/before.sql', line: null },
          actual: 'another schema',
        }),
      ])
      expect(exitCode).toBe(1)
    },
  )

  it.for([
    [
      before.replace('name TEXT', 'mail TEXT, name TEXT'),
      'the column mail, which migration v1 (20260131120000_mail.sql) makes',
    ],
    [
      `${before}CREATE TABL more;`,
      "db/before.sql, line 3: expected SQL that SQLite runs, found the error 'near",
    ],
  ])('is refused in one sentence where it is none', ([text = '', words]) => {
    const wrong = project.copy()
    wrong.write('db/before.sql', text)
    const { exitCode, stdout, stderr } = wrong.run(['freeze', '--check'])
    expect([stdout, stderr.trim().split('\n').length]).toEqual(['', 1])
    expect(stderr).toContain(words)
    expect(exitCode).toBe(2)
  })

  it('is proposed by init where a migration misses a table, and kept in the config that is there', () => {
    const { 'migration-proof.config.mjs': _, ...files } = shop
    const bare = make(files)
    const { stderr } = bare.run(['init', '--yes'])
    expect(stderr).toMatch(
      /no such table: customer.*name its file in the config, as in `base: 'schema\.sql'`/,
    )
    const config = bare.read('migration-proof.config.mjs')
    bare.write('migration-proof.config.mjs', config.replace("'),", "'), base: 'db/before.sql',"))
    const { exitCode, stdout } = bare.run(['init', '--yes'])
    expect(stdout).toMatch(/^✓ v0 +v0 to v2 /m)
    expect(exitCode).toBe(0)
  })

  it.for([[['mutate', '--check', 'starters']], [['crash', '--snapshot', 'v0']]])(
    'is taken by %s',
    ([command = []]) => {
      const { stdout } = project.run(command)
      expect(stdout).not.toMatch(/fails-unmutated/)
      expect(stdout).toMatch(/ mutants: | images /)
    },
  )
})

describe('a base with the table of the versions, and files of SQL and JavaScript', () => {
  const project = make(budget)
  project.run(['freeze'])
  project.run(['freeze', '--accept-drafts'])

  it('is frozen as version 0, without rows in that table', () => {
    expect(project.read('fixtures/rows/v0.sql')).toContain('INSERT INTO payment ')
    expect(project.read('fixtures/rows/v0.sql')).not.toContain('applied')
    expect(project.read('fixtures/schemas/v0.sql')).toContain('CREATE TABLE applied')
    expect(project.run(['status']).stdout).toContain('Frozen: the base, 2 migrations, 3 golden schemas')
  })

  it('is upgraded and compared like the others, and so is an empty file', () => {
    const { stdout } = project.run(['verify', '--json'])
    const { outcome, snapshots } = JSON.parse(stdout)
    expect([outcome, ...snapshots.map(({ snapshot }: { snapshot: string }) => snapshot)]).toEqual([
      'passed',
      'v0-empty',
      'v0',
      'v1',
    ])
    const passed = snapshots.map(({ checks }: { checks: { check: string; outcome: string }[] }) =>
      checks.filter(({ outcome: own }) => own === 'passed').map(({ check }) => check),
    )
    for (const checks of passed)
      expect(checks).toEqual(expect.arrayContaining(['rows', 'fresh', 'stepwise', 'rerun']))
  })

  it('is distinguished from an empty file and from one that lost a part of it', () => {
    const inspect = (name: string, sql: string) =>
      project.run(['inspect', writeDatabase(project, name, sql)]).stdout
    expect(inspect('new.db', 'CREATE TABLE a (x); DROP TABLE a;')).toMatch(/version 0 of 2 \(empty\)/)
    const odd = inspect('odd.db', `${budget['init.sql']}; DROP TABLE account`)
    expect(odd).toMatch(/version 0 of 2 \(unknown\)/)
    expect(odd).toContain('table account, existence')
  })
})
