import { setImmediate } from 'node:timers/promises'
import { checks } from '../../checks/index.ts'
import { judgeRollbacks } from '../../checks/rollback.ts'
import { inUpgrade, type UpgradeProof, type VerifyOptions, verifyUpgrade } from '../../checks/verify.ts'
import { latestVersionOf } from '../../migrator/plan.ts'
import { makeProblem } from '../../problem.ts'
import type { Suite } from '../../proof/suite.ts'
import type { UpgradeResults } from '../../report/model.ts'
import { isOldest, lastOwnStep } from '../../snapshots/declaration.ts'
import { FixtureError } from '../../snapshots/errors.ts'
import { progressOn, startPace } from '../output/progress.ts'
import { openPool, type PoolTask } from '../process/pool.ts'
import { readThreads } from '../process/threads.ts'
import type { KnownResults } from '../reuse/known-results.ts'
import { type RestOptions, verifyRest } from '../reuse/verify-rest.ts'
import { estimateWork, followWork, sumOf, type Work } from './work.ts'

/**
 * What the upgrade of every snapshot of a suite proves.
 *
 * @param configFile which threads load by themselves; without it there are none
 */
export async function runUpgrades(suite: Suite, configFile?: string): Promise<UpgradeResults> {
  const start = performance.now()
  const snapshots = await verifySnapshots(
    suite,
    suite.snapshots.map(({ name }) => name),
    configFile === undefined ? {} : { threads: { configFile, count: readThreads() } },
  )
  const isProven = snapshots.length > 0 && snapshots.every(({ outcome }) => outcome === 'passed')
  return {
    outcome: isProven ? 'passed' : 'failed',
    durationMilliseconds: performance.now() - start,
    limitedTo: null,
    checks: checks.map(({ name, proves }) => ({ name, proves })),
    snapshots,
    rollbacks: judgeRollbacks(suite),
  }
}

export interface SnapshotsOptions extends Pick<VerifyOptions, 'images' | 'onUpgraded'> {
  /** Each is tried on its whole way. */
  readonly everyPath?: boolean
  /** All snapshots of the run, where these are verified after the others. */
  readonly of?: readonly string[]
  /** What earlier runs proved; null to prove everything. */
  readonly known?: KnownResults | null | undefined
  /** Threads that may be started; without them, all is verified in this one. */
  readonly threads?: ThreadsOptions | undefined
}

interface ThreadsOptions extends Pick<PoolTask, 'configFile'> {
  /** How many there are at most. */
  readonly count: number
  /**
   * How much work each of them must get, in milliseconds of this processor: one that begins with nothing known or compiled costs
   * seconds of it, and 100 MB. With less for two of them, this thread does it alone.
   */
  readonly leastMilliseconds?: number
}

/**
 * Verifies the upgrades of some snapshots, and shows how far it has come. Where it verifies all of them, the checks of single
 * steps upgrade only as far as the next snapshot, and the oldest ones on the whole way: what a step does depends on the file
 * that it finds, so that the newer file is tried in the place of the older one.
 */
export async function verifySnapshots(
  suite: Suite,
  names: readonly string[],
  { known = null, everyPath = false, of = names, threads, ...given }: SnapshotsOptions = {},
): Promise<UpgradeProof[]> {
  const isShared = !everyPath && suite.snapshots.every(({ name }) => of.includes(name))
  const progress = progressOn(process.stderr)
  const jobs = names.map((name, index): SnapshotJob => {
    const stepsTo = isShared ? lastStepsOf(suite, name) : undefined
    const stepsGoOn = isShared && hasFollower(suite, name)
    const work = estimateWork(suite, name, { interruptedTo: stepsTo?.one, isFirst: index === 0 })
    return { name, work, isKnown: known !== null, stepsGoOn, ...(stepsTo === undefined ? {} : { stepsTo }) }
  })
  const { count = 1, leastMilliseconds = 15_000 } = threads ?? {}
  const proofs: UpgradeProof[] = []
  const pace = startPace()
  const workFrom = (index: number) => sumOf(jobs.slice(index).map(totalOf))
  const all = workFrom(0)
  pace(0)
  const { cpuUsage } = process
  const start = cpuUsage()
  /** How many threads some work is worth, by what all before has cost of this processor, whatever else the machine does meanwhile. */
  const threadsFor = (work: number, left: number) => {
    const { user, system } = cpuUsage(start)
    const milliseconds = ((user + system) / 1000) * (work / (all - left))
    return Math.min(count, Math.floor(milliseconds / leastMilliseconds))
  }
  /** How long work still takes in this thread, while so much of all is left. */
  const takes = (work: number, left: number) => (work * (pace(1 - left / all) ?? 0)) / left
  try {
    for (const [index, { name, isKnown: _, work, ...steps }] of jobs.entries()) {
      const here = workFrom(index)
      const after = workFrom(index + 1)
      if (index > 0 && threadsFor(here, here) > 1) break
      const counter = `${index + 1} of ${names.length}: ${name}`
      progress.show(counter)
      const follow = followWork(work, (done, check) => {
        const left = here - done
        const afterwards = takes(after, left) / Math.max(1, threadsFor(after, left))
        const millisecondsLeft = takes(left - after, left) + afterwards
        progress.show(check === null ? counter : `${counter}, ${check} done`, millisecondsLeft)
      })
      proofs.push(verifySnapshot(suite, name, { ...given, ...follow, ...steps }, known))
      // The driver keeps the bytes that it read of a database until the program next waits for an event.
      await setImmediate()
    }
    const rest = jobs.slice(proofs.length)
    if (rest.length === 0 || threads === undefined) return proofs
    const onProgress = (count: number, millisecondsLeft: number | null) =>
      progress.show(`${proofs.length + count} of ${names.length} done`, millisecondsLeft)
    const inThreads = { ...threads, count: threadsFor(workFrom(proofs.length), workFrom(proofs.length)) }
    return [...proofs, ...(await verifyInThreads(rest, inThreads, onProgress))]
  } finally {
    progress.clear()
  }
}

/** A snapshot whose upgrade is to be verified. */
export interface SnapshotJob extends Pick<RestOptions, 'stepsTo' | 'stepsGoOn'> {
  readonly name: string
  readonly work: Work
  /** Whether what earlier runs proved is taken from them. */
  readonly isKnown: boolean
}

async function verifyInThreads(
  jobs: readonly SnapshotJob[],
  { configFile, count }: ThreadsOptions,
  onProgress: (count: number, millisecondsLeft: number | null) => void,
): Promise<UpgradeProof[]> {
  const describe = ({ name }: SnapshotJob) => `The upgrade of ${name}`
  const pool = openPool<SnapshotJob, UpgradeProof, number>({
    kind: 'verify',
    configFile,
    threads: count,
    describe,
  })
  const works = new Map(jobs.map((job) => [job.name, totalOf(job)]))
  const all = sumOf(works.values())
  const pace = startPace()
  try {
    return await pool.run(jobs, (running, ended) => {
      const done = sumOf([...running, ...ended.map(({ snapshot }) => works.get(snapshot) ?? 0)])
      onProgress(ended.length, pace(done / all))
    })
  } finally {
    await pool.close()
  }
}

function totalOf({ work }: SnapshotJob): number {
  return sumOf(work.values())
}

/** The version of the next newer snapshot, and the one after it, which goes on from there; undefined for the whole way. */
function lastStepsOf({ snapshots }: Suite, name: string): VerifyOptions['stepsTo'] {
  const own = snapshots.find((snapshot) => snapshot.name === name)
  const last = own === undefined ? undefined : lastOwnStep(snapshots, own)
  return last === undefined ? undefined : { one: last, two: last + 1 }
}

/** Whether the upgrade of one of the oldest snapshots has newer ones that are tried on their own steps. */
function hasFollower({ snapshots }: Suite, name: string): boolean {
  const own = snapshots.find((snapshot) => snapshot.name === name)
  return (
    own !== undefined &&
    isOldest(snapshots, own) &&
    snapshots.some((newer) => newer.version > own.version && !isOldest(snapshots, newer))
  )
}

/** A snapshot that is missing or changed is a problem like any other: those after it are still verified. */
export function verifySnapshot(
  suite: Suite,
  name: string,
  options: RestOptions,
  known: KnownResults | null,
): UpgradeProof {
  const start = performance.now()
  try {
    return known === null ? verifyUpgrade(suite, name, options) : verifyRest(suite, name, options, known)
  } catch (error) {
    if (!(error instanceof FixtureError)) throw error
    const { expected, actual, fix } = error.diagnosis
    const version = suite.snapshots.find((snapshot) => snapshot.name === name)?.version ?? 0
    const subject = { type: 'fixture', name: error.fixture } as const
    const problem = inUpgrade(makeProblem('snapshot', { subject, expected, actual, fix }), name)
    const durationMilliseconds = performance.now() - start
    return {
      snapshot: name,
      from: version,
      to: latestVersionOf(suite.plan),
      outcome: 'failed',
      checks: [
        {
          check: 'snapshot',
          outcome: 'failed',
          notCompared: null,
          exceptions: [],
          problems: [problem],
          durationMilliseconds,
        },
      ],
    }
  }
}
