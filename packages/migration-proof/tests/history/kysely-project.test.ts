// Goal: a project of kysely has its upgrades proven with one line of config, by the kysely that it has installed.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ScratchProject } from '../support/scratch-project.ts'
import { prepareTools } from './tools/prepare-tools.ts'
import { makeProjectOf, runScript } from './tools/project-of-tool.ts'

/** How the application applies its migrations: up to one of them, or all. */
const script = `import { promises as fs } from 'node:fs'
import path from 'node:path'
import Database from 'better-sqlite3'
import { FileMigrationProvider, Kysely, Migrator, SqliteDialect } from 'kysely'

const [file, target] = process.argv.slice(2)
const db = new Kysely({ dialect: new SqliteDialect({ database: new Database(file) }) })
const provider = new FileMigrationProvider({ fs, path, migrationFolder: path.resolve('migrations') })
const migrator = new Migrator({ db, provider })
const { error, results } = target === undefined ? await migrator.migrateToLatest() : await migrator.migrateTo(target)
await db.destroy()
if (error) throw error
console.log(JSON.stringify(results.map(({ migrationName }) => migrationName)))
`

const authors = `import { sql } from 'kysely'

export async function up(db) {
  await db.schema
    .createTable('author')
    .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('name', 'text', (column) => column.notNull())
    .execute()
  await sql\`create index author_name on author (name)\`.execute(db)
}
`

const books = `import { titleOf } from '../titles.mjs'

export default {
  up: async (db) => {
    await db.schema
      .createTable('book')
      .addColumn('id', 'integer', (column) => column.primaryKey())
      .addColumn('author_id', 'integer', (column) => column.notNull().references('author.id').onDelete('cascade'))
      .addColumn('title', 'text', (column) => column.notNull())
      .execute()
    await db.transaction().execute(async (transaction) => {
      for (const { id, name } of await transaction.selectFrom('author').selectAll().execute())
        await transaction.insertInto('book').values({ author_id: id, title: titleOf(name) }).execute()
    })
  },
}
`

let project: ScratchProject

beforeAll(() => {
  prepareTools().install()
  project = makeProjectOf('kysely', {
    'migration-proof.config.mjs': `import { defineConfig } from 'migration-proof'
import { kysely } from 'migration-proof/kysely'

export default defineConfig({ name: 'shop', ...kysely('migrations'), fixtures: 'fixtures' })
`,
    'migrations/001_authors.mjs': authors,
    'migrations/002_books.js': books,
    'titles.mjs': "export const titleOf = (name) => 'Notes of '.concat(name)\n",
    'migrate.mjs': script,
  })
  project.run(['freeze'])
  project.run(['freeze', '--accept-drafts'])
}, 600_000)

afterAll(() => project.destroy())

it('is proven, and the result says what was run', () => {
  const { stdout, exitCode } = project.run(['verify', '--no-cache'])
  expect(stdout).toMatch(/Applied by kysely \d+\.\d+\.\d+\./)
  expect(exitCode).toBe(0)
  expect(JSON.parse(project.run(['verify', '--no-cache', '--json']).stdout).runner).toEqual({
    tool: 'kysely',
    version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
    how: 'run',
    transaction: 'none',
    foreignKeys: 'on',
  })
})

it('is analysed by lint', () => {
  expect(project.run(['lint']).stdout).toContain('book (author_id)')
})

it('has a file of kysely recognised by inspect and upgraded by upgrade, and kysely has nothing left to apply', () => {
  const copy = project.copy()
  expect(runScript(copy, 'migrate.mjs', 'data.db', '001_authors')).toEqual(['001_authors'])
  const database = new Database(join(copy.folder, 'data.db'))
  database.exec("INSERT INTO author (name) VALUES ('Ada'), ('Grace')")
  database.close()
  expect(JSON.parse(copy.run(['inspect', 'data.db', '--json']).stdout)).toMatchObject({ version: 1 })
  expect(copy.run(['upgrade', 'data.db'])).toMatchObject({ exitCode: 0 })
  expect(runScript(copy, 'migrate.mjs', 'data.db')).toEqual([])
  expect(runScript(copy, 'migrate.mjs', 'other.db')).toEqual(['001_authors', '002_books'])
  const [upgraded, made] = ['data.db', 'other.db'].map(
    (name) => new Database(join(copy.folder, name), { readonly: true }),
  )
  const schema = 'SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name'
  const notes = 'SELECT name, length(timestamp) FROM kysely_migration ORDER BY timestamp'
  for (const sql of [schema, notes, 'SELECT * FROM kysely_migration_lock'])
    expect(upgraded?.prepare(sql).all()).toEqual(made?.prepare(sql).all())
  expect(upgraded?.prepare('SELECT title FROM book').pluck().all()).toEqual([
    'Notes of Ada',
    'Notes of Grace',
  ])
  upgraded?.close()
  made?.close()
})

it('may have migrations in TypeScript, which import others, and run what needs to be outside of a transaction', () => {
  const copy = project.copy()
  copy.write('labels.ts', "export const label: string = 'label'\n")
  copy.write(
    'migrations/003_labels.ts',
    `import { type Kysely, sql } from 'kysely'
import { label } from '../labels.ts'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.createTable(label).addColumn('id', 'integer').execute()
  await sql\`vacuum\`.execute(db)
}
`,
  )
  copy.run(['freeze'])
  copy.run(['freeze', '--accept-drafts'])
  expect(copy.run(['verify'])).toMatchObject({ exitCode: 0 })
  expect(copy.run(['upgrade', 'fixtures/snapshots/v2.db'])).toMatchObject({ exitCode: 0 })
})

it('names the migration that fails, with half of it left', () => {
  const copy = project.copy()
  copy.write(
    'migrations/003_labels.mjs',
    `export async function up(db) {
  await db.schema.createTable('label').addColumn('id', 'integer').execute()
  await db.insertInto('missing').values({ id: 1 }).execute()
}
`,
  )
  const { stdout, exitCode } = copy.run(['verify', '--json'])
  expect(exitCode).toBe(1)
  expect(stdout).toContain('003_labels')
  expect(stdout).toContain('no such table: missing')
})

it('has a migration that a stop leaves half done named by lint, and what is in such a file by inspect', () => {
  const copy = project.copy()
  copy.replace('migrate.mjs', 'new Database(file)', 'database')
  copy.replace(
    'migrate.mjs',
    'const db =',
    `const database = new Database(file)
const prepare = database.prepare.bind(database)
database.prepare = (sql) => (sql.startsWith('select * from "author"') ? process.exit(0) : prepare(sql))
const db =`,
  )
  execFileSync(process.execPath, ['migrate.mjs', 'data.db'], { cwd: copy.folder })
  const { stdout, exitCode } = copy.run(['inspect', 'data.db'])
  expect(stdout).toContain('half of migration v2 (002_books) is in it, beyond golden schema v1')
  expect(stdout).toContain('create table "book"')
  expect(stdout).toContain('Undo what is there of it, where it holds no rows,')
  expect(stdout).not.toContain('the same')
  expect(exitCode).toBe(1)
  const { problems } = JSON.parse(copy.run(['lint', '--json']).stdout)
  const found = problems.filter(({ code }: { readonly code: string }) => code === 'half-done')
  expect(found).toHaveLength(2)
  expect(found[1]).toMatchObject({
    severity: 'error',
    subject: { type: 'migration', name: 'v2' },
    location: { file: 'migrations/002_books.js', line: 4 },
    actual: expect.stringContaining(
      `it leaves table book; kysely then fails at each start: 'table "book" already exists'`,
    ),
    fix: expect.stringContaining('DROP TABLE "book"'),
  })
  expect(copy.run(['verify']).stdout.replaceAll(/\s+/g, ' ')).toContain('`lint` shows as half-done')
})

it('says why it refuses snapshots where two migrations were swapped', () => {
  const copy = project.copy()
  const write = (name: string, table: string) =>
    copy.write(`migrations/${name}.mjs`, authors.replaceAll('author', table))
  write('003_tags', 'tag')
  write('004_shelves', 'shelf')
  for (const options of [[], ['--accept-drafts']]) copy.run(['freeze', ...options])
  for (const name of ['003_tags', '004_shelves']) copy.remove(`migrations/${name}.mjs`)
  write('003_shelves', 'shelf')
  write('004_tags', 'tag')
  const { problems, snapshots } = JSON.parse(copy.run(['verify', '--snapshot', 'v3', '--json']).stdout)
  expect(problems).not.toEqual([])
  expect(snapshots).toMatchObject([
    { snapshot: 'v3', outcome: 'failed', checks: [{ check: 'upgrade', problems: [{ code: 'upgrade' }] }] },
  ])
})

it.for([
  ['unknown', "UPDATE kysely_migration SET name = '001_other' WHERE name = '001_authors'"],
  ['late', "DELETE FROM kysely_migration WHERE name = '001_authors'"],
])('refuses notes that are %s, as kysely does', ([, sql = '']) => {
  const copy = project.copy()
  runScript(copy, 'migrate.mjs', 'data.db')
  const database = new Database(join(copy.folder, 'data.db'))
  database.exec(sql)
  database.close()
  expect(() => runScript(copy, 'migrate.mjs', 'data.db')).toThrow('corrupted migrations')
  const { stderr, exitCode } = copy.run(['upgrade', 'data.db'])
  expect(exitCode).not.toBe(0)
  expect(stderr).toContain('kysely refuses to start: corrupted migrations')
})

it.for([
  [
    'goes on after its promise has settled',
    'void new Promise((resolve) => setTimeout(resolve, 20)).then(() => db.deleteFrom("author").execute())',
    /before its promise settles|beside it/,
  ],
  ['has a promise that never settles', 'await new Promise(() => {})', /one that nothing can settle any more/],
] as const)('is not upgraded without a word by a migration that %s', ([, work, message]) => {
  const copy = project.copy()
  copy.write('migrations/003_late.mjs', `export async function up(db) {\n  ${work}\n}\n`)
  runScript(copy, 'migrate.mjs', 'data.db', '002_books')
  const { stderr, exitCode } = copy.run(['upgrade', 'data.db'])
  expect(stderr).toMatch(message)
  expect(exitCode).toBe(1)
  const { stdout } = copy.run(['verify', '--json'])
  expect(stdout).toMatch(message)
})

it('says what to install where kysely is missing', () => {
  const copy = project.copy()
  copy.remove('node_modules/kysely')
  expect(copy.run(['verify']).stderr).toContain('npm install kysely')
})

it('has a file with rows and without notes named, and no one is advised to undo what holds rows', () => {
  const copy = project.copy()
  runScript(copy, 'migrate.mjs', 'data.db')
  const database = new Database(join(copy.folder, 'data.db'))
  database.exec("DELETE FROM kysely_migration; INSERT INTO author (name) VALUES ('Ada')")
  database.close()
  const inspected = copy.run(['inspect', 'data.db'])
  expect(inspected.stdout).toContain(
    'Notes: incomplete: the schema is that of v2, and kysely_migration does not note v1 to v2:',
  )
  expect(inspected.stdout).toContain('undo nothing, since its tables hold rows')
  expect(inspected.stdout).not.toMatch(/half|Undo what/)
  expect(inspected.exitCode).toBe(1)
  const { stdout, exitCode } = copy.run(['verify', '--against', 'data.db'])
  expect(stdout).toMatch(/^✗ table kysely_migration: notes-missing$/m)
  expect(stdout).toContain('Its upgrade was not tried.')
  expect(exitCode).toBe(1)
})

it('may have all its migrations in one file, by the names that its provider gives them', () => {
  const copy = project.copy()
  copy.write(
    'all/index.cjs',
    `const first = require('./first.cjs')

Object.defineProperty(exports, '__esModule', { value: true })
exports.default = { '001': first, '002': { up: (db) => db.schema.dropTable('note').execute() } }
`,
  )
  copy.write(
    'all/first.cjs',
    "exports.up = (db) => db.schema.createTable('note').addColumn('id', 'integer', (id) => id.primaryKey()).execute()\n",
  )
  copy.write(
    'migration-proof.config.mjs',
    `import { defineConfig } from 'migration-proof'
import { kysely } from 'migration-proof/kysely'

export default defineConfig({ name: 'shop', ...kysely('all/index.cjs'), fixtures: 'fixtures-of-all' })
`,
  )
  copy.run(['freeze'])
  copy.run(['freeze', '--accept-drafts'])
  const { stdout } = copy.run(['status', '--json'])
  expect(stdout).toContain('001')
  expect(JSON.parse(copy.run(['verify', '--no-cache', '--json']).stdout)).toMatchObject({
    runner: { tool: 'kysely', how: 'run' },
    snapshots: [{ to: 2 }, { to: 2 }],
  })
})
