import Database from 'better-sqlite3'
import { betterSqliteConnection, openSubject, type Problem } from 'migration-proof'
import { examineFile } from 'migration-proof/compatibility'
import { plan } from '../../../src/migrations/index.ts'
import suite from '../../../src/suite/index.ts'

/** At which version a file is, and whatever it has otherwise than a snapshot that was upgraded to just that. */
export interface VersionReport {
  readonly version: number
  readonly deviations: readonly Problem[]
}

/** Opens a file and compares it with the snapshot that it was: a whole version, and every row. */
export function examineVersion(file: string, snapshot: string): VersionReport {
  const database = new Database(file)
  try {
    const upgraded = betterSqliteConnection(database)
    upgraded.exec('PRAGMA foreign_keys = ON')
    const version = plan.versions.read(upgraded).current
    using subject = openSubject(suite, snapshot, version)
    return { version, deviations: examineFile(upgraded, subject) }
  } finally {
    database.close()
  }
}
