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
import type { KnownResults, NewResult, Steps } from './known-results.ts'

/** The checks of a snapshot that are about as many steps, and the version to which they upgrade. */
interface Part {
  readonly steps: Steps
  readonly target: number
  readonly checks: readonly Check[]
}

/**
 * Verifies what no earlier run has proven of a snapshot, and keeps the results. Where one has come a part of the way, the upgrade
 * goes on from the file that it left, and is compared with that: what the checks prove of two parts, they prove of both in a
 * row. If anything fails, all is verified from the start, so that it is reported as if nothing were known.
 *
 * @throws {FixtureError} when the snapshot is missing or changed
 */
export function verifyRest(
  suite: Suite,
  name: string,
  options: VerifyOptions,
  known: KnownResults,
): UpgradeProof {
  const latest = latestVersionOf(suite.plan)
  const { entry } = loadSnapshot(suite.fixtures, name)
  const parts = ([undefined, 'one', 'two'] as const).map((steps): Part => {
    const target = steps === undefined ? latest : Math.min(options.stepsTo?.[steps] ?? latest, latest)
    return { steps, target, checks: checks.filter((check) => check.steps === steps) }
  })
  const start = known.find(entry, undefined, latest)
  if (start !== null) {
    const results = parts.map((part) => verifyPart(suite, entry, part, options, known))
    const found = results.flatMap((result) => result.checks)
    if (found.every(({ outcome }) => outcome !== 'failed')) {
      for (const result of results) if (result.isNew) known.keep(entry, result)
      const order = ['upgrade', ...checks.map((check) => check.name)]
      const sorted = found.toSorted((left, right) => order.indexOf(left.check) - order.indexOf(right.check))
      const facts = { snapshot: name, from: entry.version, to: latest, outcome: 'passed' } as const
      return { ...facts, checks: sorted, knownUpTo: start.version }
    }
  }
  let bytes: Uint8Array | undefined
  const keepBytes: VerifyOptions['onUpgraded'] = (upgraded) => {
    bytes = upgraded.bytes
  }
  const proof = verifyUpgrade(suite, name, { ...options, onUpgraded: keepBytes })
  if (proof.outcome === 'failed') return proof
  for (const { steps, target, checks: own } of parts) {
    const names = [...(steps === undefined ? ['upgrade'] : []), ...own.map((check) => check.name)]
    const ofPart = proof.checks.filter(({ check }) => names.includes(check))
    known.keep(entry, {
      steps,
      version: target,
      checks: ofPart,
      bytes: steps === undefined ? bytes : undefined,
    })
  }
  return proof
}

interface PartResult extends NewResult {
  readonly isNew: boolean
}

function verifyPart(
  suite: Suite,
  entry: SnapshotEntry,
  { steps, target, checks: own }: Part,
  options: VerifyOptions,
  known: KnownResults,
): PartResult {
  const before = known.find(entry, steps, target)
  if (before?.version === target && before.isOfThisCode)
    return { steps, version: target, checks: before.checks, isNew: false }
  const image = before === null ? null : known.upgradedTo(entry, before.version)
  let bytes: Uint8Array | undefined
  const { checks: found } = verifyUpgrade(suite, entry.name, {
    ...options,
    target,
    checks: own,
    onUpgraded: (upgraded) => {
      if (steps === undefined) bytes = upgraded.bytes
    },
    ...(image === null ? {} : { images: new Map([[entry.name, image]]) }),
  })
  const after = steps === undefined ? found : found.slice(1)
  const joined =
    before === null || image === null ? after : after.map((result) => join(before.checks, result))
  return { steps, version: target, checks: joined, bytes, isNew: true }
}

/** The result of a check on both parts of a way: what it compared on either, and what was left out on either. */
function join(before: readonly CheckResult[], after: CheckResult): CheckResult {
  const first = before.find(({ check }) => check === after.check)
  if (first === undefined || first.outcome === 'not-applicable') return after
  if (after.outcome === 'not-applicable') return first
  const exceptions = [...new Set([...first.exceptions, ...after.exceptions])]
  return { ...after, exceptions, notCompared: first.notCompared ?? after.notCompared }
}
