import type { PublicHistory } from './describe-history.ts'

/** How the server applies them: the next one so many times, or all. */
const migrate = `import createKnex from 'knex'

const [file, count] = process.argv.slice(2)
const knex = createKnex({ client: 'better-sqlite3', connection: { filename: file }, useNullAsDefault: true })
const next = async () => (await knex.migrate[count === undefined ? 'latest' : 'up']())[1]
const names = []
for (let call = 0; call < Number(count ?? 1); call++) names.push(...(await next()))
await knex.destroy()
console.log(JSON.stringify(names))
`

export const catalog: PublicHistory = {
  title: '@backstage/plugin-catalog-backend: 47 files of knex, some with transactions of their own',
  from: '@backstage/plugin-catalog-backend',
  tools: ['knex'],
  copies: { migrations: 'migrations' },
  files: {
    'package.json': '{}\n',
    'migrate.mjs': migrate,
    'migration-proof.config.mjs': `import { defineConfig } from 'migration-proof'
import { knex } from 'migration-proof/knex'

export default defineConfig({
  name: 'catalog',
  ...knex('migrations'),
  snapshots: { versions: [29, 37] },
  declare: {
    '20260214000000_search_fk_final_entities.js': {
      dataChanges: [{ table: 'search', reason: 'those of no final entity go' }],
    },
    '20260215000000_move_stitch_queue.js': {
      dataChanges: [
        { table: 'final_entities', columns: ['stitch_ticket'], reason: 'the queue has a table of its own' },
        { table: 'refresh_state', columns: ['next_stitch_at', 'next_stitch_ticket'], reason: 'the same' },
      ],
    },
    '20260510000000_search_indices_and_dedup.js': {
      dataChanges: [{ table: 'search', reason: 'each once' }],
    },
  },
  fixtures: 'fixtures',
})
`,
  },
  madeAt: 30,
  // knex rebuilds the table of locations in a transaction, where foreign keys stay on: what refers to it is deleted.
  // A ticket of an entity that does not wait for its next turn is given up.
  problems: [
    'v31 rows table location_update_log',
    'v37 conversions column final_entities.stitch_ticket',
    'v38 rows table location_update_log',
  ],
}
