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
import { startTrace, type Trace } from './trace.ts'

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
  const way = findWay(suite, entry, latest, known)
  const proof = way === null ? null : goOn(suite, entry, parts, way, options, known)
  return proof ?? verifyWhole(suite, entry, parts, options, known)
}

/**
 * The furthest upgrade that is known. Where a migration on it is more than text, it is run again: only one that executes the same
 * statements, and leaves the same bytes, is the one that was proven.
 */
function findWay(
  suite: Suite,
  entry: SnapshotEntry,
  latest: number,
  known: KnownResults,
): KnownResult | null {
  const way = known.find(entry, undefined, latest)
  if (way === null || known.identity.isText(entry.version, way.version)) return way
  const tracer = startTrace()
  let bytes: Uint8Array | undefined
  verifyUpgrade(suite, entry.name, {
    target: way.version,
    checks: [],
    onStatement: tracer.observe,
    onUpgraded: (upgraded) => {
      bytes = upgraded.bytes
    },
  })
  const isSame =
    bytes !== undefined &&
    Buffer.compare(bytes, way.bytes) === 0 &&
    hashAt(tracer.trace(), way.version) === hashAt(way.trace, way.version)
  return isSame ? way : null
}

/** What was executed up to a version, where it is a version with statements. */
function hashAt(trace: Trace, version: number): string {
  const versions = Object.keys(trace).map(Number)
  const last = Math.max(...versions.filter((each) => each <= version))
  return trace[last] ?? ''
}

function goOn(
  suite: Suite,
  entry: SnapshotEntry,
  parts: readonly Part[],
  way: KnownResult,
  options: VerifyOptions,
  known: KnownResults,
): UpgradeProof | null {
  const found: CheckResult[] = []
  const kept: (readonly [Steps, KnownResult])[] = []
  let { trace } = way
  for (const { steps, target, checks: own } of parts) {
    const before = steps === undefined ? way : findSteps(entry, steps, target, trace, known)
    if (before?.version === target && (steps !== undefined || known.identity.hasPlainFacts)) {
      found.push(...before.checks)
      continue
    }
    // Only the file of the whole way is kept.
    const start = before?.version === way.version ? way : null
    const tracer = startTrace(way.trace, way.version)
    let bytes = new Uint8Array()
    const { checks: all } = verifyUpgrade(suite, entry.name, {
      ...options,
      target,
      checks: own,
      ...(start === null ? {} : { images: new Map([[entry.name, imageOf(entry, start)]]) }),
      ...(steps === undefined ? { onStatement: tracer.observe } : {}),
      onUpgraded: (upgraded) => {
        if (steps === undefined) bytes = new Uint8Array(upgraded.bytes)
      },
    })
    if (steps === undefined) trace = tracer.trace()
    const after = steps === undefined ? all : all.slice(1)
    const joined = start === null ? after : after.map((result) => join(before?.checks ?? [], result))
    found.push(...joined)
    kept.push([steps, { version: target, checks: joined, trace, bytes }])
  }
  if (found.some(({ outcome }) => outcome === 'failed')) return null
  for (const [steps, result] of kept) known.keep(entry, steps, result)
  const order = ['upgrade', ...checks.map((check) => check.name)]
  const sorted = found.toSorted((left, right) => order.indexOf(left.check) - order.indexOf(right.check))
  const facts = { snapshot: entry.name, from: entry.version, to: latestVersionOf(suite.plan) }
  return { ...facts, outcome: 'passed', checks: sorted, knownUpTo: way.version }
}

/** What is known of the checks of some steps, where these executed what they execute now. */
function findSteps(
  entry: SnapshotEntry,
  steps: Steps,
  target: number,
  trace: Trace,
  known: KnownResults,
): KnownResult | null {
  const found = known.find(entry, steps, target)
  if (found === null) return null
  return hashAt(found.trace, found.version) === hashAt(trace, found.version) ? found : null
}

function verifyWhole(
  suite: Suite,
  entry: SnapshotEntry,
  parts: readonly Part[],
  options: VerifyOptions,
  known: KnownResults,
): UpgradeProof {
  const tracer = startTrace()
  let bytes = new Uint8Array()
  const proof = verifyUpgrade(suite, entry.name, {
    ...options,
    onStatement: tracer.observe,
    onUpgraded: (upgraded) => {
      bytes = new Uint8Array(upgraded.bytes)
    },
  })
  if (proof.outcome === 'failed') return proof
  const trace = tracer.trace()
  for (const { steps, target, checks: own } of parts) {
    const names = [...(steps === undefined ? ['upgrade'] : []), ...own.map((check) => check.name)]
    const ofPart = proof.checks.filter(({ check }) => names.includes(check))
    const result = {
      version: target,
      checks: ofPart,
      trace,
      bytes: steps === undefined ? bytes : new Uint8Array(),
    }
    known.keep(entry, steps, result)
  }
  return proof
}

/** The result of a check on both parts of a way: what it compared on either, and what was left out on either. */
function join(before: readonly CheckResult[], after: CheckResult): CheckResult {
  const first = before.find(({ check }) => check === after.check)
  if (first === undefined || first.outcome === 'not-applicable') return after
  if (after.outcome === 'not-applicable') return first
  const exceptions = [...new Set([...first.exceptions, ...after.exceptions])]
  return { ...after, exceptions, notCompared: first.notCompared ?? after.notCompared }
}
