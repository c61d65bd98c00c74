import type { PublicHistory } from './describe-history.ts'

/** What the migrations ask of the application, on a `Database` of better-sqlite3. */
const parameters = `const files = { getBudgetDir: () => '.', join: (...parts) => parts.join('/'), readFile: async () => '{}', writeFile: async () => {} }

export default (database) => [
  {
    execQuery: (sql) => database.exec(sql),
    runQuery: (sql, values = [], isRead = false) => database.prepare(sql)[isRead ? 'all' : 'run'](values),
    transaction: (work) => database.transaction(work)(),
  },
  { fs: files, fileId: 'budget' },
]
`

/** How the application applies its files: the first ones, or all. */
const migrate = `import { copyFileSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import Database from 'better-sqlite3'
import parametersOf from './parameters.mjs'

const [path, count] = process.argv.slice(2)
if (!existsSync(path)) copyFileSync('default-db.sqlite', path)
const database = new Database(path)
const applied = database.prepare('SELECT id FROM __migrations__').pluck().all()
const names = readdirSync('migrations').sort().slice(0, count === undefined ? undefined : Number(count))
const pending = names.filter((name) => !applied.includes(parseInt(name, 10)))
for (const name of pending) {
  if (name.endsWith('.sql')) database.exec(readFileSync('migrations/' + name, 'utf8'))
  else await (await import('./migrations/' + name)).default(...parametersOf(database))
  database.prepare('INSERT INTO __migrations__ (id) VALUES (?)').run(parseInt(name, 10))
}
console.log(JSON.stringify(pending))
`

export const budget: PublicHistory = {
  title: '@actual-app/api: a database that it ships, and 59 files of SQL and JavaScript',
  from: '@actual-app/api',
  tools: [],
  needs: ['uuid'],
  copies: { 'dist/migrations': 'migrations', 'dist/default-db.sqlite': 'default-db.sqlite' },
  files: {
    'package.json': '{ "type": "module", "imports": { "#shared/dashboard": "./dashboard.mjs" } }\n',
    // The package has it among other code.
    'dashboard.mjs':
      "export const DEFAULT_DASHBOARD_STATE = [{ type: 'net-worth-card', width: 8, height: 2, x: 0, y: 0, meta: null }]\n",
    'parameters.mjs': parameters,
    'migrate.mjs': migrate,
    'migration-proof.config.mjs': `import { defineConfig } from 'migration-proof'
import { sqlFolder } from 'migration-proof/folder'

const history = sqlFolder('migrations', {
  endings: ['.sql', '.js'],
  parameters: 'parameters.mjs',
  versions: { table: '__migrations__', ids: 'digits' },
  transaction: 'none',
})

export default defineConfig({
  name: 'budget',
  ...history,
  base: 'default-db.sqlite',
  snapshots: { since: 56 },
  fixtures: 'fixtures',
})
`,
  },
  madeAt: 40,
  problems: [],
}
