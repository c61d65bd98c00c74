/**
 * Upgrades files, one after the other, so that the disk operations can be compared with those of the simulation.
 *
 *   node trace.mjs FILE wal|delete|application [FILE MODE …]
 *
 * With a journal mode it does what the simulation does; with `application` it opens and upgrades the file as the server
 * does, except for checkpoints, which are as early as in the simulation.
 */
import Database from 'better-sqlite3'
import { betterSqliteConnection } from 'migration-proof'
import { safeUpgrade } from 'migration-proof/faults'
import { openDatabase, plan, runMigrations } from '../../../dist/migrations/index.js'

for (let rest = process.argv.slice(2); rest.length > 0; rest = rest.slice(2)) {
  const [file, mode] = rest
  if (mode === 'application') upgradeAsServer(file)
  else upgradeAsSimulation(file, mode)
}

function upgradeAsServer(file) {
  const database = openDatabase(file)
  database.pragma('wal_autocheckpoint = 20')
  runMigrations(database)
  database.close()
}

function upgradeAsSimulation(file, journalMode) {
  const connection = betterSqliteConnection(new Database(file))
  safeUpgrade({ plan, journalMode })(connection)
  connection.close()
}
