// Goal: what the page about changed tools shows is run, and after an upgrade the tool of now has nothing left to do.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { packageFolder } from '../support/command-line.ts'
import { makeLinkedProject } from '../support/linked-project.ts'
import type { ScratchProject } from '../support/scratch-project.ts'
import { prepareTools } from './tools/prepare-tools.ts'
import { makeProjectOf, runScript } from './tools/project-of-tool.ts'

const page = readFileSync(join(packageFolder, 'docs', 'changed-tools.md'), 'utf8')
const blocks = (language: string) =>
  [...page.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
    .filter(([, own]) => own === language)
    .map(([, , code = '']) => code)
const [config = '', dropping = ''] = blocks('js')
const commands = blocks('sh').flatMap((code) => code.trimEnd().split('\n'))

const note = 'CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL)'
const pinned = 'ALTER TABLE note ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0'
const tag =
  'CREATE TABLE tag (name TEXT PRIMARY KEY NOT NULL, note INTEGER REFERENCES note (id) ON DELETE CASCADE)'
const index = 'CREATE INDEX tag_note ON tag (note)'
const baseline = [note.replace(')', ', pinned INTEGER NOT NULL DEFAULT 0)'), tag, index]

const up = (...statements: string[]) =>
  `up: (database) => {\n${statements.map((sql) => `    database.exec(${JSON.stringify(sql)})\n`).join('')}  }`
const ladder = `export const ladder = [
  { version: 1, name: 'notes', ${up(note)} },
  { version: 2, name: 'pinned notes', ${up(pinned)} },
  { version: 3, name: 'tags', ${up(tag, index)} },
]
`
const inDbmate = (...statements: string[]) => `-- migrate:up\n${statements.join(';\n')};\n-- migrate:down\n`
const oldTable =
  "CREATE TABLE schema_version (version INTEGER PRIMARY KEY, applied_at TEXT NOT NULL DEFAULT (datetime('now')))"
const newTable = 'CREATE TABLE IF NOT EXISTS "schema_migrations" (version varchar(128) primary key)'

/** Each starts up to ten processes. */
const timeout = 180_000

let project: ScratchProject

beforeAll(() => {
  prepareTools().install()
  project = makeLinkedProject({
    'src/old-migrations.js': ladder,
    'migration-proof.config.mjs': config,
    'db/migrations/20260131120000_baseline.sql': inDbmate(...baseline),
    'db/migrations/20260201120000_colours.sql': inDbmate('ALTER TABLE tag ADD COLUMN colour TEXT'),
  })
  make('old.db', [
    oldTable,
    note,
    pinned,
    tag,
    index,
    'INSERT INTO schema_version (version) VALUES (1), (2), (3)',
  ])
  make('new.db', [newTable, ...baseline, "INSERT INTO schema_migrations VALUES ('20260131120000')"])
  make('early.db', [
    ...[oldTable, note, pinned, 'INSERT INTO schema_version (version) VALUES (1), (2)'],
    ...[newTable, "INSERT INTO schema_migrations VALUES ('20260131120000')"],
  ])
})
afterAll(() => project?.destroy())

function make(file: string, statements: readonly string[], { folder } = project) {
  const database = new Database(join(folder, file))
  for (const sql of statements) database.exec(sql)
  database.exec("INSERT INTO note (text) VALUES ('buy milk')")
  database.close()
}

function read(file: string, sql: string, { folder } = project) {
  const database = new Database(join(folder, file), { readonly: true })
  const rows = database.prepare(sql).pluck().all()
  database.close()
  return rows
}

it('runs the commands of the page', { timeout }, () => {
  const says: readonly RegExp[] = [
    /drafted {3}schemas\/v4-fresh/,
    /frozen {4}snapshots\/v4-fresh/,
    /✓ v4-fresh {2}v4 to v5[\s\S]*all passed[\s\S]*Applied: v1 to v3 by the migrator of this package; later ones by emulated rules\s+of dbmate/,
    /^old.db: version 3 of 5 \(versioned\).*\nIts version is noted by the tool before in table schema_version\.[\s\S]*golden schema v3/m,
    /^new.db: version 4 of 5 \(fresh\).*\nIts version is noted by dbmate in table schema_migrations\.[\s\S]*golden schema v4-fresh/m,
    /version 3 of 5/,
  ]
  expect(commands.length).toBe(says.length)
  for (const [position, command] of commands.entries()) {
    const { stdout, stderr, exitCode } = project.run(command.replace('npx migration-proof ', '').split(' '))
    expect({ exitCode, stderr: exitCode === 0 ? '' : stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(stdout).toMatch(says[position] ?? /^$/)
  }
  // dbmate applies what is not noted.
  expect(read('old.db', 'SELECT version FROM schema_migrations')).toEqual([
    '20260131120000',
    '20260201120000',
  ])
  expect(read('old.db', 'SELECT text FROM note')).toEqual(['buy milk'])
  expect(project.run(['inspect', 'old.db']).stdout).toMatch(
    /noted by dbmate in table schema_migrations, and v3 by the tool before in table schema_version\.[\s\S]*same[\s\S]*golden schema v5/,
  )
  project.run(['upgrade', 'new.db'])
  expect(project.run(['inspect', 'new.db']).stdout).toMatch(
    /the same as golden schema v5 without schema_version/,
  )
})

it('refuses notes that do not fit, and a baseline that is not there, with one sentence', () => {
  const early = project.run(['inspect', 'early.db'])
  expect(early.exitCode).toBe(2)
  expect(early.stderr).toMatch(
    /^Error: The versions of the database: expected notes of both tools that fit each other, .*\n$/,
  )
  const against = project.run(['verify', '--against', 'early.db'])
  expect(against.exitCode).toBe(1)
  expect(against.stdout).toMatch(/the versions: contradicting-notes/)
  const copy = project.copy()
  copy.replace('migration-proof.config.mjs', '20260131120000', '20260131')
  const { exitCode, stderr } = copy.run(['verify'])
  expect(exitCode).toBe(2)
  expect(stderr).toMatch(
    /^Error: .*afterTool, adopts: expected the id of a migration of the tool of now: .*\n$/,
  )
})

it('takes the adoption of the page that drops the old table', () => {
  const copy = project.copy()
  copy.replace('migration-proof.config.mjs', /const history = .*\n/.exec(config)?.[0] ?? '', dropping)
  make(
    'other.db',
    [oldTable, note, pinned, tag, index, 'INSERT INTO schema_version (version) VALUES (1), (2), (3)'],
    copy,
  )
  copy.replace('migration-proof.config.mjs', "fixtures: 'fixtures'", "fixtures: 'other'")
  expect(copy.run(['upgrade', 'other.db']).exitCode).toBe(0)
  expect(read('other.db', "SELECT count(*) FROM sqlite_schema WHERE name = 'schema_version'", copy)).toEqual([
    0,
  ])
})

it('takes files of the base alone, of the tool before and of the tool of now', { timeout }, () => {
  const person = 'CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT)'
  const shop = makeLinkedProject({
    'src/old-migrations.js': ladder,
    'before.sql': `${person};\n`,
    'migration-proof.config.mjs': config.replace(
      "fixtures: 'fixtures'",
      "base: 'before.sql', fixtures: 'fixtures'",
    ),
    'db/migrations/20260131120000_baseline.sql': inDbmate(...baseline, person),
    'db/migrations/20260201120000_colours.sql': inDbmate('ALTER TABLE tag ADD COLUMN colour TEXT'),
  })
  try {
    const files = {
      'base.db': [person],
      'old.db': [person, oldTable, note, pinned, 'INSERT INTO schema_version (version) VALUES (1), (2)'],
      'new.db': [newTable, ...baseline, person, "INSERT INTO schema_migrations VALUES ('20260131120000')"],
    }
    const says = { 'base.db': /version 0 of 5/, 'old.db': /version 2 of 5/, 'new.db': /version 4 of 5/ }
    for (const [file, statements] of Object.entries(files)) {
      const database = new Database(join(shop.folder, file))
      for (const sql of [...statements, "INSERT INTO person (name) VALUES ('Ada')"]) database.exec(sql)
      database.close()
    }
    for (const options of [[], ['--accept-drafts']]) shop.run(['freeze', ...options])
    expect(shop.run(['verify'])).toMatchObject({ exitCode: 0 })
    for (const [file, words] of Object.entries(says)) {
      const { stdout, exitCode } = shop.run(['inspect', file])
      expect(stdout).toMatch(words)
      expect(stdout).toMatch(/the same as golden schema/)
      expect(exitCode).toBe(0)
      expect(shop.run(['upgrade', file])).toMatchObject({ exitCode: 0 })
      expect(read(file, 'SELECT max(version) FROM schema_migrations', shop)).toEqual(['20260201120000'])
      expect(read(file, 'SELECT name FROM person', shop)).toEqual(['Ada'])
    }
  } finally {
    shop.destroy()
  }
})

it('leaves nothing to do for the knex that is installed, whose files were converted', { timeout }, () => {
  const inKnex = (sql: string) =>
    `exports.up = (knex) => knex.schema.raw(${JSON.stringify(sql)})\nexports.down = async () => {}\n`
  const library = makeProjectOf('knex', {
    'package.json': '{}\n',
    'migrations/001_notes.js': inKnex(note),
    'migrations/002_pinned.js': inKnex(pinned),
    'migrations/003_tags.js': inKnex(tag),
    'migrations/004_index.js': inKnex(index),
    'old-migrations.mjs': ladder,
    'migration-proof.config.mjs': `import { defineConfig, userVersion } from 'migration-proof'
import { afterTool } from 'migration-proof/after-tool'
import { knex } from 'migration-proof/knex'
import { ladder } from './old-migrations.mjs'

const before = { migrations: ladder.slice(0, 2), versions: userVersion() }
const history = afterTool(before, knex('migrations'), { adopts: '002_pinned.js' })

export default defineConfig({ name: 'notes', ...history, fixtures: 'fixtures' })
`,
    'latest.js': `const createKnex = require('knex')
const knex = createKnex({ client: 'better-sqlite3', connection: { filename: process.argv[2] }, useNullAsDefault: true })
knex.migrate.latest({ directory: 'migrations' })
  .then(([, names]) => console.log(JSON.stringify(names)))
  .finally(() => knex.destroy())
`,
  })
  try {
    make('old.db', [note, 'PRAGMA user_version = 1'], library)
    const against = library.run(['verify', '--against', 'old.db'])
    expect(against.stdout).toMatch(/later ones by knex 3[\s\S]*old\.db upgrades from v1 to v5/)
    expect(library.run(['upgrade', 'old.db']).exitCode).toBe(0)
    expect(runScript(library, 'latest.js', 'old.db')).toEqual([])
    expect(read('old.db', 'SELECT text FROM note', library)).toEqual(['buy milk'])
    expect(runScript(library, 'latest.js', 'made.db')).toHaveLength(4)
    expect(library.run(['inspect', 'made.db']).stdout).toMatch(/^made\.db: version 5 of 5/m)
  } finally {
    library.destroy()
  }
})
