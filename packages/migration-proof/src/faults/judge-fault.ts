import type { MigrationPlan } from '../migrator/plan.ts'
import { crashImages } from './crash-points.ts'
import type { DiskFiles } from './disk.ts'
import { BufferPool } from './disk.ts'
import { type CleanRun, type Fault, listFaults, observeClean } from './fault-list.ts'
import { type FaultRuns, startFaultRuns } from './fault-runs.ts'
import type { DiskVerdict, FoundDefect } from './oracle.ts'
import { bad, codeInCauses, describeError, makeOracle } from './oracle.ts'
import { buildReference, type Reference } from './reference.ts'
import type { RunResult } from './run.ts'
import type { Simulator } from './simulator.ts'
import { makeTally, type Tally } from './tally.ts'
import type { UpgradeFunction } from './upgrade.ts'

export interface IoFaultOptions {
  readonly plan: MigrationPlan
  /** The disk before the upgrade: `databaseName` and its bytes, or empty for a new install. */
  readonly files: DiskFiles
  readonly upgrade: UpgradeFunction
  /** Fails every nth call; defaults to every call. */
  readonly every?: number
  /** The power fails after every nth fault that allows it; defaults to every fourth. */
  readonly powerLossEvery?: number
  readonly seed?: number
  /** See `PowerLossOptions`. */
  readonly judgesAll?: boolean
  /** Called after each run. */
  readonly onRun?: (progress: { readonly runs: number; readonly bad: number }) => void
}

/** What all faults of a sweep share. */
export interface FaultSession {
  readonly options: IoFaultOptions
  readonly reference: Reference
  readonly clean: CleanRun
  readonly tally: Tally
  readonly runs: FaultRuns
}

/** @throws what the upgrade throws without a fault */
export function startFaultSession(simulator: Simulator, options: IoFaultOptions): FaultSession {
  const { plan, files, upgrade, judgesAll = false } = options
  const reference = buildReference(simulator, plan, files)
  const clean = observeClean(simulator, options)
  const tally = makeTally(makeOracle(simulator, { plan, upgrade, reference, judgesAll }))
  const pool = new BufferPool()
  const runs = startFaultRuns(simulator, { plan, files, upgrade, clean, pool, runsAll: judgesAll })
  return { options, reference, clean, tally, runs }
}

export interface JudgedFault {
  readonly run: RunResult
  readonly verdict: DiskVerdict
}

/** Runs the upgrade with one fault, and judges its report, the disk that it left, and that of a power loss after it. */
export function judgeFault(session: FaultSession, fault: Fault): JudgedFault {
  const run = session.runs.run(fault)
  const left = judgeRemaining(session, run)
  const verdicts = [judgeReport(run, left, session.reference), ...judgePowerLoss(session, fault, run)]
  return { run, verdict: verdicts.find(({ outcome }) => outcome === 'bad') ?? left }
}

function judgeRemaining({ tally, reference }: FaultSession, { log, disk }: RunResult): DiskVerdict {
  const acknowledgedVersion = log.reduce(
    (version, operation) => (operation.kind === 'acknowledge' ? operation.version : version),
    reference.startVersion,
  )
  return tally.judge({ acknowledgedVersion, makeFiles: () => disk.readFiles() }).verdict
}

function judgeReport(
  { hasSucceeded, errors }: RunResult,
  left: DiskVerdict,
  { latestVersion }: Reference,
): DiskVerdict {
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
 * A call that only reads leaves nothing that a power loss could change. After a sync whose failure is not reported, no
 * one can know that later data is not durable.
 */
function mayLosePower(
  { powerLossEvery = 4 }: IoFaultOptions,
  { mode, at, attempts }: Fault,
  { fault }: RunResult,
) {
  if (fault === null || attempts > 1 || at % powerLossEvery !== 0) return false
  return mode.endsWith('once') && fault.call.isReported && changingCalls.includes(fault.call.kind)
}

/** The power fails within this many disk operations after the fault. */
const operationsAfterFault = 6

function* judgePowerLoss(
  { options, reference, tally }: FaultSession,
  fault: Fault,
  run: RunResult,
): Generator<DiskVerdict> {
  if (!mayLosePower(options, fault, run)) return
  const { files, seed = 1 } = options
  const { log } = run
  const { startVersion } = reference
  const fromPoint = run.fault?.point ?? 0
  const toPoint = Math.min(log.length, fromPoint + operationsAfterFault)
  const crash = { files, log, unitBytes: 512, seed, rounds: 1, startVersion, fromPoint, toPoint }
  for (const image of crashImages(crash)) yield tally.judge(image).verdict
}

/** A fault that left no whole version, or that the upgrade did not report correctly. */
export interface BadFault extends Fault, FoundDefect {}

export interface IoFaultResult {
  /** How often a fault was injected. */
  readonly runs: number
  /** How many of these runs ended with an error. */
  readonly refused: number
  /** The hash of each distinct disk that was left, power losses after a fault included. */
  readonly images: readonly string[]
  readonly bad: readonly BadFault[]
}

/**
 * Repeats the upgrade with a different fault each time: each disk call fails with EIO or because the disk is full, once
 * or from then on, and every quota is tried; with one attempt, and with a second one on the same connection. What is left
 * must be one whole version, and the error must say what happened. After some of the faults the power also fails.
 *
 * @throws what the upgrade throws without a fault
 */
export function sweepIoFaults(simulator: Simulator, options: IoFaultOptions): IoFaultResult {
  const { every = 1, onRun = () => {} } = options
  const session = startFaultSession(simulator, options)
  const badFaults: BadFault[] = []
  let runs = 0
  let refused = 0

  const judge = (fault: Fault): boolean => {
    const { run, verdict } = judgeFault(session, fault)
    // A quota that is large enough causes no fault.
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
