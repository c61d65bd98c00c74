import type { Check } from '../../checks/check.ts'
import { checks } from '../../checks/index.ts'
import {
  type CheckResult,
  type UpgradeProof,
  type VerifyOptions,
  verifyUpgrade,
} from '../../checks/verify.ts'
import { latestVersionOf } from '../../migrator/plan.ts'
import type { Suite } from '../../proof/suite.ts'
import type { SnapshotEntry } from '../../snapshots/ledger.ts'
import { loadSnapshot } from '../../snapshots/open.ts'
import { imageOf, type KnownResult, type KnownResults, type Steps } from './known-results.ts'

/** The checks of a snapshot that are about as many steps, and the version to which they upgrade. */
interface Part {
  readonly steps: Steps
  readonly target: number
  readonly checks: readonly Check[]
}

export interface RestOptions extends VerifyOptions {
  /**
   * Whether the checks of one step or two may go on from the file that a known upgrade left. What two steps do, the second of which
   * is new, another snapshot shows then.
   */
  readonly stepsGoOn?: boolean
}

/**
 * Verifies what no earlier run has proven of a snapshot, and keeps the results. If anything fails, all is verified from the start,
 * so that it is reported as if nothing were known.
 *
 * @throws {FixtureError} when the snapshot is missing or changed
 */
export function verifyRest(
  suite: Suite,
  name: string,
  options: RestOptions,
  known: KnownResults,
): UpgradeProof {
  const latest = latestVersionOf(suite.plan)
  const { entry } = loadSnapshot(suite.fixtures, name)
  const parts = ([undefined, 'one', 'two'] as const).map((steps): Part => {
    const target = steps === undefined ? latest : Math.min(options.stepsTo?.[steps] ?? latest, latest)
    return { steps, target, checks: checks.filter((check) => check.steps === steps) }
  })
  return goOn(suite, entry, parts, options, known) ?? verifyWhole(suite, entry, parts, options, known)
}

/** @returns null where nothing is known, or anything fails */
function goOn(
  suite: Suite,
  entry: SnapshotEntry,
  parts: readonly Part[],
  options: RestOptions,
  known: KnownResults,
): UpgradeProof | null {
  const found = parts.map((part) => findPart(entry, part, options, known))
  const knownUpTo = Math.max(...found.map((result) => result?.version ?? -1))
  if (knownUpTo < 0) return null
  const results: CheckResult[] = []
  for (const [index, part] of parts.entries()) {
    const before = found[index] ?? null
    if (before?.version === part.target) {
      results.push(...before.checks)
      continue
    }
    const after = verifyPart(suite, entry, part, before, options)
    if (after.checks.some(({ outcome }) => outcome === 'failed')) return null
    known.keep(entry, part.steps, after)
    results.push(...after.checks)
  }
  const order = ['upgrade', ...checks.map((check) => check.name)]
  const sorted = results.toSorted((left, right) => order.indexOf(left.check) - order.indexOf(right.check))
  const facts = { snapshot: entry.name, from: entry.version, to: latestVersionOf(suite.plan) }
  return { ...facts, outcome: 'passed', checks: sorted, knownUpTo }
}

/** What is known of a part. Code in what the suite declares of its tables may say something else now. */
function findPart(
  entry: SnapshotEntry,
  { steps, target }: Part,
  { stepsGoOn = false }: RestOptions,
  known: KnownResults,
): KnownResult | null {
  if (steps === undefined && !known.identity.hasPlainFacts) return null
  const mayGoOn = steps === undefined || stepsGoOn
  return known.find(entry, steps, target) ?? (mayGoOn ? known.findBefore(entry, steps, target) : null)
}

/** Verifies a part from the start, or the whole way from the file that a known upgrade left on it. */
function verifyPart(
  suite: Suite,
  entry: SnapshotEntry,
  { steps, target, checks: own }: Part,
  before: KnownResult | null,
  options: VerifyOptions,
): KnownResult {
  const left = new LeftFile()
  const onUpgraded = left.take
  const verify = (some: readonly Check[], further: VerifyOptions) =>
    verifyUpgrade(suite, entry.name, { ...options, target, checks: some, ...further }).checks
  if (before === null) {
    const all = verify(own, { onUpgraded })
    return steps === undefined
      ? { version: target, checks: all, ...left.result }
      : { version: target, checks: withoutUpgrade(all), ...noFile }
  }
  const start = imageOf(entry, before)
  // What repeats migrations is about each of them by itself: those of the known way are not repeated.
  const isOfMigrations = ({ needs }: Check) => steps !== undefined || needs === 'reruns'
  const alone = own.filter((check) => !isOfMigrations(check))
  const ofFile = alone.length === 0 ? [] : verify(alone, { start, onUpgraded })
  const ofRest = verify(own.filter(isOfMigrations), { images: new Map([[entry.name, start]]) })
  const joined = withoutUpgrade(ofRest).map((result) => join(before.checks, result))
  return { version: target, checks: [...ofFile, ...joined], ...(steps === undefined ? left.result : noFile) }
}

type File = Pick<KnownResult, 'bytes' | 'canGoOn'>

/** What a result of single steps has of it. */
const noFile: File = { bytes: new Uint8Array(), canGoOn: false }

/** The file that an upgrade leaves. */
class LeftFile {
  result: File = noFile

  readonly take: NonNullable<VerifyOptions['onUpgraded']> = (upgraded) => {
    this.result = { bytes: new Uint8Array(upgraded.read().bytes), canGoOn: upgraded.isConnectionKept }
  }
}

/** The upgrade that leads to a part fails with the whole one. */
function withoutUpgrade(results: readonly CheckResult[]): readonly CheckResult[] {
  return results.filter(({ check, outcome }) => check !== 'upgrade' || outcome === 'failed')
}

function verifyWhole(
  suite: Suite,
  entry: SnapshotEntry,
  parts: readonly Part[],
  options: VerifyOptions,
  known: KnownResults,
): UpgradeProof {
  const left = new LeftFile()
  const proof = verifyUpgrade(suite, entry.name, { ...options, onUpgraded: left.take })
  if (proof.outcome === 'failed') return proof
  for (const { steps, target, checks: own } of parts) {
    const names = [...(steps === undefined ? ['upgrade'] : []), ...own.map((check) => check.name)]
    known.keep(entry, steps, {
      version: target,
      checks: proof.checks.filter(({ check }) => names.includes(check)),
      ...(steps === undefined ? left.result : noFile),
    })
  }
  return proof
}

/** The result of a check of single migrations on both parts of a way: one of which there is nothing to compare says nothing. */
function join(before: readonly CheckResult[], after: CheckResult): CheckResult {
  const first = before.find(({ check }) => check === after.check)
  return first !== undefined && after.outcome === 'not-applicable' ? first : after
}
