// @ts-check
import Database from 'better-sqlite3'
import { memoryStorage, Umzug } from 'umzug'
import { readStatements } from '../support/read-statements.mjs'

const [, , path = ''] = process.argv
const database = new Database(path)
const umzug = new Umzug({
  migrations: readStatements().map(({ version, statements }) => ({
    name: `v${version}`,
    up: async () => {
      database.exec('BEGIN IMMEDIATE')
      for (const statement of statements) database.exec(statement)
      database.exec('COMMIT')
    },
  })),
  storage: memoryStorage(),
  logger: undefined,
})
await umzug.up()
database.close()
