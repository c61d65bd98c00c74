// @ts-check
import knex from 'knex'
import { readStatements } from '../support/read-statements.mjs'

const [, , filename = ''] = process.argv
const versions = readStatements()
const database = knex({ client: 'better-sqlite3', connection: { filename }, useNullAsDefault: true })
await database.migrate.latest({
  migrationSource: {
    getMigrations: async () => versions,
    getMigrationName: ({ version }) => `v${version}`,
    getMigration: async ({ statements }) => ({
      up: async (db) => {
        for (const statement of statements) await db.raw(statement)
      },
      down: async () => {},
    }),
  },
})
await database.destroy()
