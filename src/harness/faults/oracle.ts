import { createHash } from 'node:crypto'
import type { MigrationPlan } from '../migrator/plan.ts'
import { type Contents, isSameContents, readContents } from './contents.ts'
import { describeError } from './describe-error.ts'
import { type DiskFiles, SimulatedDisk } from './disk.ts'
import { neverFail } from './io-call.ts'
import { seededRandom } from './random.ts'
import type { Reference } from './reference.ts'
import { databaseName, runUpgrade } from './run.ts'
import type { Simulator } from './simulator.ts'
import type { Upgrade } from './upgrade.ts'
import { bad, type Verdict } from './verdict.ts'
import type { WasmConnection } from './wasm-connection.ts'

export interface OracleOptions {
  readonly plan: MigrationPlan
  readonly upgrade: Upgrade
  readonly reference: Reference
  /** Whether the upgrade is run again on every image, not only where recovery left other bytes than before. */
  readonly rerunsAll: boolean
}

/** Judges what a failure left on a disk. */
export interface Oracle {
  /**
   * @param makeFiles makes the files of the disk; each time new ones, since SQLite changes them
   * @param files such files, where they were made already; taken over
   */
  judge(makeFiles: () => DiskFiles, files?: DiskFiles): Verdict
  /** How often the upgrade was run again. */
  readonly reruns: number
}

/**
 * Opens what a failure left, as the next start of the application does, and proves that SQLite finds it
 * sound, that schema, rows and version are those of exactly one version, and that the upgrade, run again,
 * reaches the latest version with every row.
 */
export function makeOracle(simulator: Simulator, options: OracleOptions): Oracle {
  const { rerunsAll } = options
  const rerunsByRecovered = new Map<string, Verdict>()
  let reruns = 0

  const judgeRerun = (makeFiles: () => DiskFiles, version: number) => {
    reruns++
    return rerun(simulator, options, makeFiles(), version)
  }

  return {
    judge: (makeFiles, files = makeFiles()) => {
      const opened = openAndJudge(simulator, options, files)
      if (opened.verdict.outcome === 'bad') return opened.verdict
      const { version } = opened.verdict
      if (rerunsAll) return judgeRerun(makeFiles, version)
      const known = rerunsByRecovered.get(opened.recovered)
      if (known !== undefined) return known
      const verdict = judgeRerun(makeFiles, version)
      rerunsByRecovered.set(opened.recovered, verdict)
      return verdict
    },
    get reruns() {
      return reruns
    },
  }
}

interface Opened {
  readonly verdict: Verdict
  /** A hash of what is on the disk after SQLite recovered it; empty for a bad one. */
  readonly recovered: string
}

function openAndJudge(simulator: Simulator, options: OracleOptions, files: DiskFiles): Opened {
  const disk = new SimulatedDisk(files)
  simulator.mount({ disk, failure: neverFail, random: seededRandom('judge') })
  const verdict = judgeDatabase(simulator, options)
  return { verdict, recovered: verdict.outcome === 'bad' ? '' : hashRecovered(disk.readFiles()) }
}

function rerun(simulator: Simulator, options: OracleOptions, files: DiskFiles, version: number): Verdict {
  const { plan, upgrade, reference } = options
  const { disk, errors } = runUpgrade(simulator, { plan, upgrade, files, milestones: new Map() })
  if (errors.length > 0) return bad('rerun-failed', describeError(errors[0]))
  const { verdict } = openAndJudge(simulator, options, disk.readFiles())
  if (verdict.outcome === 'bad') return bad('rerun-wrong', `${verdict.defect}: ${verdict.detail}`)
  if (verdict.version === reference.latestVersion) return { outcome: 'whole', version }
  return bad('rerun-wrong', `version ${verdict.version}, not ${reference.latestVersion}`)
}

function judgeDatabase(simulator: Simulator, options: OracleOptions): Verdict {
  try {
    const connection = simulator.connect(databaseName)
    try {
      return judgeContents(connection, options)
    } finally {
      connection.close()
    }
  } catch (error) {
    return bad('unreadable', describeError(error))
  }
}

function judgeContents(connection: WasmConnection, { plan, reference }: OracleOptions): Verdict {
  const problem = String(connection.all('PRAGMA integrity_check(1)')[0]?.integrity_check)
  if (problem !== 'ok') return bad('damaged', problem.replace(/\s+/g, ' '))
  const actual = readContents(connection, plan)
  for (const [version, expected] of reference.contents) {
    if (isSameContents(expected, actual)) return { outcome: 'whole', version }
  }
  return bad('half-done', describeMixture(reference, actual))
}

/** Says which parts are of which version. */
function describeMixture({ contents }: Reference, actual: Contents): string {
  const versionsOf = (part: keyof Contents) => {
    const versions = [...contents].filter(([, expected]) => expected[part] === actual[part])
    return versions.length === 0 ? 'none' : versions.map(([version]) => version).join(' or ')
  }
  return `schema of version ${versionsOf('schema')}, rows of ${versionsOf('rows')}, version number of ${versionsOf('versions')}, rows without parents of ${versionsOf('orphans')}`
}

/**
 * The recovered database by its bytes, other files by their names: what SQLite leaves beside a database that
 * it recovered is a journal whose first byte is zero, and of that it reads no more.
 */
function hashRecovered(files: DiskFiles): string {
  return hashFiles(
    new Map([...files].map(([name, bytes]) => [name, name === databaseName ? bytes : new Uint8Array(0)])),
  )
}

export function hashFiles(files: DiskFiles): string {
  const hash = createHash('sha256')
  for (const [name, bytes] of [...files].sort(([left], [right]) => (left < right ? -1 : 1))) {
    hash.update(`${name} ${bytes.length}\n`).update(bytes)
  }
  return hash.digest('hex').slice(0, 32)
}
