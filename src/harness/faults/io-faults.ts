import { errorMessage } from '../errors.ts'
import { errorCode } from '../migrator/errors.ts'
import type { MigrationPlan } from '../migrator/plan.ts'
import { crashImages } from './crash-points.ts'
import type { DiskFiles } from './disk.ts'
import { type Fault, listFaults, observeClean, planOf } from './fault-list.ts'
import { makeOracle } from './oracle.ts'
import { buildReference, copyFiles, type Reference } from './reference.ts'
import { type RunResult, runUpgrade } from './run.ts'
import type { Simulator } from './simulator.ts'
import { makeTally, type Tally } from './tally.ts'
import type { Upgrade } from './upgrade.ts'
import { bad, type Finding, type Verdict } from './verdict.ts'

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
  /** Told after each run. */
  readonly onRun?: (progress: { readonly runs: number; readonly bad: number }) => void
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
 * connection. What is left must be one whole version, and the error must say what happened. Where the call
 * would have changed the disk, the power also fails right after it.
 */
export function sweepIoFaults(simulator: Simulator, options: IoFaultOptions): IoFaultResult {
  const { plan, files, upgrade, every = 1, onRun = () => {} } = options
  const reference = buildReference(simulator, plan, files)
  const clean = observeClean(simulator, options)
  const tally = makeTally(makeOracle(simulator, { plan, upgrade, reference, rerunsAll: false }))
  const badFaults: BadFault[] = []
  let runs = 0
  let refused = 0
  for (const fault of listFaults(clean, every)) {
    const failure = planOf(fault)
    const { milestones } = clean
    const run = runUpgrade(simulator, {
      plan,
      upgrade,
      files: copyFiles(files),
      failure,
      attempts: fault.attempts,
      milestones,
    })
    // A quota that is large enough breaks nothing.
    if (run.fault === null) continue
    runs++
    if (!run.hasSucceeded) refused++
    const [verdict] = judgeRun(options, reference, tally, fault, run).filter(
      ({ outcome }) => outcome === 'bad',
    )
    if (verdict?.outcome === 'bad')
      badFaults.push({ ...fault, defect: verdict.defect, detail: verdict.detail })
    onRun({ runs, bad: badFaults.length })
  }
  return { runs, refused, images: tally.images, bad: badFaults }
}

/** Judges the report of the upgrade, the disk that it left, and the disks of a power loss after the fault. */
function judgeRun(
  options: IoFaultOptions,
  reference: Reference,
  tally: Tally,
  fault: Fault,
  run: RunResult,
): Verdict[] {
  const acknowledgedVersion = lastAcknowledged(run, reference)
  const left = tally.judge({ acknowledgedVersion, makeFiles: () => run.disk.readFiles() }).verdict
  const afterPowerLoss = mayLosePower(options, fault, run)
    ? [...judgePowerLoss(options, reference, tally, run)]
    : []
  return [judgeReport(run, left, reference), left, ...afterPowerLoss]
}

function lastAcknowledged({ log }: RunResult, { startVersion }: Reference): number {
  return log.reduce(
    (version, operation) => (operation.kind === 'acknowledge' ? operation.version : version),
    startVersion,
  )
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
  return unclear === undefined ? left : bad('unclear-error', errorCode(unclear) ?? errorMessage(unclear))
}

/** Whether an error, or one of those that caused it, carries the code of a disk error. */
function namesDiskError(error: unknown): boolean {
  const code = errorCode(error) ?? ''
  if (/^SQLITE_(IOERR|FULL|CANTOPEN)/.test(code)) return true
  return error instanceof Error && error.cause !== undefined && namesDiskError(error.cause)
}

const changingCalls = ['write', 'truncate', 'sync', 'sync-directory', 'delete']

/** A call that only reads leaves nothing behind that a power loss could change. */
function mayLosePower(
  { powerLossEvery = 4 }: IoFaultOptions,
  { mode, at, attempts }: Fault,
  { fault }: RunResult,
) {
  if (fault === null || attempts > 1 || at % powerLossEvery !== 0) return false
  return mode.endsWith('once') && changingCalls.includes(fault.call.kind)
}

/** How many operations of the disk after the fault the power fails at the latest. */
const operationsAfterFault = 6

function* judgePowerLoss(
  { files, seed = 1 }: IoFaultOptions,
  { startVersion }: Reference,
  tally: Tally,
  { fault, log }: RunResult,
): Generator<Verdict> {
  const fromPoint = fault?.point ?? 0
  const toPoint = Math.min(log.length, fromPoint + operationsAfterFault)
  const crashes = crashImages({
    files,
    log,
    unitBytes: 512,
    seed,
    rounds: 1,
    startVersion,
    fromPoint,
    toPoint,
  })
  for (const crash of crashes) yield tally.judge(crash).verdict
}
