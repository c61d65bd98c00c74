import { loadSimulator } from '../../faults/simulator.ts'
import type { Suite } from '../../proof/suite.ts'
import type { CrashTimeline } from '../../report/model.ts'
import { traceTimeline } from '../../report/read/timeline.ts'
import { loadSnapshot } from '../../snapshots/open.ts'

/** One upgrade as the disk saw it: that of the oldest file with something in it. Null where there is none. */
export async function traceOldest(suite: Suite): Promise<CrashTimeline | null> {
  const oldest = suite.snapshots.find(({ name }) => loadSnapshot(suite.fixtures, name).bytes.length > 0)
  if (oldest === undefined) return null
  const options = { snapshot: oldest.name, journalMode: 'wal', seed: 1, unitBytes: 512 } as const
  return traceTimeline(await loadSimulator(), suite, options)
}
