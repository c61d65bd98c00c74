import { loadSimulator } from '../../harness/faults/simulator.ts'
import type { Suite } from '../../harness/proof/suite.ts'
import type { CrashTimeline } from '../../harness/report/model.ts'
import { traceTimeline } from '../../harness/report/read/timeline.ts'
import { loadSnapshot } from '../../harness/snapshots/open.ts'

/** One upgrade as the disk saw it: that of the oldest file with something in it. Null where there is none. */
export async function traceOldest(suite: Suite): Promise<CrashTimeline | null> {
  const oldest = suite.snapshots.find(({ name }) => loadSnapshot(suite.fixtures, name).bytes.length > 0)
  if (oldest === undefined) return null
  const options = { snapshot: oldest.name, journalMode: 'wal', seed: 1, unitBytes: 512 } as const
  return traceTimeline(await loadSimulator(), suite, options)
}
