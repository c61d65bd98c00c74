import { createHash, type Hash } from 'node:crypto'
import { errorCode } from '../migrator/errors.ts'
import type { MigrationPlan } from '../migrator/plan.ts'
import { type ContentHashes, hashContent, haveSameContent } from './content-hashes.ts'
import { BufferPool, type DiskFiles, SimulatedDisk } from './disk.ts'
import { neverFail } from './io-call.ts'
import { seededRandom } from './random.ts'
import type { Reference } from './reference.ts'
import { databaseName, simulateUpgrade } from './run.ts'
import type { Simulator } from './simulator.ts'
import type { UpgradeFunction } from './upgrade.ts'
import type { WasmConnection } from './wasm-connection.ts'

/** What is wrong with the database that a failure left. */
export type Defect =
  | 'unreadable'
  | 'damaged'
  | 'half-done'
  | 'acknowledged-lost'
  | 'rerun-failed'
  | 'rerun-wrong'
  | 'false-success'
  | 'unclear-error'

export const defects: readonly Defect[] = [
  'unreadable',
  'damaged',
  'half-done',
  'acknowledged-lost',
  'rerun-failed',
  'rerun-wrong',
  'false-success',
  'unclear-error',
]

/** Why a database is bad. The text names tables, codes and versions, never a value of a row. */
export interface FoundDefect {
  readonly defect: Defect
  readonly detail: string
}

/** Either the database is exactly one whole version and the upgrade can be run again, or what is wrong. */
export type DiskVerdict = { readonly outcome: 'whole'; readonly version: number } | BadDiskVerdict

export interface BadDiskVerdict extends FoundDefect {
  readonly outcome: 'bad'
}

export function bad(defect: Defect, detail: string): BadDiskVerdict {
  return { outcome: 'bad', defect, detail }
}

/** A version that was reported as committed must not be lost. */
export function requireVersion(verdict: DiskVerdict, acknowledgedVersion: number): DiskVerdict {
  if (verdict.outcome === 'bad' || verdict.version >= acknowledgedVersion) return verdict
  return bad(
    'acknowledged-lost',
    `version ${verdict.version} after version ${acknowledgedVersion} was committed`,
  )
}

export interface OracleOptions {
  readonly plan: MigrationPlan
  readonly upgrade: UpgradeFunction
  readonly reference: Reference
  /**
   * Whether every image is read whole and the upgrade run again on it, even if SQLite recovers it to the same bytes as
   * an earlier image.
   */
  readonly judgesAll: boolean
}

/** Judges what a failure left on a disk. */
export interface Oracle {
  judge(files: DiskFiles): DiskVerdict
  /** How often a database was read whole, and the upgrade run again on it. */
  readonly reruns: number
}

/**
 * Opens what a failure left, as the next start of the application does, and checks that SQLite's integrity check passes,
 * that schema, rows and version number are those of exactly one version, and that the upgrade, run again, reaches the
 * latest version with every row. Images that SQLite recovers to the same bytes share one verdict.
 */
export function makeOracle(simulator: Simulator, options: OracleOptions): Oracle {
  const verdicts = new Map<string, DiskVerdict>()
  let reruns = 0

  const judgeWhole = (files: DiskFiles): DiskVerdict => {
    const verdict = openAndJudge(simulator, options, files)
    if (verdict.outcome === 'bad') return verdict
    reruns++
    return rerun(simulator, options, files, verdict.version)
  }

  const judgeOnce = (files: DiskFiles): DiskVerdict => {
    const recovered = recover(simulator, files)
    if (recovered.outcome === 'bad') return recovered
    const verdict = verdicts.get(recovered.hash) ?? judgeWhole(files)
    verdicts.set(recovered.hash, verdict)
    return verdict
  }

  return {
    judge: options.judgesAll ? judgeWhole : judgeOnce,
    get reruns() {
      return reruns
    },
  }
}

/** A hash of what is on the disk after SQLite opened the database, recovered it and closed it. */
function recover(simulator: Simulator, files: DiskFiles) {
  const disk = makeDisk(files)
  const verdict = open(simulator, disk, (connection) => {
    // The first read makes SQLite recover; closing then copies the write-ahead log into the database.
    connection.all('PRAGMA schema_version')
    return { outcome: 'recovered' } as const
  })
  return verdict.outcome === 'bad' ? verdict : { ...verdict, hash: hashRecovered(disk.readFiles()) }
}

function openAndJudge(simulator: Simulator, options: OracleOptions, files: DiskFiles): DiskVerdict {
  return open(simulator, makeDisk(files), (connection) => judgeContents(connection, options))
}

const pool = new BufferPool()

/** A disk that is valid until the next one is made. */
function makeDisk(files: DiskFiles): SimulatedDisk {
  pool.reset()
  return new SimulatedDisk(files, null, pool)
}

/** Opens the database of a disk; one that cannot be opened or read is bad. */
function open<Result>(
  simulator: Simulator,
  disk: SimulatedDisk,
  read: (connection: WasmConnection) => Result,
): Result | BadDiskVerdict {
  simulator.mount({ disk, failure: neverFail, random: seededRandom('judge') })
  try {
    const connection = simulator.connect(databaseName)
    try {
      return read(connection)
    } finally {
      connection.close()
    }
  } catch (error) {
    return bad('unreadable', describeError(error))
  }
}

function rerun(simulator: Simulator, options: OracleOptions, files: DiskFiles, version: number): DiskVerdict {
  const { plan, upgrade, reference } = options
  const { disk, errors } = simulateUpgrade(simulator, { plan, upgrade, files, milestones: new Map() })
  if (errors.length > 0) return bad('rerun-failed', describeError(errors[0]))
  const verdict = openAndJudge(simulator, options, disk.readFiles())
  if (verdict.outcome === 'bad') return bad('rerun-wrong', `${verdict.defect}: ${verdict.detail}`)
  if (verdict.version === reference.latestVersion) return { outcome: 'whole', version }
  return bad('rerun-wrong', `version ${verdict.version}, not ${reference.latestVersion}`)
}

function judgeContents(connection: WasmConnection, { plan, reference }: OracleOptions): DiskVerdict {
  const problem = String(connection.all('PRAGMA integrity_check(1)')[0]?.integrity_check)
  if (problem !== 'ok') return bad('damaged', problem.replace(/\s+/g, ' '))
  const actual = hashContent(connection, plan)
  for (const [version, expected] of reference.contents) {
    if (haveSameContent(expected, actual)) return { outcome: 'whole', version }
  }
  return bad('half-done', describeMixture(reference, actual))
}

/** Describes which of schema, rows and version number belong to which version. */
function describeMixture({ contents }: Reference, actual: ContentHashes): string {
  const versionsOf = (field: keyof ContentHashes) => {
    const versions = [...contents].filter(([, expected]) => expected[field] === actual[field])
    return versions.length === 0 ? 'none' : versions.map(([version]) => version).join(' or ')
  }
  return `schema of version ${versionsOf('schema')}, rows of ${versionsOf('rows')}, version number of ${versionsOf('versions')}, rows without parents of ${versionsOf('orphans')}`
}

/**
 * Of a journal that begins with a zero byte only the name counts: SQLite reads no more of it, and leaves it beside the
 * recovered database. See https://www.sqlite.org/fileformat2.html#the_rollback_journal
 */
function hashRecovered(files: DiskFiles): string {
  const isFinished = (name: string, bytes: Uint8Array) => name !== databaseName && bytes[0] === 0
  return hashFiles(
    new Map([...files].map(([name, bytes]) => [name, isFinished(name, bytes) ? new Uint8Array(0) : bytes])),
  )
}

export function hashFiles(files: DiskFiles): string {
  const database = files.get(databaseName)
  const hash = database === undefined ? createHash('sha256') : hashDatabase(database)
  for (const [name, bytes] of [...files].sort(([left], [right]) => (left < right ? -1 : 1))) {
    if (name !== databaseName) addFile(hash, name, bytes)
  }
  return hash.digest('hex').slice(0, 32)
}

/** The hashes of databases that were seen before; null after the first time. */
const seenHashes = new WeakMap<Uint8Array, Hash | null>()

/** A hash that begins with the database. Many images share its bytes, which are then hashed once. */
function hashDatabase(bytes: Uint8Array): Hash {
  const known = seenHashes.get(bytes)
  if (known) return known.copy()
  const hash = addFile(createHash('sha256'), databaseName, bytes)
  seenHashes.set(bytes, known === null ? hash.copy() : null)
  return hash
}

function addFile(hash: Hash, name: string, bytes: Uint8Array): Hash {
  return hash.update(`${name} ${bytes.length}\n`).update(bytes)
}

/**
 * The name of an error, and the code of the first of its causes that has one. The message is left out: it may quote a
 * statement with values in it.
 */
export function describeError(error: unknown): string {
  const name = error instanceof Error ? error.name : 'a thrown value that is not an error'
  const code = codeInCauses(error)
  return code === null ? name : `${name}, ${code}`
}

/** The code of an error, or of the first of its causes that has one. */
export function codeInCauses(error: unknown): string | null {
  const code = errorCode(error)
  if (code !== null) return code
  return error instanceof Error && error.cause !== undefined ? codeInCauses(error.cause) : null
}
