// @ts-check
import Database from 'better-sqlite3'
import { Kysely, Migrator, SqliteDialect, sql } from 'kysely'
import { readStatements } from '../support/read-statements.mjs'

const [, , path = ''] = process.argv
const database = new Kysely({ dialect: new SqliteDialect({ database: new Database(path) }) })
const migrations = Object.fromEntries(
  readStatements().map(({ version, statements }) => [
    `v${version}`,
    {
      /** @param {Kysely<unknown>} db */
      up: async (db) => {
        for (const statement of statements) await sql.raw(statement).execute(db)
      },
    },
  ]),
)
const { error } = await new Migrator({
  db: database,
  provider: { getMigrations: async () => migrations },
}).migrateToLatest()
if (error) throw error
await database.destroy()
