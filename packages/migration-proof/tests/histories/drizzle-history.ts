import type { PublicHistory } from './describe-history.ts'

/** How the application applies them: with the journal as far as it went in a release, or all of it. */
export const migrate = `import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import Database from 'better-sqlite3'
import { drizzle } from 'drizzle-orm/better-sqlite3'
import { migrate } from 'drizzle-orm/better-sqlite3/migrator'

const [path, count] = process.argv.slice(2)
rmSync('released', { recursive: true, force: true })
cpSync('drizzle', 'released', { recursive: true })
const journal = JSON.parse(readFileSync('drizzle/meta/_journal.json', 'utf8'))
const entries = journal.entries.slice(0, count === undefined ? undefined : Number(count))
writeFileSync('released/meta/_journal.json', JSON.stringify({ ...journal, entries }))
const database = new Database(path)
const countNotes = () => database.prepare('SELECT count(*) FROM __drizzle_migrations').pluck().get()
const isNew = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = '__drizzle_migrations'").get() === undefined
const before = isNew ? 0 : countNotes()
migrate(drizzle(database), { migrationsFolder: 'released' })
console.log(JSON.stringify(Array.from({ length: countNotes() - before }, () => 'a migration')))
`

export const evaluations: PublicHistory = {
  title: 'promptfoo: 25 migrations of drizzle-kit, one of them a rebuild of two tables',
  from: 'promptfoo',
  tools: ['drizzle-orm'],
  copies: { 'dist/drizzle': 'drizzle' },
  files: {
    'migrate.mjs': migrate,
    'migration-proof.config.mjs': `import { defineConfig } from 'migration-proof'
import { drizzle } from 'migration-proof/drizzle'

export default defineConfig({
  name: 'evaluations',
  ...drizzle('drizzle'),
  snapshots: { versions: [9, 20, 24] },
  fixtures: 'fixtures',
})
`,
  },
  madeAt: 10,
  // Tables and a column that go, and a flag that is set again: no declaration of the project says so.
  problems: [
    'v10 rows column eval_results.provider_id',
    'v10 rows table evals_to_providers',
    'v10 rows table providers',
    'v25 rows table evals',
  ],
}
