// Goal: a project of TypeORM has its upgrades proven with one line of config, by the TypeORM that it has installed.
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ScratchProject } from '../support/scratch-project.ts'
import { prepareTools } from './tools/prepare-tools.ts'
import { makeProjectOf, readSame, runScript } from './tools/project-of-tool.ts'

/** How the application applies its migrations: as many as it is given, or all. */
const script = `import { DataSource } from 'typeorm'
import { options } from './data-source.mjs'

const [file, count] = process.argv.slice(2)
const { migrations } = await import('./all.mjs')
const source = new DataSource({ ...options, database: file, migrations: migrations.slice(0, count) })
await source.initialize()
const applied = await source.runMigrations()
await source.destroy()
console.log(JSON.stringify(applied.map(({ name }) => name)))
`

const authors = `export class Authors1700000000000 {
  async up(runner) {
    await runner.query('CREATE TABLE "author" ("id" integer PRIMARY KEY NOT NULL, "name" varchar NOT NULL)')
    await runner.query(
      'CREATE TABLE book (id integer PRIMARY KEY, author_id integer NOT NULL REFERENCES author (id) ON DELETE CASCADE, title text)',
    )
  }
}
`

/** A rebuild of a table that others refer to, by the schema builder of TypeORM. */
const ages = `import { TableColumn } from 'typeorm'

export class Ages1700000001000 {
  async up(runner) {
    await runner.addColumn('author', new TableColumn({ name: 'age', type: 'integer', default: 0 }))
    for (const { id } of await runner.query('SELECT id FROM author WHERE age IS NULL'))
      await runner.query('UPDATE author SET age = 0 WHERE id = ?', [id])
  }
}
`

const index = `export class BooksByAuthor1700000002000 {
  transaction = false
  async up(runner) {
    await runner.query('CREATE INDEX book_author ON book (author_id)')
  }
}
`

const configOf = (call: string) => `import { defineConfig } from 'migration-proof'
import { typeorm } from 'migration-proof/typeorm'

export default defineConfig({ name: 'shop', ...${call}, fixtures: 'fixtures' })
`

let project: ScratchProject

beforeAll(() => {
  prepareTools().install()
  project = makeProjectOf('typeorm', {
    'migration-proof.config.mjs': configOf("typeorm('migrations')"),
    // The timestamp in the name decides, not the name of the file.
    'migrations/b-authors.mjs': authors,
    'migrations/a-ages.mjs': ages,
    'all.mjs': `import { Ages1700000001000 } from './migrations/a-ages.mjs'
import { Authors1700000000000 } from './migrations/b-authors.mjs'

export const migrations = [Authors1700000000000, Ages1700000001000]
`,
    'data-source.mjs': `import { DataSource } from 'typeorm'

export const options = { type: 'better-sqlite3', database: 'app.db', migrations: ['migrations/*.{mjs,ts}'] }
export default new DataSource(options)
`,
    'migrate.mjs': script,
  })
  project.run(['freeze'])
  project.run(['freeze', '--accept-drafts'])
}, 600_000)

afterAll(() => project.destroy())

const names = ['Authors1700000000000', 'Ages1700000001000']

it('is proven, interruptions too, and the result says what was run', () => {
  const { stdout, exitCode } = project.run(['verify', '--no-cache', '--snapshot', 'v1'])
  expect(stdout).toMatch(/Applied by TypeORM \d+\.\d+\.\d+\./)
  expect(stdout).toMatch(/Checks:[^.]*interruption/)
  expect(exitCode).toBe(0)
})

it('has a file of TypeORM recognised by inspect and upgraded by upgrade, and TypeORM has nothing left to apply', () => {
  const copy = project.copy()
  expect(runScript(copy, 'migrate.mjs', 'data.db', '1')).toEqual(names.slice(0, 1))
  const database = new Database(join(copy.folder, 'data.db'))
  database.exec("INSERT INTO author (name) VALUES ('Ada'); INSERT INTO book (author_id) VALUES (1)")
  database.close()
  expect(JSON.parse(copy.run(['inspect', 'data.db', '--json']).stdout)).toMatchObject({ version: 1 })
  expect(copy.run(['upgrade', 'data.db'])).toMatchObject({ exitCode: 0 })
  expect(runScript(copy, 'migrate.mjs', 'data.db')).toEqual([])
  expect(runScript(copy, 'migrate.mjs', 'other.db')).toEqual(names)
  const schema = 'SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name'
  readSame(copy, ['data.db', 'other.db'], [schema, 'SELECT * FROM migrations ORDER BY id'])
  const upgraded = new Database(join(copy.folder, 'data.db'), { readonly: true })
  expect(upgraded.prepare('SELECT age FROM author JOIN book ON author_id = author.id').pluck().all()).toEqual(
    [0],
  )
  upgraded.close()
})

it('fails with the counter of AUTOINCREMENT that a rebuild of TypeORM loses', () => {
  const copy = project.copy()
  copy.remove('fixtures')
  copy.replace('migrations/b-authors.mjs', 'PRIMARY KEY NOT NULL', 'PRIMARY KEY AUTOINCREMENT NOT NULL')
  copy.run(['freeze'])
  copy.run(['freeze', '--accept-drafts'])
  const { stdout, exitCode } = copy.run(['verify', '--snapshot', 'v1'])
  expect(exitCode).toBe(1)
  expect(stdout).toContain('the AUTOINCREMENT watermark')
})

it('may be named by its DataSource, whose options then hold', () => {
  const copy = project.copy()
  copy.write('migration-proof.config.mjs', configOf("typeorm('data-source.mjs')"))
  copy.replace('data-source.mjs', "'app.db',", "'app.db', migrationsTransactionMode: 'each',")
  copy.write('migrations/c-index.mjs', index)
  copy.run(['freeze'])
  expect(copy.run(['freeze', '--accept-drafts'])).toMatchObject({ exitCode: 0 })
  expect(JSON.parse(copy.run(['verify', '--snapshot', 'v1', '--json']).stdout)).toMatchObject({
    outcome: 'passed',
    runner: { tool: 'TypeORM', how: 'run', transaction: 'each', foreignKeys: 'off' },
  })
})

it('says so where a DataSource is for another database', () => {
  const copy = project.copy()
  copy.write('migration-proof.config.mjs', configOf("typeorm('data-source.mjs')"))
  copy.replace('data-source.mjs', "'better-sqlite3'", "'capacitor', driver: {}")
  const { stderr, exitCode } = copy.run(['status'])
  expect(stderr).toContain('its DataSource has the type capacitor, not better-sqlite3 or sqlite')
  expect(exitCode).toBe(2)
})

it('refuses a name without a timestamp, as TypeORM does', () => {
  const copy = project.copy()
  copy.replace('migrations/a-ages.mjs', 'Ages1700000001000', 'Ages')
  expect(copy.run(['status']).stderr).toContain('does not end in a timestamp of 13 digits')
})

it.for([
  [
    'late',
    "DELETE FROM migrations WHERE name = 'Authors1700000000000'",
    'TypeORM applies it after the others',
  ],
  ['unknown', "UPDATE migrations SET name = 'Other1700000000000' WHERE id = 1", 'TypeORM does not see that'],
])('refuses notes that are %s, with what TypeORM does', ([, sql = '', consequence = '']) => {
  const copy = project.copy()
  runScript(copy, 'migrate.mjs', 'data.db')
  const database = new Database(join(copy.folder, 'data.db'))
  database.exec(sql)
  database.close()
  const { stderr, exitCode } = copy.run(['upgrade', 'data.db'])
  expect(exitCode).not.toBe(0)
  expect(stderr).toContain(consequence)
})
