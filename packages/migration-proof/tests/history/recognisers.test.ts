// Goal: the tool of a project is found by its configs, its packages, what folders hold and the table of a database, and what
// only looks like it is not taken.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { findTools, type Hints, listTools, useTool } from '../../src/history/recognisers/find-tools.ts'
import { packageFolder } from '../support/command-line.ts'

type Files = Readonly<Record<string, string>>

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

function find(files: Files, hints?: Hints) {
  const folder = mkdtempSync(join(tmpdir(), 'recognised-project-'))
  folders.push(folder)
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), text)
  }
  return findTools(folder, hints)
}

/** What is found, the best first, such as `drizzle in data`. */
function findNames(files: Files, hints?: Hints): string[] {
  return find(files, hints).found.map(({ tool, folder }) => `${tool} in ${folder}`)
}

const sql = 'CREATE TABLE note (id INTEGER PRIMARY KEY);\n'
const kyselyCode = "import { sql } from 'kysely'\nexport async function up(db) {}\n"
const knexCode = 'exports.up = (knex) => knex.schema.createTable("note")\n'
const mikroCode =
  "import { Migration } from '@mikro-orm/migrations'\nexport class Migration1 extends Migration { async up() { this.execute('') } }\n"
const sequelizeCode =
  'module.exports = { up: (queryInterface) => queryInterface.addIndex("note", ["text"]) }\n'
const prismaFolder = { 'prisma/migrations/1_a/migration.sql': sql }

/** Each row: what shows it, the files, and what is found. */
const found: readonly (readonly [sign: string, files: Files, names: readonly string[]])[] = [
  [
    'the journal of drizzle',
    { 'db/data/meta/_journal.json': '{"dialect":"sqlite"}', 'db/data/0000_a.sql': sql },
    ['drizzle in db/data'],
  ],
  ['migrations of Prisma', prismaFolder, ['prisma in prisma/migrations']],
  [
    'the config of Prisma',
    {
      'prisma.config.ts': "export default defineConfig({ migrations: { seed: 'x', path: 'db/steps' } })",
      'db/steps/1_a/migration.sql': sql,
    },
    ['prisma in db/steps'],
  ],
  ['code of kysely', { 'src/db/migrations/1.ts': kyselyCode }, ['kysely in src/db/migrations']],
  [
    'a file of all migrations of kysely beside them',
    {
      'src/db/migrations/001-init.ts': kyselyCode,
      'src/db/migrations/index.ts':
        "import * as init from './001-init'\n\nexport default {\n  '001': init,\n}\n",
    },
    ['kysely in src/db/migrations/index.ts'],
  ],
  [
    'the same, compiled to CommonJS',
    {
      'db/migrations/001-init.js': kyselyCode,
      'db/migrations/index.js':
        "const m = __importStar(require('./001-init'))\nexports.default = {\n    '001': m,\n}\n",
    },
    ['kysely in db/migrations/index.js'],
  ],
  [
    'a file that holds all migrations of kysely',
    {
      'src/cache/migrations.ts':
        "import { Kysely } from 'kysely'\nexport const all: Record<string, Migration> = {\n  '001': {\n    up: async (db) => {},\n  },\n}\n",
    },
    ['kysely in src/cache/migrations.ts'],
  ],
  [
    'code of kysely beside a file that exports something else',
    {
      'db/migrations/1.ts': kyselyCode,
      'db/migrations/index.ts': "import { up } from './1'\nexport { up }\n",
    },
    ['kysely in db/migrations'],
  ],
  [
    'the config of kysely',
    {
      '.config/kysely.config.ts': "export default defineConfig({ migrations: { migrationFolder: 'steps' } })",
      'steps/1.ts': kyselyCode,
    },
    ['kysely in steps'],
  ],
  ['code of knex', { 'migrations/1.js': knexCode }, ['knex in migrations']],
  [
    'the folder that a knexfile leads to by itself',
    { 'db/knexfile.ts': "export default { client: 'better-sqlite3' }", 'db/migrations/1.js': knexCode },
    ['knex in db/migrations'],
  ],
  [
    'a database of wrangler',
    {
      'wrangler.toml': '[[d1_databases]]\nbinding = "DB"\ndatabase_name = "shop" # one\n',
      'migrations/1.sql': sql,
    },
    ['d1 in migrations'],
  ],
  [
    'two databases of wrangler',
    {
      'wrangler.json':
        '{"d1_databases":[{"database_id":"1","migrations_dir":"a"},{"database_id":"2","migrations_dir":"./b/"}]}',
      'a/1.sql': sql,
      'b/1.sql': sql,
    },
    ['d1 in a', 'd1 in b'],
  ],
  [
    'the marks of dbmate',
    { 'db/migrations/1_a.sql': '-- migrate:up\n-- migrate:down\n' },
    ['dbmate in db/migrations'],
  ],
  [
    'snapshots of drizzle-kit 1.0',
    { 'drizzle/1_a/migration.sql': sql, 'drizzle/1_a/snapshot.json': '{"dialect":"sqlite"}' },
    ['drizzle in drizzle'],
  ],
  [
    'classes of TypeORM',
    { 'src/migrations/1700000000000-Notes.ts': 'export class Notes1700000000000 { async up(runner) {} }' },
    ['typeorm in src/migrations'],
  ],
  [
    'the config of MikroORM',
    {
      'mikro-orm.config.ts':
        "export default { migrations: { path: 'dist/m', pathTs: './src/steps', allOrNothing: false } }",
      'src/steps/Migration1.ts': mikroCode,
    },
    ['mikro-orm in src/steps'],
  ],
  [
    'the file of an Umzug',
    { 'src/db.ts': "import { Umzug } from 'umzug'\nexport const umzug = new Umzug({ migrations: [] })\n" },
    ['umzug in src/db.ts'],
  ],
  [
    'the config of Sequelize CLI',
    {
      '.sequelizerc': "module.exports = { 'migrations-path': path.resolve('db', 'steps') }",
      'config/config.json': '{ "development": { "dialect": "sqlite" } }',
      'migrations/1-a.js': sequelizeCode,
    },
    ['sequelize-cli in migrations'],
  ],
  ['the marks of goose', { 'sql/001_a.sql': '-- +goose Up\n' }, ['goose in sql']],
  ['the names of golang-migrate', { 'm/1_a.up.sql': sql, 'm/1_a.down.sql': sql }, ['golang-migrate in m']],
  [
    'sqlx in Cargo.toml',
    {
      'Cargo.toml': '[dependencies.sqlx]\nversion = "0.8"\nfeatures = ["sqlite"]\n',
      'migrations/1_a.up.sql': sql,
    },
    ['sqlx in migrations', 'golang-migrate in migrations'],
  ],
  [
    'a config, in a folder that is left out otherwise',
    { 'drizzle.config.ts': "export default { out: './build' }", 'build/meta/_journal.json': '{}' },
    ['drizzle in build'],
  ],
  ['files of SQL with numbers', { 'db/1-a.sql': sql, 'db/2-b.sql': sql }, ['folder in db']],
  ['files of SQL in a folder of migrations', { 'migrations/a.sql': sql }, ['folder in migrations']],
  ['nothing', { 'db/schema.sql': sql, 'db/1-seed.sql': sql, 'src/index.js': knexCode }, []],
  [
    'nothing that is no example or test',
    { 'examples/migrations/1.sql': sql, 'test/migrations/1.sql': sql },
    [],
  ],
  [
    'first what a config leads to, then what package.json names',
    {
      'package.json': '{ "dependencies": { "kysely": "*" } }',
      'drizzle.config.js': "module.exports = { out: 'drizzle' } // out: 'other'",
      'drizzle/meta/_journal.json': '{"dialect":"sqlite"}',
      'old/meta/_journal.json': '{"dialect":"sqlite"}',
      'migrations/1.js': kyselyCode,
    },
    ['drizzle in drizzle', 'kysely in migrations', 'drizzle in old'],
  ],
]

describe('what is found by', () => {
  it.for(found)('%s', ([, files, names]) => {
    expect(findNames(files)).toEqual(names)
  })

  it('the table of a database comes first', () => {
    const files = { 'migrations/1_a.up.sql': sql, 'db/1_a.sql': '-- migrate:up\n-- migrate:down\n' }
    const table = { file: 'data.db', name: 'schema_migrations' }
    const byColumns = (...columns: string[]) => findNames(files, { tables: [{ ...table, columns }] })[0]
    expect(byColumns('version')).toBe('dbmate in db')
    expect(byColumns('version', 'dirty')).toBe('golang-migrate in migrations')
    const noted = [{ file: 'data.db', name: '_sqlx_migrations', columns: [] }]
    expect(findNames({ 'migrations/1_a.sql': sql }, { tables: noted })).toEqual(['sqlx in migrations'])
  })

  it('a folder that the user names, wherever it is', () => {
    expect(findNames({ 'test/steps/a.sql': sql }, { folder: 'test/steps' })).toEqual(['folder in test/steps'])
  })
})

/** Each row: files that are of another database or form, and why they cannot be used. */
const unusable: readonly (readonly [files: Files, why: RegExp])[] = [
  [
    { 'drizzle.config.ts': "export default { dialect: 'postgresql' }" },
    /^drizzle\.config\.ts is for postgresql/,
  ],
  [{ 'drizzle/meta/_journal.json': '{"dialect":"mysql"}' }, /^drizzle: the folder drizzle is for mysql/],
  [
    { 'drizzle/1_a/migration.sql': sql, 'drizzle/1_a/snapshot.json': '{"dialect":"postgres"}' },
    /^drizzle: the folder drizzle is for postgres/,
  ],
  [
    { ...prismaFolder, 'prisma/migrations/migration_lock.toml': 'provider = "mysql"' },
    /prisma\/migrations is for mysql/,
  ],
  [{ 'schema.prisma': 'datasource db {\n  provider = "postgresql"\n}' }, /^schema\.prisma is for postgresql/],
  [{ 'knexfile.js': "module.exports = { client: 'pg' }" }, /^knexfile\.js is for pg/],
  [
    { 'config/config.json': '{ "production": { "dialect": "postgres" } }' },
    /^config\/config\.json is for postgres/,
  ],
  [{ 'Cargo.toml': 'sqlx = { features = ["postgres"] }' }, /^Cargo\.toml is for postgres/],
]

describe('what cannot be used', () => {
  it.for(unusable)('is named: %j', ([files, why]) => {
    const { found: none, unusable: reasons } = find(files)
    expect(none).toEqual([])
    expect(reasons.join()).toMatch(why)
  })
})

it('packages below a folder are projects of their own', () => {
  const files = {
    'apps/api/package.json': '{}',
    'apps/api/migrations/1.sql': sql,
    'apps/api/lib/package.json': '{}',
  }
  expect(find(files)).toMatchObject({ found: [], packages: ['apps/api', 'apps/api/lib'] })
})

it('each entry of the package that reads the folder of a tool has a recogniser', () => {
  const { exports }: { exports: object } = JSON.parse(
    readFileSync(join(packageFolder, 'package.json'), 'utf8'),
  )
  const runners = ['./vitest', './node-test', './jest', './bun']
  const libraries = ['.', './behaviour', './compatibility', './faults', './cli', './after-tool', ...runners]
  const others = [...libraries, './results.schema.json', './package.json']
  const entries = Object.keys(exports).filter((entry) => !others.includes(entry))
  const ofTools = listTools().map((tool) => `./${useTool(tool, 'migrations')?.entry}`)
  expect([...new Set(ofTools)].toSorted()).toEqual(entries.toSorted())
})

it('a config that is left of a tool which package.json does not name is second to one that it names', () => {
  const { found: all } = find({
    'package.json': '{ "dependencies": { "knex": "3" } }',
    'knexfile.js': "module.exports = { client: 'better-sqlite3' }",
    'migrations/1_notes.js': knexCode,
    'prisma/schema.prisma': 'datasource db {\n  provider = "sqlite"\n}\n',
    ...prismaFolder,
  })
  expect(all.map(({ tool, weight }) => [tool, weight])).toEqual([
    ['knex', 3],
    ['prisma', 2],
  ])
  expect(all[1]?.signs).toContain('package.json does not name prisma or @prisma/client')
})
