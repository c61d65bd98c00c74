import type { DiskOperation } from '../../faults/disk.ts'
import { describeLog } from '../../faults/io-call.ts'
import { databaseName } from '../../faults/run.ts'
import { startSession } from '../../faults/session.ts'
import type { Simulator } from '../../faults/simulator.ts'
import { makeTally } from '../../faults/tally.ts'
import { type JournalMode, safeUpgrade } from '../../faults/upgrade.ts'
import type { Suite } from '../../proof/suite.ts'
import { loadSnapshot } from '../../snapshots/open.ts'
import type { CrashTimeline } from '../model.ts'

export interface TimelineOptions {
  /** The snapshot that is upgraded. */
  readonly snapshot: string
  readonly journalMode: JournalMode
  readonly seed: number
  readonly unitBytes: number
}

/**
 * Upgrades one snapshot on a simulated disk, and says of every operation what a power failure right after it
 * would leave.
 *
 * @throws {FixtureError} when the snapshot is missing or changed
 * @throws what the upgrade throws though nothing was broken
 */
export function traceTimeline(simulator: Simulator, suite: Suite, options: TimelineOptions): CrashTimeline {
  const { snapshot, journalMode, seed, unitBytes } = options
  const { plan, fixtures } = suite
  const files = new Map([[databaseName, new Uint8Array(loadSnapshot(fixtures, snapshot).bytes)]])
  const upgrade = safeUpgrade({ plan, journalMode })
  const { oracle, log, images } = startSession(simulator, { plan, files, upgrade, seed, unitBytes })
  const tally = makeTally(oracle)
  const points = new Map<number, Point>()
  for (const image of images()) {
    const point = points.get(image.point) ?? { images: 0, bad: 0, versions: new Map() }
    points.set(image.point, point)
    const { verdict } = tally.judge(image)
    point.images += 1
    if (verdict.outcome === 'bad') point.bad += 1
    else point.versions.set(verdict.version, (point.versions.get(verdict.version) ?? 0) + 1)
  }
  return {
    path: snapshot,
    journalMode,
    seed,
    unitBytes,
    operations: describeOperations(log),
    points: [...points].map(([afterOperation, { images: count, bad, versions }]) => ({
      afterOperation,
      images: count,
      bad,
      versions: [...versions].map(([version, ofVersion]) => ({ version, images: ofVersion })),
    })),
  }
}

interface Point {
  images: number
  bad: number
  readonly versions: Map<number, number>
}

function describeOperations(log: readonly DiskOperation[]): CrashTimeline['operations'] {
  const names = new Map([[0, databaseName]])
  const texts = describeLog(log, [databaseName])
  return log.map((operation, index) => {
    if (operation.kind === 'create') names.set(operation.inode, operation.name)
    return {
      kind: operation.kind,
      file: fileOf(operation, names),
      bytes: operation.kind === 'write' ? operation.bytes.length : null,
      text: (texts[index] ?? '').replace(/^\d+ /, ''),
    }
  })
}

function fileOf(operation: DiskOperation, names: ReadonlyMap<number, string>): string | null {
  if ('name' in operation) return operation.name
  return 'inode' in operation ? (names.get(operation.inode) ?? null) : null
}
