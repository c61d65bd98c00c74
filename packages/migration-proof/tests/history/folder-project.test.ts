// Goal: an application that applies a folder of SQL and JavaScript by itself, and notes that in a table of its own, has its upgrades
// proven by options of one call.
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { makeLinkedProject } from '../support/linked-project.ts'
import type { ScratchProject } from '../support/scratch-project.ts'
import { runScript } from './tools/project-of-tool.ts'

/** How the application applies its files: the first ones, or all. */
const script = `import { readdirSync, readFileSync } from 'node:fs'
import Database from 'better-sqlite3'
import connect from './connect.mjs'

const [file, count = '9'] = process.argv.slice(2)
const database = new Database(file)
if (database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'applied'").get() === undefined)
  database.exec(readFileSync('init.sql', 'utf8'))
const applied = database.prepare('SELECT id FROM applied').pluck().all()
const pending = readdirSync('migrations').sort().slice(0, Number(count))
  .filter((name) => !applied.includes(parseInt(name, 10)))
for (const name of pending) {
  if (name.endsWith('.sql')) database.exec(readFileSync('migrations/' + name, 'utf8'))
  else await (await import('./migrations/' + name)).default(...connect(database))
  database.prepare('INSERT INTO applied (id) VALUES (?)').run(parseInt(name, 10))
}
console.log(JSON.stringify(pending))
`

const connect = `export default (database) => [
  {
    query: async (sql, values = []) => database.prepare(sql).all(values),
    run: (sql, values = []) => database.prepare(sql).run(values),
    exec: (sql) => database.exec(sql),
    transaction: (work) => database.transaction(work)(),
  },
  { label: 'of the application' },
]
`

const config = `import { defineConfig } from 'migration-proof'
import { sqlFolder } from 'migration-proof/folder'

const history = sqlFolder('migrations', {
  endings: ['.sql', '.mjs'],
  parameters: 'connect.mjs',
  versions: { table: 'applied', ids: 'digits' },
  transaction: 'none',
})

export default defineConfig({
  name: 'budget',
  ...history,
  base: 'init.sql',
  fixtures: 'fixtures',
})
`

let project: ScratchProject

beforeAll(() => {
  project = makeLinkedProject({
    'init.sql': `CREATE TABLE account (id TEXT PRIMARY KEY, name TEXT);
CREATE TABLE applied (id INT PRIMARY KEY NOT NULL);
`,
    'migrations/1600000001000_payees.sql': `BEGIN TRANSACTION;
CREATE TABLE payee (id TEXT PRIMARY KEY, name TEXT NOT NULL);
ALTER TABLE account ADD COLUMN payee TEXT REFERENCES payee (id);
COMMIT;
`,
    'migrations/1600000002000_nothing.sql': '-- What stood here is done by the application.\n',
    'migrations/1600000003000_categories.mjs': `export default async function migrate(db, { label }) {
  const accounts = await db.query('SELECT id FROM account ORDER BY id')
  db.transaction(() => {
    db.exec('CREATE TABLE category (id TEXT PRIMARY KEY, label TEXT); CREATE INDEX category_label ON category (label)')
    db.run('INSERT INTO category VALUES (?, ?)', ['first ' + accounts.length, label])
  })
}
`,
    'migrations/1600000004000_compact.mjs': `export default async (db) => {
  db.exec('CREATE TABLE note (id TEXT PRIMARY KEY, note TEXT)')
  db.exec('VACUUM')
}
`,
    'migrations/1600000005000_hidden.sql': 'ALTER TABLE category ADD COLUMN hidden INTEGER DEFAULT 0;\n',
    'migration-proof.config.mjs': config,
    'connect.mjs': connect,
    'migrate.mjs': script,
  })
  for (const options of [[], ['--accept-drafts']]) project.run(['freeze', ...options])
}, 600_000)

afterAll(() => project.destroy())

it('is proven by the rules of the application', () => {
  const { stdout, stderr, exitCode } = project.run(['verify', '--no-cache'])
  expect(`${stdout}${stderr}`).toContain('Applied by emulated rules of the application')
  expect(exitCode).toBe(0)
})

it('has a file of the application recognised by inspect and upgraded by upgrade, and nothing is left to apply', () => {
  const copy = project.copy()
  expect(runScript(copy, 'migrate.mjs', 'data.db', '1')).toEqual(['1600000001000_payees.sql'])
  const database = new Database(join(copy.folder, 'data.db'))
  database.exec("INSERT INTO account (id, name) VALUES ('a', 'cash')")
  database.close()
  expect(JSON.parse(copy.run(['inspect', 'data.db', '--json']).stdout)).toMatchObject({ version: 1 })
  expect(copy.run(['upgrade', 'data.db'])).toMatchObject({ exitCode: 0 })
  expect(runScript(copy, 'migrate.mjs', 'data.db')).toEqual([])
  expect(runScript(copy, 'migrate.mjs', 'other.db')).toHaveLength(5)
  const [upgraded, made] = ['data.db', 'other.db'].map((name) => {
    const file = new Database(join(copy.folder, name), { readonly: true })
    const queries = [
      'SELECT type, name, sql FROM sqlite_schema ORDER BY name',
      'SELECT id, typeof(id) FROM applied',
    ]
    const found = queries.map((sql) => file.prepare(sql).all())
    const category = file.prepare('SELECT id, label FROM category').all()
    file.close()
    return { found, category }
  })
  expect(upgraded?.found).toEqual(made?.found)
  expect(upgraded?.category).toEqual([{ id: 'first 1', label: 'of the application' }])
})

it('says what is wrong with its options in one sentence', () => {
  const wrong: readonly (readonly [from: string, to: string, says: string])[] = [
    ["endings: ['.sql', '.mjs'],", '', "write endings: ['.sql', '.mjs']"],
    ["ids: 'digits'", "ids: 'number'", "expected 'name', 'stem' or 'digits'"],
    ['endings:', 'ending:', 'did you mean `endings`?'],
  ]
  for (const [from, to, says] of wrong) {
    const copy = project.copy()
    copy.replace('migration-proof.config.mjs', from, to)
    const { stderr, exitCode } = copy.run(['status'])
    expect(stderr).toContain(says)
    expect(stderr.trim().split('\n')).toHaveLength(1)
    expect(exitCode).toBe(2)
  }
})

it('names the migration whose file exports no function, and parameters that are none', () => {
  for (const [from, to, says] of [
    [
      "parameters: 'connect.mjs'",
      "parameters: 'migrations/1600000004000_compact.mjs'",
      'an array of parameters',
    ],
    [
      "parameters: 'connect.mjs'",
      "parameters: 'connect.mjs', exported: 'other'",
      'exports no function other',
    ],
  ] as const) {
    const copy = project.copy()
    copy.replace('migration-proof.config.mjs', from, to)
    const { stdout, exitCode } = copy.run(['verify', '--snapshot', 'v2'])
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(says)
    expect(exitCode).toBe(1)
  }
})
