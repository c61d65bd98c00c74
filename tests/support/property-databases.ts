import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { betterSqliteConnection, type Connection, migrate, openSnapshot } from 'migration-proof'
import type { DatabaseLender } from 'migration-proof/behaviour'
import { inSavepoint, preparedConnection, type RowCounter } from 'migration-proof/behaviour'
import { latestVersion, plan } from '../../src/migrations/index.ts'
import suite from '../../src/suite/index.ts'

/** A database that the migrations made in memory. */
export function openFresh(counter: RowCounter, version = latestVersion): Connection {
  const connection = counter.watch(preparedConnection(new Database(':memory:')))
  migrate(connection, plan, { target: version })
  connection.exec('PRAGMA foreign_keys = ON')
  return connection
}

/** A private copy of a snapshot in memory, upgraded to the latest version. */
export function openUpgraded(counter: RowCounter, name: string): Connection {
  const { database } = openSnapshot(suite.fixtures, name, { on: 'memory' })
  migrate(preparedConnection(database), plan)
  const connection = counter.watch(preparedConnection(database))
  connection.exec('PRAGMA foreign_keys = ON')
  return connection
}

/** Lends a database whose rows are out of the way until the work is done. */
export function lendInSavepoint(connection: Connection, empty: () => void): DatabaseLender {
  return (work) =>
    inSavepoint(connection, () => {
      empty()
      return work({ connection })
    })
}

/** Lends a new file for each work, which steps may really close and open again. */
export function lendFiles(counter: RowCounter): DatabaseLender & { remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'property-'))
  const file = join(folder, 'model.db')
  const image = makeImage()
  const lend: DatabaseLender = (work) => {
    writeFileSync(file, image)
    let connection = open()
    try {
      return work({
        get connection() {
          return connection
        },
        reopen: () => {
          connection.close()
          connection = open()
        },
      })
    } finally {
      connection.close()
    }
  }
  const open = () => {
    const connection = counter.watch(preparedConnection(new Database(file)))
    // No power fails here: what a power failure leaves is for other tests.
    connection.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA foreign_keys = ON')
    return connection
  }
  return Object.assign(lend, { remove: () => rmSync(folder, { recursive: true, force: true }) })
}

/** The bytes of a database that the migrations made, without any row. */
export function makeImage(version = latestVersion): Buffer {
  const database = new Database(':memory:')
  migrate(preparedConnection(database), plan, { target: version })
  database.exec('DELETE FROM schema_version')
  return database.serialize()
}

/** A new database of some bytes, in memory. */
export function openCopy(image: Buffer): Connection {
  return betterSqliteConnection(new Database(image))
}
