import { MigrationFailedError, MigrationRefusedError } from '../../migrator/errors.ts'
import type { Suite } from '../../proof/suite.ts'
import { findResultFolder, openResultFolder } from './folder.ts'
import { identifySuite } from './identity.ts'
import { type KnownResults, openKnownResults } from './known-results.ts'

/** What earlier runs proved of a suite; null where its project has no folder for that, or a migration fails at once. */
export function findKnownResults(suite: Suite, configFile: string): KnownResults | null {
  const path = findResultFolder(configFile)
  const folder = path === null ? null : openResultFolder(path)
  try {
    return folder === null ? null : openKnownResults(folder, identifySuite(suite, configFile))
  } catch (error) {
    if (error instanceof MigrationFailedError || error instanceof MigrationRefusedError) return null
    throw error
  }
}
