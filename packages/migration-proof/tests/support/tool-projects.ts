// Projects of each tool, as `init` finds them.

type Files = Readonly<Record<string, string>>

export const notes = 'CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL);\n'
export const tags = 'CREATE TABLE tag (id INTEGER PRIMARY KEY, note INTEGER REFERENCES note (id));\n'

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

const inGoose = (sql: string) => `-- +goose Up\n${sql}\n-- +goose Down\n`
const inSequelize = (table: string) => `module.exports = {
  up: (queryInterface, { INTEGER }) =>
    queryInterface.createTable('${table}', { id: { type: INTEGER, primaryKey: true } }),
}
`
const umzugFile = `import { DataTypes, Sequelize } from 'sequelize'
import { SequelizeStorage, Umzug } from 'umzug'

const sequelize = new Sequelize({ dialect: 'sqlite', storage: 'data.db', logging: false })
const id = { type: DataTypes.INTEGER, primaryKey: true }

export const migrator = new Umzug({
  context: sequelize.getQueryInterface(),
  storage: new SequelizeStorage({ sequelize }),
  logger: undefined,
  migrations: ['note', 'tag'].map((name) => ({ name, up: ({ context }) => context.createTable(name, { id }) })),
})
`

/** Each row: a tool, its files, and what the config calls. All but the plain folder, which is `folderProject`. */
export const toolProjects: readonly (readonly [tool: string, files: Files, call: string])[] = [
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
  ['umzug', { 'src/umzug.mjs': umzugFile }, "umzug('src/umzug.mjs')"],
  [
    'sequelize-cli',
    {
      'config/config.json':
        '{ "development": { "dialect": "sqlite", "migrationStorageTableName": "done" } }\n',
      'migrations/1-notes.cjs': inSequelize('note'),
      'migrations/2-tags.cjs': inSequelize('tag'),
    },
    "sequelizeCli('migrations', { table: 'done' })",
  ],
  ['goose', { 'sql/001_notes.sql': inGoose(notes), 'sql/002_tags.sql': inGoose(tags) }, "goose('sql')"],
  [
    'golang-migrate',
    {
      'steps/1_notes.up.sql': notes,
      'steps/1_notes.down.sql': 'DROP TABLE note;\n',
      'steps/2_tags.up.sql': tags,
      'steps/2_tags.down.sql': 'DROP TABLE tag;\n',
    },
    "golangMigrate('steps')",
  ],
  [
    'sqlx',
    {
      'Cargo.toml': '[dependencies.sqlx]\nversion = "0.8"\nfeatures = ["sqlite"]\n',
      'migrations/1_notes.sql': notes,
      'migrations/2_tags.sql': tags,
    },
    "sqlx('migrations')",
  ],
]

/** What they need installed. */
export const toolPackages: readonly string[] = [
  'drizzle-orm',
  'kysely',
  'knex',
  'typeorm',
  'umzug',
  'sequelize',
  'sequelize-cli',
  ...['core', 'knex', 'migrations', 'better-sqlite'].map((name) => `@mikro-orm/${name}`),
]
