import type { Suite } from '../../proof/suite.ts'
import { findResultFolder, openResultFolder } from './folder.ts'
import { identifySuite } from './identity.ts'
import { type KnownResults, openKnownResults } from './known-results.ts'

/** What earlier runs proved of a suite; null where its project has no folder for that. */
export function findKnownResults(suite: Suite, configFile: string): KnownResults | null {
  const path = findResultFolder(configFile)
  const folder = path === null ? null : openResultFolder(path)
  return folder === null ? null : openKnownResults(folder, identifySuite(suite, configFile))
}
