// Goal: a project of knex has its upgrades proven with one line of config, by the knex that it has installed.
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ScratchProject } from '../support/scratch-project.ts'
import { prepareTools } from './tools/prepare-tools.ts'
import { makeProjectOf, runScript } from './tools/project-of-tool.ts'

/** How the application applies its migrations: the next one, or all. */
const script = `const createKnex = require('knex')

const [file, how = 'latest'] = process.argv.slice(2)
const knex = createKnex({ client: 'better-sqlite3', connection: { filename: file }, useNullAsDefault: true })
knex.migrate[how]({ directory: 'migrations' })
  .then(([, names]) => console.log(JSON.stringify(names)))
  .finally(() => knex.destroy())
`

const authors = `exports.up = async (knex) => {
  await knex.schema.createTable('author', (table) => {
    table.increments('id')
    table.string('name').notNullable()
  })
  await knex.schema.createTable('book', (table) => {
    table.increments('id')
    table.integer('author_id').notNullable().references('author.id').onDelete('CASCADE')
    table.string('title', 40)
  })
}
exports.down = async () => {}
`

const titles = `exports.up = async (knex) => {
  for (const { id, title } of await knex('book').select('*'))
    if (title === null) await knex('book').where({ id }).update({ title: 'Untitled' })
  await knex.schema.createTable('label', (table) => {
    table.increments('id')
    table.string('name')
  })
}
exports.down = async () => {}
`

/** In a transaction of its own, in which knex makes savepoints, and with ids that differ each time. */
const alone = `const { randomUUID } = require('node:crypto')
exports.config = { transaction: false }
exports.up = (knex) => knex.transaction(async (own) => {
  await own.schema.alterTable('label', (table) => { table.string('name', 80).alter() })
  await own('label').where('name', 'first').update({ name: 'one' })
  await own('label').insert([{ name: randomUUID() }, { name: randomUUID() }])
  await own.schema.alterTable('label', (table) => { table.index(['name']) })
})
exports.down = async () => {}
`

const ids = `const { randomUUID } = require('node:crypto')
exports.up = (knex) => knex('label').insert({ name: randomUUID() })
exports.down = async () => {}
`

const rebuild = `exports.up = async (knex) => {
  await knex.schema.alterTable('author', (table) => {
    table.string('name', 80).nullable().alter()
  })
}
exports.down = async () => {}
`

let project: ScratchProject

beforeAll(() => {
  prepareTools().install()
  project = makeProjectOf('knex', {
    'package.json': '{}\n',
    'migration-proof.config.mjs': `import { defineConfig } from 'migration-proof'
import { knex } from 'migration-proof/knex'

const history = knex('migrations')
const dataChanges = [{ table: 'book', columns: { title: "coalesce(title, 'Untitled')" }, reason: 'a title for each' }]
const migrations = history.migrations.map((migration) =>
  migration.id === '002_titles.js' ? { ...migration, dataChanges } : migration,
)

export default defineConfig({ name: 'shop', ...history, migrations, fixtures: 'fixtures' })
`,
    'migrations/001_authors.js': authors,
    'migrations/002_titles.js': titles,
    'migrate.cjs': script,
  })
  project.run(['freeze'])
  project.run(['freeze', '--accept-drafts'])
}, 600_000)

afterAll(() => project.destroy())

it('is proven, interruptions too, and the result says what was run', () => {
  const { stdout, exitCode } = project.run(['verify', '--no-cache'])
  expect(stdout).toMatch(/Applied by knex \d+\.\d+\.\d+\./)
  expect(stdout).toMatch(/Checks:[^.]*interruption/)
  expect(exitCode).toBe(0)
})

it('may have a migration that asks for no transaction, and ids that differ each time', () => {
  const copy = project.copy()
  copy.replace('migration-proof.config.mjs', 'migrations, fixtures', 'migrations, declare, fixtures')
  copy.replace(
    'migration-proof.config.mjs',
    'export default',
    `const added = { table: 'label', rowsAdded: true, columns: ['name'], reason: 'labels of its own' }
const declare = {
  '003_ids.js': { dataChanges: [added] },
  '004_alone.js': { dataChanges: [{ ...added, idsReused: true }] },
}

export default`,
  )
  copy.write('migrations/003_ids.js', ids)
  copy.write('migrations/004_alone.js', alone)
  copy.run(['freeze'])
  copy.run(['freeze', '--accept-drafts'])
  expect(JSON.parse(copy.run(['verify', '--json']).stdout)).toMatchObject({
    outcome: 'passed',
    problems: [],
    runner: { tool: 'knex', how: 'run', transaction: 'each', foreignKeys: 'on' },
  })
})

it('fails with the rows of the children that its rebuild deletes, and upgrade keeps them', () => {
  const copy = project.copy()
  copy.write('migrations/003_rebuild.js', rebuild)
  copy.run(['freeze'])
  copy.run(['freeze', '--accept-drafts'])
  const { exitCode, stdout } = copy.run(['verify'])
  expect(exitCode).toBe(1)
  expect(stdout).toContain('knex has foreign keys on')
  runScript(copy, 'migrate.cjs', 'data.db', 'up')
  const database = new Database(join(copy.folder, 'data.db'))
  database.exec("INSERT INTO author (name) VALUES ('Ada'); INSERT INTO book (author_id) VALUES (1)")
  database.close()
  expect(copy.run(['upgrade', 'data.db'])).toMatchObject({ exitCode: 0 })
  const upgraded = new Database(join(copy.folder, 'data.db'), { readonly: true })
  expect(upgraded.prepare('SELECT title FROM book').pluck().all()).toEqual(['Untitled'])
  upgraded.close()
})

it.for([
  ['in the transaction of all', ''],
  ['in one of its own', 'exports.config = { transaction: false }\n'],
] as const)('names the migration that fails %s', ([, setting]) => {
  const copy = project.copy()
  copy.write(
    'migrations/003_failing.js',
    "exports.up = (knex) => knex('missing').insert({ id: 1 })\nexports.down = () => {}\n",
  )
  copy.write('migrations/004_next.js', `${setting}exports.up = () => {}\nexports.down = () => {}\n`)
  const { stdout } = copy.run(['verify', '--snapshot', 'v1', '--json'])
  expect(stdout).toMatch(/Migration v3 \(003_failing\.js\)[^"]*no such table: missing/)
})

it('has a file of knex recognised by inspect and upgraded by upgrade, and knex has nothing left to apply', () => {
  const copy = project.copy()
  expect(runScript(copy, 'migrate.cjs', 'data.db', 'up')).toEqual(['001_authors.js'])
  expect(JSON.parse(copy.run(['inspect', 'data.db', '--json']).stdout)).toMatchObject({ version: 1 })
  expect(copy.run(['upgrade', 'data.db'])).toMatchObject({ exitCode: 0 })
  expect(runScript(copy, 'migrate.cjs', 'data.db')).toEqual([])
  runScript(copy, 'migrate.cjs', 'other.db', 'up')
  runScript(copy, 'migrate.cjs', 'other.db', 'up')
  const [upgraded, made] = ['data.db', 'other.db'].map(
    (name) => new Database(join(copy.folder, name), { readonly: true }),
  )
  const notes = 'SELECT id, name, batch, typeof(migration_time) FROM knex_migrations'
  for (const sql of [schema, notes, 'SELECT * FROM knex_migrations_lock', 'SELECT * FROM sqlite_sequence'])
    expect(upgraded?.prepare(sql).all()).toEqual(made?.prepare(sql).all())
  upgraded?.close()
  made?.close()
})

const schema = 'SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name'

it('makes the tables of knex as knex makes them', () => {
  const copy = project.copy()
  runScript(copy, 'migrate.cjs', 'made.db')
  const made = new Database(join(copy.folder, 'made.db'), { readonly: true })
  new Database(join(copy.folder, 'empty.db')).exec('VACUUM').close()
  expect(copy.run(['upgrade', 'empty.db'])).toMatchObject({ exitCode: 0 })
  const upgraded = new Database(join(copy.folder, 'empty.db'), { readonly: true })
  expect(upgraded.prepare(schema).all()).toEqual(made.prepare(schema).all())
  upgraded.close()
  made.close()
})

it.for([
  ['unknown', "UPDATE knex_migrations SET name = '001_other.js' WHERE id = 1", 'directory is corrupt'],
  ['unfinished', 'UPDATE knex_migrations_lock SET is_locked = 1', 'already locked'],
])('refuses notes that are %s, as knex does', ([, sql = '', message = '']) => {
  const copy = project.copy()
  runScript(copy, 'migrate.cjs', 'data.db', 'up')
  runScript(copy, 'migrate.cjs', 'data.db', 'up')
  const database = new Database(join(copy.folder, 'data.db'))
  database.exec(sql)
  database.close()
  expect(() => runScript(copy, 'migrate.cjs', 'data.db')).toThrow(message)
  expect(copy.run(['upgrade', 'data.db']).stderr).toContain('knex refuses to start')
})
