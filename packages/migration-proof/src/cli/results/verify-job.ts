import type { UpgradeProof } from '../../checks/verify.ts'
import { loadConfig } from '../load-config.ts'
import type { JobRunner } from '../process/pool.ts'
import { findKnownResults } from '../reuse/find-known.ts'
import { type SnapshotJob, verifySnapshot } from './upgrades.ts'
import { followWork } from './work.ts'

/** What each thread of `verify` does. */
export async function prepare(configFile: string): Promise<JobRunner<SnapshotJob, UpgradeProof, number>> {
  const suite = await loadConfig(configFile)
  let known: ReturnType<typeof findKnownResults> | undefined
  return {
    run: ({ name, work, isKnown, ...stepsTo }, report) => {
      if (isKnown && known === undefined) known = findKnownResults(suite, configFile)
      const options = { ...stepsTo, ...followWork(work, report) }
      return verifySnapshot(suite, name, options, isKnown ? (known ?? null) : null)
    },
  }
}
