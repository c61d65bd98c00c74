import { randomInt } from 'node:crypto'
import { judgeRollbacks, type Rollback } from '../../checks/rollback.ts'
import type { UpgradeProof } from '../../checks/verify.ts'
import { errorCode } from '../../migrator/errors.ts'
import { latestVersionOf } from '../../migrator/plan.ts'
import { makeProblem, type Problem } from '../../problem.ts'
import type { Suite } from '../../proof/suite.ts'
import { readContent } from '../../snapshots/content-hash.ts'
import { loadSnapshot, openInMemory, type SnapshotImage } from '../../snapshots/open.ts'
import { type SnapshotsOptions, verifySnapshots } from '../results/upgrades.ts'
import { imageOf, type KnownResults } from './known-results.ts'

/** What was taken from earlier runs. */
export interface ReuseReport {
  readonly folder: string
  /** How many results it holds afterwards. */
  readonly results: number
  readonly bytes: number
  /** The snapshots whose upgrade was known, in whole or up to a version. */
  readonly snapshots: number
  /** The one of them that was proven again. */
  readonly sample: string | null
  readonly isSampleSame: boolean
}

export interface VerifiedSnapshots {
  readonly proofs: readonly UpgradeProof[]
  readonly rollbacks: readonly Rollback[]
  /** Null where nothing could be known. */
  readonly reuse: ReuseReport | null
  readonly problems: readonly Problem[]
}

/**
 * Verifies snapshots as `verifySnapshots` does, and proves one result of those that were known again, taken by chance. Where it
 * is another one now, nothing that was known counts.
 */
export async function verifyKnown(
  suite: Suite,
  names: readonly string[],
  { known, everyPath = false, threads }: Pick<SnapshotsOptions, 'known' | 'everyPath' | 'threads'>,
): Promise<VerifiedSnapshots> {
  const proofs = await verifySnapshots(suite, names, { known, everyPath, threads })
  const rollbacks = judgeRollbacks(suite, names, known?.recallRollback)
  if (known === null || known === undefined) return { proofs, rollbacks, reuse: null, problems: [] }
  const reused = proofs.filter(({ knownUpTo }) => knownUpTo !== undefined)
  const sample = reused.length === 0 ? null : (reused[randomInt(reused.length)] ?? null)
  const isSampleSame = sample === null || (await isSame(suite, sample, known, { everyPath, of: names }))
  const report = {
    folder: known.folder.path,
    snapshots: reused.length,
    sample: sample?.snapshot ?? null,
    isSampleSame,
  }
  if (sample === null || isSampleSame)
    return { proofs, rollbacks, reuse: { ...report, ...known.folder.trim() }, problems: [] }
  known.folder.clear()
  return {
    proofs: await verifySnapshots(suite, names, { everyPath, threads }),
    rollbacks: judgeRollbacks(suite, names),
    reuse: { ...report, ...known.folder.trim() },
    problems: [describeDifference(sample.snapshot)],
  }
}

async function isSame(
  suite: Suite,
  sample: UpgradeProof,
  known: KnownResults,
  options: SnapshotsOptions,
): Promise<boolean> {
  const { entry } = loadSnapshot(suite.fixtures, sample.snapshot)
  const before = known.find(entry, undefined, latestVersionOf(suite.plan))
  const found: SnapshotImage[] = []
  const onUpgraded: SnapshotsOptions['onUpgraded'] = (upgraded) => found.push(upgraded.read())
  const [proof] = await verifySnapshots(suite, [sample.snapshot], { ...options, onUpgraded })
  const [upgraded] = found
  if (upgraded === undefined || proof === undefined || foundIn(proof) !== foundIn(sample)) return false
  // Two ways to the same content may leave it on other pages.
  return before === null || contentOf(imageOf(entry, before)) === contentOf(upgraded)
}

/** All that the checks found, without how long they took. */
function foundIn({ checks }: UpgradeProof): string {
  return JSON.stringify(checks.map(({ durationMilliseconds: _, ...result }) => result))
}

/** The content of a file, and what its header says to programs; null where it cannot be read. */
function contentOf(image: SnapshotImage): string | null {
  try {
    using copy = openInMemory(image)
    const { connection } = copy
    const header = ['user_version', 'application_id', 'encoding'].map((name) => {
      const [row = {}] = connection.all(`PRAGMA ${name}`)
      return String(row[name])
    })
    return [...header, readContent(connection).contentHash].join()
  } catch (error) {
    if (errorCode(error) === null) throw error
    return null
  }
}

function describeDifference(name: string): Problem {
  return makeProblem('cache', {
    subject: { type: 'snapshot', name },
    expected: 'the result of an earlier run of the same migrations on the same file',
    actual: 'another one',
    why: 'The upgrade depends on something else than the file: the environment, another file or the network.',
    fix: 'find what the migrations read, and remove it; all was proven again now',
  })
}
