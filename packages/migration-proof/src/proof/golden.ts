import { betterSqliteConnection, openMemory } from '../engines/better-sqlite3.ts'
import { howToRun } from '../how-to-run.ts'
import type { Schema } from '../schema/model.ts'
import { readSchema } from '../schema/read.ts'
import { FixtureError } from '../snapshots/errors.ts'
import { goldenPath, readText } from '../snapshots/paths.ts'

/**
 * The golden schema of a snapshot or version, as SQLite reads it.
 *
 * @param name the name of its file, without the extension
 * @throws {FixtureError} when there is no such file
 */
export function readGoldenSchema(fixtures: string, name: string): Schema {
  const path = goldenPath(fixtures, name)
  const ddl = readText(path)
  if (ddl === null) {
    throw new FixtureError(`schemas/${name}`, {
      expected: `the file ${path}`,
      actual: 'none',
      remedy: `draft it with \`${howToRun('freeze')}\` and review it`,
    })
  }
  const connection = betterSqliteConnection(openMemory())
  try {
    connection.exec(ddl)
    return readSchema(connection)
  } finally {
    connection.close()
  }
}
