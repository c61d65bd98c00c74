// @ts-check
/** Compares all rows of two files. */
import Database from 'better-sqlite3'
import { betterSqliteConnection, proveRowsKept } from '../../dist/index.js'

const [, , path = '', original = ''] = process.argv
const database = new Database(path)
database.pragma('cache_size = -2000')
const { problems, compared } = proveRowsKept(betterSqliteConnection(database), {
  original: { path: original },
})
database.close()
if (problems.length > 0 || compared.length === 0) throw new Error('The rows are not the same.')
