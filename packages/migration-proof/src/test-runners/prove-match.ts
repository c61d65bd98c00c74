import { join } from 'node:path'
import { compareSchemas } from '../checks/divergence.ts'
import { proveRowsKept } from '../checks/rows/prove-rows-kept.ts'
import { betterSqliteConnection, openImage } from '../engines/better-sqlite3.ts'
import { locateProblem } from '../history/location.ts'
import { latestVersionOf } from '../migrator/plan.ts'
import { readVersion } from '../migrator/versions.ts'
import type { Problem } from '../problem.ts'
import type { Suite } from '../proof/suite.ts'
import { readGoldenSchema } from '../snapshots/golden-review.ts'
import { withoutWal, writePrivately } from '../snapshots/open.ts'
import { makePrivateFolder, privateFiles } from '../snapshots/private-folder.ts'
import type { Connection } from '../sql/connection.ts'
import type { MatchRequest } from './matchers.ts'

/**
 * Proves what a matcher asks, on private copies.
 *
 * @throws {FixtureError} when the version has no golden schema
 * @throws {VersionTableError} when the versions of a database cannot be read
 */
export function proveMatch(suite: Suite, { database, version, before }: MatchRequest): readonly Problem[] {
  const problems = withImage(database, (connection) =>
    before === undefined
      ? compareWithGolden(suite, connection, version ?? latestVersionOf(suite.plan))
      : compareRows(suite, connection, before),
  )
  return problems.map((problem) => locateProblem(suite.plan, problem))
}

function withImage<Result>(bytes: Uint8Array, work: (connection: Connection) => Result): Result {
  const connection = betterSqliteConnection(openImage(withoutWal(bytes)))
  try {
    return work(connection)
  } finally {
    connection.close()
  }
}

function compareWithGolden(suite: Suite, upgraded: Connection, target: number): readonly Problem[] {
  const goldenAt = (version: number) => readGoldenSchema(suite.fixtures, `v${version}`)
  return compareSchemas('golden', { suite, target, upgraded, extras: [], goldenAt }, goldenAt)
}

function compareRows({ plan }: Suite, upgraded: Connection, before: Uint8Array): readonly Problem[] {
  const [from, to] = [withImage(before, (earlier) => readVersion(earlier, plan)), readVersion(upgraded, plan)]
  const folder = makePrivateFolder()
  try {
    const path = join(folder.path, privateFiles.snapshot)
    writePrivately(path, withoutWal(before))
    return proveRowsKept(upgraded, {
      original: { path },
      dataChanges: plan.migrations.slice(from, to).flatMap(({ dataChanges = [] }) => dataChanges),
      exclude: plan.versions.tables,
    }).problems
  } finally {
    folder.remove()
  }
}
