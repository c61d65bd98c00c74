// @ts-check
/** The migrations of this project, with the cache that `upgrade` sets. */
import Database from 'better-sqlite3'
import { runMigrations } from '../../dist/migrations/index.js'

const [, , path = ''] = process.argv
const database = new Database(path)
database.pragma('cache_size = -2000')
database.pragma('foreign_keys = ON')
const { to } = runMigrations(database)
database.close()
console.log(to)
