// Goal: processes that use the file at the same time. Starters wait for each other and apply each version
// once; a reader keeps what it sees; a writer that does not let go is an error that changes nothing.
import { readFileSync } from 'node:fs'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { latestVersion, openDatabase, runMigrations } from '../../src/migrations/index.ts'
import { expectUpgradeGoesOn, expectWholeVersion, placeFile } from './support/native.ts'
import { startUpgraders, type Upgraders } from './support/upgrade-process.ts'

describe('processes that start at once', () => {
  let upgraders: Upgraders

  beforeAll(async () => {
    upgraders = await startUpgraders(8, { 'busy-timeout': 20_000 })
  })

  afterAll(async () => {
    expect(await upgraders.end()).toEqual(Array.from({ length: 8 }, () => ({ exitCode: 0, signal: null })))
  })

  describe.for([2, 8])('%i of them', (count) => {
    it.for([
      { path: 'fresh', start: 0 },
      { path: 'v0-unversioned', start: 0 },
      { path: 'v2', start: 2 },
    ])('apply each version once to $path', async ({ path, start }) => {
      using native = placeFile(path)
      const said = await upgraders.upgradeAtOnce(native.file, count)
      const done = { outcome: expect.stringMatching(/^(migrated|up-to-date)$/), applied: expect.any(Array) }
      expect(said).toEqual(said.map(() => done))
      expect(said).toHaveLength(count)
      const applied = said.flatMap((one) => one.applied ?? []).sort((left, right) => left - right)
      expect(applied).toEqual(Array.from({ length: latestVersion - start }, (_, index) => start + index + 1))
      expect(expectWholeVersion(native, path)).toBe(latestVersion)
    })
  })
})

describe('a reader that holds a snapshot open', () => {
  it('sees the old version until it ends, and does not hold up the upgrade', () => {
    using native = placeFile('v2')
    inWalMode(native.file)
    const reader = new Database(native.file)
    reader.exec('BEGIN; SELECT count(*) FROM record')
    upgrade(native.file)
    expect(versionSeenBy(reader)).toBe(2)
    reader.exec('COMMIT')
    expect(versionSeenBy(reader)).toBe(latestVersion)
    reader.close()
    expect(expectWholeVersion(native, 'v2')).toBe(latestVersion)
  })

  it('of a file that is not in WAL mode yet is an error that changes nothing', () => {
    using native = placeFile('v2')
    const reader = new Database(native.file)
    reader.pragma('journal_mode = DELETE')
    const before = readFileSync(native.file)
    reader.exec('BEGIN; SELECT count(*) FROM record')
    expectClearRefusal(native.file)
    reader.exec('COMMIT')
    reader.close()
    expect(readFileSync(native.file).equals(before)).toBe(true)
    expectUpgradeGoesOn(native, 'v2')
  })
})

describe('a writer that holds the lock longer than the busy timeout', () => {
  it.for(['DELETE', 'WAL'])(
    'in journal mode %s is an error that says so and changes nothing',
    (journalMode) => {
      using native = placeFile('v2')
      const writer = new Database(native.file)
      writer.pragma(`journal_mode = ${journalMode}`)
      const before = readFileSync(native.file)
      writer.exec('BEGIN IMMEDIATE')
      expectClearRefusal(native.file)
      writer.exec('ROLLBACK')
      writer.close()
      expect(readFileSync(native.file).equals(before)).toBe(true)
      expectUpgradeGoesOn(native, 'v2')
    },
  )
})

function upgrade(file: string) {
  const database = openDatabase(file, { busyTimeoutMilliseconds: 100 })
  try {
    runMigrations(database)
  } finally {
    database.close()
  }
}

/** The upgrade must say that another process holds the file, and what to do about it. */
function expectClearRefusal(file: string) {
  const fix = expect.stringMatching(/stop the process that holds|close other connections/)
  const refusal = expect.objectContaining({ diagnosis: expect.objectContaining({ fix }) })
  expect(() => upgrade(file)).toThrow(refusal)
}

function inWalMode(file: string) {
  const database = new Database(file)
  database.pragma('journal_mode = WAL')
  database.close()
}

function versionSeenBy(database: Database.Database): unknown {
  return database.prepare('SELECT max(version) FROM schema_version').pluck().get()
}
