// Goal: a project of MikroORM has its upgrades proven with one line of config, by the MikroORM that it has installed.
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ScratchProject } from '../support/scratch-project.ts'
import { prepareTools } from './tools/prepare-tools.ts'
import { makeProjectOf, readSame, runScript } from './tools/project-of-tool.ts'

/** How the application applies its migrations: up to one of them, or all. */
const script = `import { MikroORM } from '@mikro-orm/better-sqlite'
import config from './mikro-orm.config.mjs'

const [dbName, to] = process.argv.slice(2)
const orm = await MikroORM.init({ ...config, dbName, migrations: { ...config.migrations, silent: true } })
const applied = await orm.getMigrator().up(to === undefined ? {} : { to })
await orm.close(true)
console.log(JSON.stringify(applied.map(({ name }) => name)))
`

const authors = `import { Migration } from '@mikro-orm/migrations'

export class Migration20240101000000 extends Migration {
  async up() {
    this.addSql('create table \`author\` (\`id\` integer not null primary key autoincrement, \`name\` text not null);')
    this.addSql('create index \`author_name\` on \`author\` (\`name\`);')
  }
}
`

const books = `import { Migration } from '@mikro-orm/migrations'

export class Migration20240102000000 extends Migration {
  async up() {
    this.addSql(
      'create table \`book\` (\`id\` integer primary key, \`author_id\` integer not null references \`author\` (\`id\`) on delete cascade, \`title\` text);',
    )
    for (const { id } of await this.execute('select * from author'))
      this.addSql(\`insert into \\\`book\\\` (author_id, title) values (\${id}, 'Notes')\`)
  }
}
`

const configOf = (call: string) => `import { defineConfig } from 'migration-proof'
import { mikroOrm } from 'migration-proof/mikro-orm'

export default defineConfig({ name: 'shop', ...${call}, fixtures: 'fixtures' })
`

const names = ['Migration20240101000000', 'Migration20240102000000']

let project: ScratchProject

beforeAll(() => {
  prepareTools().install()
  project = makeProjectOf(['@mikro-orm/core', '@mikro-orm/better-sqlite', '@mikro-orm/migrations'], {
    'migration-proof.config.mjs': configOf("mikroOrm('migrations')"),
    'mikro-orm.config.mjs': `import { EntitySchema } from '@mikro-orm/core'
import { Migrator } from '@mikro-orm/migrations'

const author = new EntitySchema({
  name: 'Author',
  properties: { id: { type: 'number', primary: true }, name: { type: 'string' } },
})
export default {
  entities: [author],
  dbName: 'app.db',
  extensions: [Migrator],
  migrations: { path: 'migrations', snapshot: false },
}
`,
    'migrations/Migration20240101000000.js': authors,
    'migrations/Migration20240102000000.js': books,
    'migrations/.snapshot-app.db.json': '{ "tables": [] }\n',
    'migrate.mjs': script,
  })
  project.run(['freeze'])
  project.run(['freeze', '--accept-drafts'])
}, 600_000)

afterAll(() => project.destroy())

it('is proven, interruptions too, and the result says what was run', () => {
  const { stdout, stderr, exitCode } = project.run(['verify', '--no-cache', '--snapshot', 'v1'])
  expect(stderr).not.toContain('keeps the process alive')
  expect(stdout).toMatch(/Applied by MikroORM \d+\.\d+\.\d+\./)
  expect(stdout).toMatch(/Checks:[^.]*interruption/)
  expect(exitCode).toBe(0)
})

it('has a file of MikroORM recognised by inspect and upgraded by upgrade, and MikroORM has nothing left to apply', () => {
  const copy = project.copy()
  expect(runScript(copy, 'migrate.mjs', 'data.db', names[0] ?? '')).toEqual(names.slice(0, 1))
  const database = new Database(join(copy.folder, 'data.db'))
  database.exec("INSERT INTO author (name) VALUES ('Ada')")
  database.close()
  expect(JSON.parse(copy.run(['inspect', 'data.db', '--json']).stdout)).toMatchObject({ version: 1 })
  expect(copy.run(['upgrade', 'data.db'])).toMatchObject({ exitCode: 0 })
  expect(runScript(copy, 'migrate.mjs', 'data.db')).toEqual([])
  expect(runScript(copy, 'migrate.mjs', 'other.db')).toEqual(names)
  const schema = 'SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name'
  readSame(copy, ['data.db', 'other.db'], [schema, 'SELECT id, name FROM mikro_orm_migrations'])
  const upgraded = new Database(join(copy.folder, 'data.db'))
  expect(upgraded.prepare('SELECT title FROM book').pluck().all()).toEqual(['Notes'])
  upgraded.exec('DELETE FROM mikro_orm_migrations WHERE id = 1')
  upgraded.close()
  expect(copy.run(['upgrade', 'data.db']).stderr).toContain('MikroORM applies it after the others')
})

const withoutTransaction = '  isTransactional() {\n    return false\n  }\n  async up'

it('fails as MikroORM does where one of all in a transaction asks for none', () => {
  const copy = project.copy()
  copy.replace('migrations/Migration20240101000000.js', '  async up', withoutTransaction)
  const { stdout } = copy.run(['verify', '--snapshot', 'v0-empty', '--json'])
  // It has waited for the connection that the transaction has.
  expect(stdout).toMatch(/Migration v1 \(Migration20240101000000\): the error 'MigrationError'/)
})

it('may be named by its config, whose options then hold', () => {
  const copy = project.copy()
  copy.write('migration-proof.config.mjs', configOf("mikroOrm('mikro-orm.config.mjs')"))
  copy.replace('mikro-orm.config.mjs', 'snapshot: false', 'snapshot: true, allOrNothing: false')
  copy.replace('migrations/Migration20240102000000.js', '  async up', withoutTransaction)
  copy.run(['freeze', '--refreeze', 'migrations/Migration20240102000000'])
  expect(JSON.parse(copy.run(['verify', '--snapshot', 'v1', '--json']).stdout)).toMatchObject({
    outcome: 'passed',
    runner: { tool: 'MikroORM', how: 'run', transaction: 'each', foreignKeys: 'on' },
  })
  // Without allOrNothing, the note of the first migration follows its COMMIT.
  const { problems } = JSON.parse(copy.run(['lint', '--json']).stdout)
  expect(problems.filter(({ code }: { code: string }) => code === 'half-done')).toMatchObject([
    { version: 1, evidence: [{ happened: expect.stringContaining('already exists') }] },
    { version: 2 },
  ])
  expect(copy.read('migrations/.snapshot-app.db.json')).toBe('{ "tables": [] }\n')
})
