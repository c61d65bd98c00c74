import { migrate, openSnapshot } from 'migration-proof'
import { latestVersion, plan } from '../../../src/migrations/index.ts'
import suite from '../../../src/suite/index.ts'

/** The bytes of a snapshot that better-sqlite3 has upgraded. */
export function upgradeHere(snapshot: string, target: number = latestVersion): Uint8Array {
  using copy = openSnapshot(suite.fixtures, snapshot, { on: 'memory' })
  migrate(copy.connection, plan, { target })
  return copy.database.serialize()
}
