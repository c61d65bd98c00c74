import { proveRowsKept } from '../checks/rows/prove-rows-kept.ts'
import { DiagnosedError } from '../errors.ts'
import { expectedSchema } from '../migrator/expected-schema.ts'
import { migrate } from '../migrator/migrate.ts'
import { latestVersionOf, type MigrationPlan } from '../migrator/plan.ts'
import { startOfFile } from '../migrator/tool-change.ts'
import { readVersion } from '../migrator/versions.ts'
import { describeSubject } from '../problem.ts'
import { type ContentHashes, hashContent } from './content-hashes.ts'
import { type DiskFiles, SimulatedDisk } from './disk.ts'
import { neverFail } from './io-call.ts'
import { seededRandom, withFixedClock } from './random.ts'
import { databaseName } from './run.ts'
import type { Simulator } from './simulator.ts'
import type { WasmConnection } from './wasm-connection.ts'

/** What the database holds at each version of the upgrade when nothing fails. */
export interface Reference {
  readonly startVersion: number
  readonly latestVersion: number
  readonly contents: ReadonlyMap<number, ContentHashes>
}

const originalName = 'original.db'

/**
 * Migrates a copy version by version without a fault, and proves that every old row is kept.
 *
 * @param files the disk before the upgrade
 * @throws {DiagnosedError} when the file is damaged, or the upgrade loses an old row
 */
export function buildReference(simulator: Simulator, plan: MigrationPlan, files: DiskFiles): Reference {
  const disk = new SimulatedDisk(files)
  simulator.mount({ disk, failure: neverFail, random: seededRandom('reference') })
  const connection = simulator.connect(databaseName)
  try {
    refuseDamaged(connection)
    const startVersion = readVersion(connection, plan)
    const latestVersion = latestVersionOf(plan)
    const contents = new Map([[startVersion, hashContent(connection, plan)]])
    foreseeVersions(connection, plan, latestVersion)
    const start = startOfFile(connection, plan, startVersion, latestVersion)
    for (let version = start + 1; version <= latestVersion; version++) {
      withFixedClock(() => migrate(connection, plan, { target: version }))
      contents.set(version, hashContent(connection, plan))
    }
    refuseLostRows(connection, plan, startVersion, disk, files)
    return { startVersion, latestVersion, contents }
  } finally {
    connection.close()
  }
}

/** Builds what all versions look like in one go. Each step of its own would build all before it again. */
function foreseeVersions(connection: WasmConnection, plan: MigrationPlan, latestVersion: number) {
  try {
    expectedSchema(connection, plan, latestVersion)
  } catch (error) {
    // A migration that fails in an empty database is reported when its turn comes.
    if (!(error instanceof DiagnosedError)) throw error
  }
}

function refuseDamaged(connection: WasmConnection) {
  const actual = String(connection.all('PRAGMA integrity_check')[0]?.integrity_check)
  if (actual === 'ok') return
  const fix = 'repair it first, or start from another file'
  throw new DiagnosedError({
    where: 'The file that the sweep starts from',
    expected: 'a database that passes integrity_check',
    actual,
    fix,
  })
}

function refuseLostRows(
  connection: WasmConnection,
  plan: MigrationPlan,
  startVersion: number,
  disk: SimulatedDisk,
  files: DiskFiles,
) {
  const original = files.get(databaseName)
  if (original === undefined || original.length === 0) return
  disk.write(disk.create(originalName), 0, original)
  const { problems } = proveRowsKept(connection, {
    original: { path: originalName },
    dataChanges: plan.migrations.slice(startVersion).flatMap(({ dataChanges = [] }) => dataChanges),
    exclude: plan.versions.tables,
  })
  const [first] = problems
  if (first === undefined) return
  const { subject, expected, actual } = first
  const fix = 'fix the migration, or declare its data change'
  throw new DiagnosedError({
    where: `The upgrade without a failure, ${describeSubject(subject)}`,
    expected,
    actual,
    fix,
  })
}
