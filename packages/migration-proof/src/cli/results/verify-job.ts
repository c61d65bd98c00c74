import type { UpgradeProof } from '../../checks/verify.ts'
import { loadConfig } from '../load-config.ts'
import type { JobRunner } from '../process/pool.ts'
import { findKnownResults } from '../reuse/find-known.ts'
import { type SnapshotJob, verifySnapshot } from './upgrades.ts'

/** What each thread of `verify` does. */
export async function prepare(configFile: string): Promise<JobRunner<SnapshotJob, UpgradeProof>> {
  const suite = await loadConfig(configFile)
  let known: ReturnType<typeof findKnownResults> | undefined
  return {
    run: ({ name, isKnown, ...options }) => {
      if (isKnown && known === undefined) known = findKnownResults(suite, configFile)
      return verifySnapshot(suite, name, options, isKnown ? (known ?? null) : null)
    },
  }
}
