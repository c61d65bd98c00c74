// Goal: a project of drizzle-kit 1.0, which keeps a folder for each migration, is proven by its drizzle-orm.
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ScratchProject } from '../support/scratch-project.ts'
import { prepareTools } from './tools/prepare-tools.ts'
import { makeProjectOf, readSame, runScript } from './tools/project-of-tool.ts'

const chats = '20240101000000_chats'
const index = '20240102000000_index'

/** How the application applies its migrations, of which it may know the first alone. */
const script = `import { cpSync, mkdirSync } from 'node:fs'
import Database from 'better-sqlite3'
import { drizzle } from 'drizzle-orm/better-sqlite3'
import { migrate } from 'drizzle-orm/better-sqlite3/migrator'

const [file, folder] = process.argv.slice(2)
const client = new Database(file)
const count = () => client.prepare('SELECT count(*) FROM __drizzle_migrations').pluck().get()
migrate(drizzle({ client }), { migrationsFolder: folder })
console.log(JSON.stringify(count()))
`

let project: ScratchProject

beforeAll(() => {
  prepareTools().install()
  project = makeProjectOf([], {
    'migration-proof.config.mjs': `import { defineConfig } from 'migration-proof'
import { drizzle } from 'migration-proof/drizzle'

export default defineConfig({ name: 'shop', ...drizzle('drizzle'), fixtures: 'fixtures' })
`,
    [`drizzle/${chats}/migration.sql`]: `CREATE TABLE \`chat\` (\`id\` integer PRIMARY KEY, \`title\` text);
--> statement-breakpoint
CREATE TABLE \`message\` (\`id\` integer PRIMARY KEY, \`chat\` integer NOT NULL REFERENCES \`chat\` (\`id\`) ON DELETE cascade);
`,
    [`drizzle/${chats}/snapshot.json`]: '{ "version": "7" }\n',
    [`drizzle/${index}/migration.sql`]: 'CREATE INDEX `message_chat` ON `message` (`chat`);\n',
    [`drizzle/${index}/snapshot.json`]: '{ "version": "7" }\n',
    [`first/${chats}/migration.sql`]: `CREATE TABLE \`chat\` (\`id\` integer PRIMARY KEY, \`title\` text);
--> statement-breakpoint
CREATE TABLE \`message\` (\`id\` integer PRIMARY KEY, \`chat\` integer NOT NULL REFERENCES \`chat\` (\`id\`) ON DELETE cascade);
`,
    'migrate.mjs': script,
  })
  const modules = join(project.folder, 'node_modules')
  mkdirSync(modules, { recursive: true })
  symlinkSync(join(prepareTools().folder, 'node_modules/drizzle-orm-1'), join(modules, 'drizzle-orm'))
  project.run(['freeze'])
  project.run(['freeze', '--accept-drafts'])
}, 600_000)

afterAll(() => project.destroy())

it('is proven, interruptions too, and the result says what was run', () => {
  const { stdout, exitCode } = project.run(['verify', '--no-cache', '--snapshot', 'v1'])
  expect(stdout).toMatch(/Applied by drizzle-orm 1\.0\.0/)
  expect(stdout).toMatch(/Checks:[^.]*interruption/)
  expect(exitCode).toBe(0)
})

it('has a file of drizzle-orm recognised by inspect and upgraded by upgrade, and drizzle-orm has nothing left to apply', () => {
  const copy = project.copy()
  expect(runScript(copy, 'migrate.mjs', 'data.db', 'first')).toBe(1)
  expect(JSON.parse(copy.run(['inspect', 'data.db', '--json']).stdout)).toMatchObject({ version: 1 })
  expect(copy.run(['upgrade', 'data.db'])).toMatchObject({ exitCode: 0 })
  expect(runScript(copy, 'migrate.mjs', 'data.db', 'drizzle')).toBe(2)
  expect(runScript(copy, 'migrate.mjs', 'other.db', 'drizzle')).toBe(2)
  const schema = 'SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name'
  const notes = 'SELECT id, hash, created_at, name, length(applied_at) FROM __drizzle_migrations'
  readSame(copy, ['data.db', 'other.db'], [schema, notes])
})

it('is proven by its rules where drizzle-orm is not installed', () => {
  const copy = project.copy()
  copy.remove('node_modules/drizzle-orm')
  const { stdout, exitCode } = copy.run(['verify', '--no-cache'])
  expect(stdout).toContain('Applied by emulated rules of drizzle-orm, not checked against the tool.')
  expect(exitCode).toBe(0)
})

it('reads the table of drizzle-orm 0.x as drizzle-orm 1.0 does', () => {
  const copy = project.copy()
  const database = new Database(join(copy.folder, 'data.db'))
  database.exec(`CREATE TABLE "__drizzle_migrations" (
				id SERIAL PRIMARY KEY,
				hash text NOT NULL,
				created_at numeric
			);
    INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('of another file', ${Date.UTC(2024, 0, 1) + 123})`)
  for (const statement of copy.read(`drizzle/${chats}/migration.sql`).split('--> statement-breakpoint'))
    database.exec(statement)
  database.close()
  expect(JSON.parse(copy.run(['inspect', 'data.db', '--json']).stdout)).toMatchObject({
    version: 1,
    differences: [],
    edited: [chats],
  })
  expect(copy.run(['verify', '--against', 'data.db'])).toMatchObject({ exitCode: 0 })
  expect(copy.run(['upgrade', 'data.db'])).toMatchObject({ exitCode: 0 })
  expect(runScript(copy, 'migrate.mjs', 'data.db', 'drizzle')).toBe(2)
})

it.for([
  ['drizzle/meta/_journal.json', '{ "entries": [{ "tag": "0000_a", "when": 1 }] }', 'npx drizzle-kit up'],
  [`drizzle/first/migration.sql`, 'SELECT 1', 'a name that begins with a time of 14 digits'],
])('refuses %s, as drizzle-orm 1.0 does', ([file = '', text = '', message]) => {
  const copy = project.copy()
  copy.write(file, text)
  const { stderr, exitCode } = copy.run(['status'])
  expect(stderr).toContain(message)
  expect(exitCode).toBe(2)
})
