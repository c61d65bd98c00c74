// @ts-check
/**
 * The migrations of the forum as `upgrade` runs them: with its cache, and in rollback mode for as long as it takes,
 * since in WAL mode each new page is written twice.
 */
import Database from 'better-sqlite3'
import { betterSqliteConnection, definePlan, migrate } from '../../dist/index.js'
import { migrations } from '../../tests/support/forum/migrations/index.js'

const [, , path = ''] = process.argv
const database = new Database(path)
database.pragma('cache_size = -2000')
database.pragma('foreign_keys = ON')
database.pragma('journal_mode = DELETE')
const { to } = migrate(betterSqliteConnection(database), definePlan(migrations))
database.pragma('journal_mode = WAL')
database.close()
console.log(to)
