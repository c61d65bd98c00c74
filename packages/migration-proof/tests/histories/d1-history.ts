import type { PublicHistory } from './describe-history.ts'

/** By the rules of D1, as far as a file went in a release, or to its end: wrangler itself is run by another nightly test. */
const migrate = `import { betterSqliteConnection, migrate } from 'migration-proof'
import Database from 'better-sqlite3'
import config from './migration-proof.config.mjs'

const [path, count] = process.argv.slice(2)
const database = new Database(path)
const { applied } = migrate(betterSqliteConnection(database), config.plan, count === undefined ? {} : { target: Number(count) })
console.log(JSON.stringify(applied))
`

export const content: PublicHistory = {
  title: '@sonicjs-cms/core: 32 files of D1',
  from: '@sonicjs-cms/core',
  tools: [],
  copies: { migrations: 'migrations' },
  files: {
    'migrate.mjs': migrate,
    'migration-proof.config.mjs': `import { defineConfig } from 'migration-proof'
import { d1 } from 'migration-proof/d1'

export default defineConfig({
  name: 'content',
  ...d1('migrations'),
  snapshots: { versions: [17] },
  fixtures: 'fixtures',
})
`,
  },
  madeAt: 17,
  // Where the content that it deletes has versions, which refer to it without a cascade, the migration fails.
  problems: ['v18 upgrade migration v18'],
}
