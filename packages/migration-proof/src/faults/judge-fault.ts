import type { MigrationPlan } from '../migrator/plan.ts'
import { crashImages } from './crash-points.ts'
import type { DiskFiles } from './disk.ts'
import { type CleanRun, type Fault, listFaults, observeClean, planOf } from './fault-list.ts'
import type { Finding, Verdict } from './oracle.ts'
import { bad, codeInCauses, describeError, makeOracle } from './oracle.ts'
import { buildReference, type Reference } from './reference.ts'
import { Rooms } from './rooms.ts'
import { type RunResult, simulateUpgrade } from './run.ts'
import type { Simulator } from './simulator.ts'
import { makeTally, type Tally } from './tally.ts'
import type { Upgrade } from './upgrade.ts'

export interface IoFaultOptions {
  readonly plan: MigrationPlan
  /** The disk before the upgrade: `databaseName` and its bytes, or nothing for a new install. */
  readonly files: DiskFiles
  readonly upgrade: Upgrade
  /** Break only every so many calls; each one unless told otherwise. */
  readonly every?: number
  /** Let the power fail after every so many of the faults that allow it; after each fourth unless told otherwise. */
  readonly powerLossEvery?: number
  readonly seed?: number
  /** As for a power loss. */
  readonly judgesAll?: boolean
  /** Told after each run. */
  readonly onRun?: (progress: { readonly runs: number; readonly bad: number }) => void
}

/** What all faults of a sweep share. */
export interface FaultSession {
  readonly options: IoFaultOptions
  readonly reference: Reference
  readonly clean: CleanRun
  readonly tally: Tally
  /** Those of the disk of the last fault that was judged. */
  readonly rooms: Rooms
}

/** @throws what the upgrade throws though nothing was broken */
export function startFaultSession(simulator: Simulator, options: IoFaultOptions): FaultSession {
  const { plan, files, upgrade, judgesAll = false } = options
  const reference = buildReference(simulator, plan, files)
  const clean = observeClean(simulator, options)
  const tally = makeTally(makeOracle(simulator, { plan, upgrade, reference, judgesAll }))
  return { options, reference, clean, tally, rooms: new Rooms() }
}

export interface JudgedFault {
  readonly run: RunResult
  readonly verdict: Verdict
}

/** Runs the upgrade with one fault, and judges its report, the disk that it left, and that of a power loss after it. */
export function judgeFault(simulator: Simulator, session: FaultSession, fault: Fault): JudgedFault {
  const { options, clean, rooms } = session
  const { plan, upgrade } = options
  rooms.reuse()
  const run = simulateUpgrade(simulator, {
    plan,
    upgrade,
    files: options.files,
    failure: planOf(fault),
    attempts: fault.attempts,
    milestones: clean.milestones,
    rooms,
  })
  const left = judgeLeft(session, run)
  const verdicts = [judgeReport(run, left, session.reference), ...judgePowerLoss(session, fault, run)]
  return { run, verdict: verdicts.find(({ outcome }) => outcome === 'bad') ?? left }
}

function judgeLeft({ tally, reference }: FaultSession, { log, disk }: RunResult): Verdict {
  const acknowledgedVersion = log.reduce(
    (version, operation) => (operation.kind === 'acknowledge' ? operation.version : version),
    reference.startVersion,
  )
  return tally.judge({ acknowledgedVersion, makeFiles: () => disk.readFiles() }).verdict
}

function judgeReport(
  { hasSucceeded, errors }: RunResult,
  left: Verdict,
  { latestVersion }: Reference,
): Verdict {
  if (hasSucceeded && left.outcome === 'whole' && left.version !== latestVersion) {
    return bad('false-success', `the upgrade reported success at version ${left.version}`)
  }
  const unclear = errors.find((error) => !namesDiskError(error))
  return unclear === undefined ? left : bad('unclear-error', describeError(unclear))
}

/** Whether an error, or one of those that caused it, carries the code of a disk error. */
function namesDiskError(error: unknown): boolean {
  return /^SQLITE_(IOERR|FULL|CANTOPEN)/.test(codeInCauses(error) ?? '')
}

const changingCalls = ['write', 'truncate', 'sync', 'sync-directory', 'delete']

/**
 * A call that only reads leaves nothing behind that a power loss could change. Of a sync that fails unheard
 * nobody can know that what comes next is not safe.
 */
function mayLosePower(
  { powerLossEvery = 4 }: IoFaultOptions,
  { mode, at, attempts }: Fault,
  { fault }: RunResult,
) {
  if (fault === null || attempts > 1 || at % powerLossEvery !== 0) return false
  return mode.endsWith('once') && fault.call.isReported && changingCalls.includes(fault.call.kind)
}

/** How many operations of the disk after the fault the power fails at the latest. */
const operationsAfterFault = 6

function* judgePowerLoss(
  { options, reference, tally }: FaultSession,
  fault: Fault,
  run: RunResult,
): Generator<Verdict> {
  if (!mayLosePower(options, fault, run)) return
  const { files, seed = 1 } = options
  const { log } = run
  const { startVersion } = reference
  const fromPoint = run.fault?.point ?? 0
  const toPoint = Math.min(log.length, fromPoint + operationsAfterFault)
  const crash = { files, log, unitBytes: 512, seed, rounds: 1, startVersion, fromPoint, toPoint }
  for (const image of crashImages(crash)) yield tally.judge(image).verdict
}

/** A fault that left no whole version, or that the upgrade did not report as it is. */
export interface BadFault extends Fault, Finding {}

export interface IoFaultResult {
  /** How often a fault was injected. */
  readonly runs: number
  /** How many of these runs ended with an error. */
  readonly refused: number
  /** The hash of each distinct disk that was left behind, power losses after a fault included. */
  readonly images: readonly string[]
  readonly bad: readonly BadFault[]
}

/**
 * Upgrades a database again and again, each time with another call of the disk failing: with EIO or as a full
 * disk, once or from then on, and under every quota; with one attempt and with a second one on the same
 * connection. What is left must be one whole version, and the error must say what happened. After some of the
 * faults the power also fails.
 *
 * @throws what the upgrade throws though nothing was broken
 */
export function sweepIoFaults(simulator: Simulator, options: IoFaultOptions): IoFaultResult {
  const { every = 1, onRun = () => {} } = options
  const session = startFaultSession(simulator, options)
  const badFaults: BadFault[] = []
  let runs = 0
  let refused = 0

  const judge = (fault: Fault): boolean => {
    const { run, verdict } = judgeFault(simulator, session, fault)
    // A quota that is large enough breaks nothing.
    if (run.fault === null) return false
    runs++
    if (!run.hasSucceeded) refused++
    if (verdict.outcome === 'bad')
      badFaults.push({ ...fault, defect: verdict.defect, detail: verdict.detail })
    onRun({ runs, bad: badFaults.length })
    return !run.hasSucceeded
  }

  for (const fault of listFaults(session.clean, every)) {
    // Where the first attempt succeeds there is no second one.
    const wasRefused = judge(fault)
    if (wasRefused) judge({ ...fault, attempts: 2 })
  }
  return { runs, refused, images: session.tally.images, bad: badFaults }
}
