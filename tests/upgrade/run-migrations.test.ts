// Goal: `runMigrations` logs what it does in the words that operators know, and leaves alone what it must.

import { openSnapshot } from 'migration-proof'
import { describe, expect, it } from 'vitest'
import { latestVersion, migrations, runMigrations } from '../../src/migrations/index.ts'
import suite from '../../src/suite/index.ts'

/** To the letter of the specification, which ends at v6. */
const specifiedLines = [
  ['Running migration v1 (initial schema)...', 'Applied migration v1'],
  ['Running migration v2 (config table)...', 'Applied migration v2'],
  ['Running migration v3 (CID index)...', 'Applied migration v3'],
  ['Running migration v4 (jetstream_activity table)...', 'Applied migration v4'],
  ['Running migration v5 (jetstream_cursor table)...', 'Applied migration v5'],
  ['Running migration v6 (OAuth tables)...', 'Applied migration v6'],
]

const laterLines = migrations
  .slice(specifiedLines.length)
  .map(({ version, name }) => [`Running migration v${version} (${name})...`, `Applied migration v${version}`])
const stepLines = [...specifiedLines, ...laterLines]

function runLogged(database: Parameters<typeof runMigrations>[0]) {
  const info: string[] = []
  const error: string[] = []
  const log = { info: (line: string) => info.push(line), error: (line: string) => error.push(line) }
  return { result: runMigrations(database, { log }), info, error }
}

describe.for(suite.snapshots)('on $name', ({ name, version }) => {
  it('logs the version that it found and each step', () => {
    using snapshot = openSnapshot(suite.fixtures, name, { on: 'memory' })
    const { info, error } = runLogged(snapshot.database)
    expect(info).toEqual([`Current schema version: ${version}`, ...stepLines.slice(version).flat()])
    expect(error).toEqual([])
  })

  it('logs that the schema is up to date when it is called again', () => {
    using snapshot = openSnapshot(suite.fixtures, name, { on: 'memory' })
    runMigrations(snapshot.database)
    const { result, info } = runLogged(snapshot.database)
    expect(result.outcome).toBe('up-to-date')
    expect(info).toEqual([
      `Current schema version: ${latestVersion}`,
      `Schema is up to date (v${latestVersion})`,
    ])
  })

  it('changes nothing when a newer server has left its version', () => {
    using snapshot = openSnapshot(suite.fixtures, name, { on: 'memory' })
    runMigrations(snapshot.database)
    const newer = latestVersion + 1
    snapshot.database.exec(`INSERT INTO schema_version (version) VALUES (${newer})`)
    const before = snapshot.database.serialize()
    const { result, info, error } = runLogged(snapshot.database)
    expect(result).toMatchObject({ outcome: 'unknown-version', from: newer, to: newer, applied: [] })
    expect({ info, error }).toEqual({
      info: [`Current schema version: ${newer}`],
      error: [`Unknown schema version: ${newer}`],
    })
    expect(snapshot.database.serialize().equals(before)).toBe(true)
  })
})
