// Goal: a history of asynchronous functions is proven by a test runner as one of SQL is, by its tests and by its assertions, also
// where the golden schema of the latest version is still a draft.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { prepareTools } from '../history/tools/prepare-tools.ts'
import { makeProjectOf } from '../history/tools/project-of-tool.ts'
import { runIn } from '../support/runner-project.ts'
import type { ScratchProject } from '../support/scratch-project.ts'

const inKysely = (statements: readonly string[]) => `import { sql } from 'kysely'

export async function up(db) {
${statements.map((statement) => `  await sql.raw(${JSON.stringify(statement)}).execute(db)\n`).join('')}}
`
const tables = [
  'CREATE TABLE author (id INTEGER PRIMARY KEY, name TEXT NOT NULL)',
  'CREATE TABLE book (id INTEGER PRIMARY KEY, author INTEGER NOT NULL REFERENCES author ON DELETE CASCADE)',
]
const rebuild = [
  "CREATE TABLE new_author (id INTEGER PRIMARY KEY, name TEXT NOT NULL DEFAULT 'x')",
  'INSERT INTO new_author (id, name) SELECT id, name FROM author',
  'DROP TABLE author',
  'ALTER TABLE new_author RENAME TO author',
]

const test = `import { copyFileSync, readFileSync } from 'node:fs'
import { it } from 'node:test'
import Database from 'better-sqlite3'
import { describeUpgrades, upgradeAssertions } from 'migration-proof/node-test'

describeUpgrades(undefined, { parts: ['fixtures', 'upgrades'] })

const { matchesGoldenSchema, keepsRows } = upgradeAssertions()
const before = readFileSync('fixtures/snapshots/v1.db')

it('the snapshot is of version 1', () => {
  matchesGoldenSchema(before, 1)
  keepsRows(before, before)
})

it('the upgraded schema is that of version 2', () => {
  copyFileSync('fixtures/snapshots/v1.db', 'app.db')
  const database = new Database('app.db')
  database.exec('CREATE TABLE shop (id INTEGER PRIMARY KEY)')
  matchesGoldenSchema(database, 2)
})
`

let project: ScratchProject
const run = () => runIn(project, process.execPath, ['--test', '--test-reporter', 'spec'])

beforeAll(() => {
  prepareTools().install()
  project = makeProjectOf('kysely', {
    'migration-proof.config.mjs': `import { defineConfig } from 'migration-proof'
import { kysely } from 'migration-proof/kysely'

export default defineConfig({ name: 'books', ...kysely('migrations'), fixtures: 'fixtures' })
`,
    'migrations/001_books.mjs': inKysely(tables),
    'migrations/002_shops.mjs': inKysely(['CREATE TABLE shop (id INTEGER PRIMARY KEY)']),
    'tests/migrations.test.mjs': test,
  })
  project.run(['freeze'])
}, 300_000)
afterAll(() => project.destroy())

it('says of drafts that no one has reviewed them, and which file to read', () => {
  project.run(['freeze', '--accept-drafts'])
  project.write('migrations/003_more.mjs', inKysely(['CREATE TABLE more (id INTEGER PRIMARY KEY)']))
  project.run(['freeze'])
  const { status, output } = run()
  project.remove('migrations/003_more.mjs')
  project.remove('fixtures/schemas/v3.sql')
  project.remove('fixtures/rows/v2.sql')
  expect(status).toBe(1)
  expect(output).toContain('schemas/v3.sql is a draft that is not reviewed')
  expect(output).toContain('✔ golden: has the golden schema of its version')
  expect(output).not.toContain('✖ golden')
})

it('passes as it was frozen', () => {
  const { status, output } = run()
  expect(status, output).toBe(0)
})

it('names the rows that a rebuild loses, and what keeps them under a tool without transactions', () => {
  project.write('migrations/003_name.mjs', inKysely(rebuild))
  const { status, output } = run()
  expect(status).toBe(1)
  expect(output).toContain('✗ table book: rows')
  expect(output).toContain('where      migrations/003_name.mjs:3')
  expect(output).toContain('PRAGMA foreign_keys = OFF before DROP TABLE, and ON after it: kysely has')

  project.write(
    'migrations/003_name.mjs',
    inKysely(['PRAGMA foreign_keys = OFF', ...rebuild, 'PRAGMA foreign_keys = ON']),
  )
  expect(run().output).not.toContain('✗ table book: rows')
})
