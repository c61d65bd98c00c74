// Goal: a project of a tool has its upgrades proven with one line of config, by the rules that the tool follows.
import { mkdirSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, expect, it } from 'vitest'
import { packageFolder } from '../support/command-line.ts'
import { makeProject } from '../support/scratch-project.ts'

const require = createRequire(import.meta.url)

const journal = (tags: readonly string[]) =>
  JSON.stringify({ entries: tags.map((tag, idx) => ({ idx, tag, when: 1_700_000_000_000 + idx * 1000 })) })

const separator = ';--> statement-breakpoint\n'
const chats = [
  'CREATE TABLE `chat` (\n\t`id` integer PRIMARY KEY NOT NULL,\n\t`title` text\n)',
  'CREATE TABLE `message` (\n\t`id` integer PRIMARY KEY NOT NULL,\n\t`chat` integer NOT NULL REFERENCES `chat` (`id`) ON DELETE cascade\n)',
]
const rebuild = [
  'PRAGMA foreign_keys=OFF',
  "CREATE TABLE `__new_chat` (\n\t`id` integer PRIMARY KEY NOT NULL,\n\t`title` text DEFAULT 'new'\n)",
  'INSERT INTO `__new_chat` (`id`, `title`) SELECT `id`, `title` FROM `chat`',
  'DROP TABLE `chat`',
  'ALTER TABLE `__new_chat` RENAME TO `chat`',
  'PRAGMA foreign_keys=ON',
]

const project = makeProject({
  'package.json': '{ "type": "module" }\n',
  'migration-proof.config.mjs': `import { defineConfig } from 'migration-proof'
import { drizzle } from 'migration-proof/drizzle'

export default defineConfig({ name: 'shop', ...drizzle('drizzle'), fixtures: 'fixtures' })
`,
  'drizzle/meta/_journal.json': journal(['0000_chats', '0001_index']),
  'drizzle/0000_chats.sql': `${chats.join(separator)};\n`,
  'drizzle/0001_index.sql': 'CREATE INDEX `message_chat` ON `message` (`chat`);\n',
})
const modules = join(project.folder, 'node_modules')
mkdirSync(modules)
symlinkSync(packageFolder, join(modules, 'migration-proof'))
symlinkSync(dirname(require.resolve('better-sqlite3/package.json')), join(modules, 'better-sqlite3'))
project.run(['freeze'])
project.run(['freeze', '--accept-drafts'])

afterAll(() => project.destroy())

it('is proven, and the result says by whose rules', () => {
  const { exitCode, stdout } = project.run(['verify', '--no-cache'])
  expect(stdout).toContain('Applied by emulated rules of drizzle-orm, not checked against the tool.')
  expect(exitCode).toBe(0)
  expect(JSON.parse(project.run(['verify', '--no-cache', '--json']).stdout).runner).toEqual({
    tool: 'drizzle-orm',
    version: null,
    how: 'emulated',
    transaction: 'all',
    foreignKeys: 'on',
  })
})

it('fails with the rows of the children that a rebuild deletes, with the migration and what to do', () => {
  const changed = project.copy()
  changed.write('drizzle/meta/_journal.json', journal(['0000_chats', '0001_index', '0002_rebuild']))
  changed.write('drizzle/0002_rebuild.sql', `${rebuild.join(separator)};\n`)
  changed.run(['freeze'])
  changed.run(['freeze', '--accept-drafts'])
  const { exitCode, stdout } = changed.run(['verify', '--json'])
  const problems = JSON.parse(stdout).snapshots.flatMap(({ checks }: { checks: { problems: object[] }[] }) =>
    checks.flatMap((check) => check.problems),
  )
  expect(exitCode).toBe(1)
  expect(problems[0]).toMatchObject({
    code: 'rows',
    subject: { name: 'message' },
    version: 3,
    fix: expect.stringContaining('drizzle-orm has foreign keys on there'),
  })
})

it('has a file recognised by inspect and upgraded by upgrade, and drizzle has nothing left to apply', () => {
  const changed = project.copy()
  const file = join(changed.folder, 'data.db')
  const database = new Database(file)
  database.exec(
    'CREATE TABLE IF NOT EXISTS "__drizzle_migrations" (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at numeric)',
  )
  for (const statement of chats) database.exec(statement)
  database.exec(
    "INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('x', 1700000000000); INSERT INTO chat VALUES (1, 'a')",
  )
  database.close()
  expect(JSON.parse(changed.run(['inspect', 'data.db', '--json']).stdout)).toMatchObject({ version: 1 })
  expect(changed.run(['upgrade', 'data.db'])).toMatchObject({ exitCode: 0 })
  const upgraded = new Database(file, { readonly: true })
  expect(upgraded.prepare('SELECT max(created_at) FROM __drizzle_migrations').pluck().get()).toBe(
    1_700_000_001_000,
  )
  expect(upgraded.prepare('SELECT title FROM chat').pluck().all()).toEqual(['a'])
  upgraded.close()
})

it.for([
  ['golang-migrate', 'golangMigrate', '1_a.up.sql', '2_b.up.sql', ''],
  ['goose', 'goose', '1_a.sql', '2_b.sql', '-- +goose Up\n'],
  ['sqlx', 'sqlx', '1_a.sql', '2_b.sql', ''],
  ['prisma', 'prisma', '1_a/migration.sql', '2_b/migration.sql', ''],
  ['dbmate', 'dbmate', '1_a.sql', '2_b.sql', '-- migrate:up transaction:false\n'],
] as const)('a project of %s is proven', ([entry, call, one, two, mark]) => {
  const down = entry === 'dbmate' ? '-- migrate:down\n' : ''
  const other = makeProject({
    'package.json': '{ "type": "module" }\n',
    'migration-proof.config.mjs': `import { defineConfig } from 'migration-proof'
import { ${call} } from 'migration-proof/${entry}'

export default defineConfig({ name: 'shop', ...${call}('m'), fixtures: 'fixtures' })
`,
    [`m/${one}`]: `${mark}CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL);\nCREATE INDEX note_text ON note (text);\n${down}`,
    [`m/${two}`]: `${mark}CREATE TABLE tag (id INTEGER PRIMARY KEY);\n${down}`,
  })
  symlinkSync(modules, join(other.folder, 'node_modules'))
  other.run(['freeze'])
  other.run(['freeze', '--accept-drafts'])
  const { exitCode, stdout } = other.run(['verify', '--no-cache'])
  other.destroy()
  expect(stdout).toContain('all passed')
  expect(exitCode).toBe(0)
})
