/**
 * Upgrades a file exactly as the simulation does, so that what it asks of the disk can be compared.
 *
 *   node trace.mjs FILE wal|delete
 */
import Database from 'better-sqlite3'
import { safeUpgrade } from '../../../dist/harness/faults/index.js'
import { betterSqliteConnection } from '../../../dist/harness/index.js'
import { plan } from '../../../dist/migrations/index.js'

const [file, journalMode] = process.argv.slice(2)
const connection = betterSqliteConnection(new Database(file))
try {
  safeUpgrade({ plan, journalMode })(connection)
} finally {
  connection.close()
}
