import { loadSnapshot } from 'migration-proof'
import { databaseName, type JournalMode, safeUpgrade } from 'migration-proof/faults'
import { plan } from '../../../src/migrations/index.ts'
import suite from '../../../src/suite/index.ts'

/** A new install, which has no file yet. */
const fresh = 'fresh'

/** Upgrades through all versions, without rows and with them, and through the last ones. */
export const paths: readonly string[] = [fresh, 'v0-first-release', 'v4']

/** The disk before an upgrade. */
export function filesOf(path: string): ReadonlyMap<string, Uint8Array> {
  if (path === fresh) return new Map()
  return new Map([[databaseName, new Uint8Array(loadSnapshot(suite.fixtures, path).bytes)]])
}

/** What the sweeps need to know of an upgrade. */
export function optionsOf(path: string, journalMode: JournalMode) {
  return { plan, files: filesOf(path), upgrade: safeUpgrade({ plan, journalMode }) }
}
