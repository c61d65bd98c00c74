import type { PublicHistory } from './describe-history.ts'

/** How the server applies them: with the Migrator of kysely, and the object that a file exports. */
const migrate = (file: string) => `import Database from 'better-sqlite3'
import { Kysely, Migrator, SqliteDialect } from 'kysely'
import exported from './${file}'

const [path, count] = process.argv.slice(2)
const all = exported.default
const db = new Kysely({ dialect: new SqliteDialect({ database: new Database(path) }) })
const migrator = new Migrator({ db, provider: { getMigrations: async () => all } })
const target = Object.keys(all).sort()[Number(count ?? 0) - 1]
const { error, results } = await (target === undefined ? migrator.migrateToLatest() : migrator.migrateTo(target))
await db.destroy()
if (error) throw error
console.log(JSON.stringify(results.map(({ migrationName }) => migrationName)))
`

const filesOf = (name: string, file: string, declared = '') => ({
  'package.json': '{}\n',
  'migrate.mjs': migrate(file),
  'migration-proof.config.mjs': `import { defineConfig } from 'migration-proof'
import { kysely } from 'migration-proof/kysely'

export default defineConfig({ name: '${name}', ...kysely('${file}'), fixtures: 'fixtures'${declared} })
`,
})

// The kysely of the server: a later one lacks what its fifth migration calls.
const pds = { from: '@atproto/pds', tools: [], needs: ['kysely'] } as const

export const accounts: PublicHistory = {
  ...pds,
  title: 'the accounts of @atproto/pds: a file that exports seven migrations of kysely',
  needs: ['kysely', '@atproto/common'],
  copies: {
    'dist/account-manager/db/migrations': 'app/account-manager/db/migrations',
    'dist/db/cast.js': 'app/db/index.js',
  },
  files: filesOf(
    'accounts',
    'app/account-manager/db/migrations/index.js',
    ", declare: { '005': { dataChanges: [{ table: 'device_account', reason: 'another table has the recent ones' }] } }",
  ),
  madeAt: 4,
  problems: [],
}

/** Each has had one or two migrations. */
export const otherDatabases: readonly PublicHistory[] = (
  [
    ['actor store', 'dist/actor-store/db/migrations', 'migrations', 'migrations/index.js'],
    ['sequencer', 'dist/sequencer/db/migrations', 'migrations', 'migrations/index.js'],
    ['cache of identities', 'dist/did-cache/db/migrations.js', 'migrations.js', 'migrations.js'],
  ] as const
).map(([name, from, to, file]) => ({
  ...pds,
  title: `the ${name} of @atproto/pds`,
  copies: { [from]: to },
  files: filesOf(name, file),
  madeAt: 1,
  problems: [],
}))
