// Goal: a process that is killed at any statement of the upgrade, or around any commit, leaves the last whole
// version, and the next start goes on from it. Around every commit of a new install always; at every statement from
// v4 in CI, and at every eighth one elsewhere.
import { describe, expect, it } from 'vitest'
import { betterSqliteConnection, migrate } from '../../src/harness/index.ts'
import { openDatabase, plan } from '../../src/migrations/index.ts'
import { expectUpgradeGoesOn, expectWholeVersion, placeFile } from './support/native.ts'
import { upgradeInProcess } from './support/upgrade-process.ts'

/** A statement of the upgrade, and the version that must be there when the process dies right before it. */
interface Place {
  readonly number: number
  readonly sql: string
  readonly version: number
}

/** Every statement of an upgrade in order, and the end of it. */
function listPlaces(path: string, startVersion: number): Place[] {
  using native = placeFile(path)
  const database = openDatabase(native.file)
  const places: Place[] = []
  let version = startVersion
  migrate(betterSqliteConnection(database), plan, {
    beforeStatement: ({ sql }) => {
      places.push({ number: places.length, sql, version })
      if (sql === 'COMMIT') version++
    },
  })
  database.close()
  return [...places, { number: places.length, sql: 'the end', version }]
}

const isAtCommit = ({ sql, number }: Place, _: unknown, all: readonly Place[]) =>
  sql === 'COMMIT' || all[number - 1]?.sql === 'COMMIT'

/** Each place is a process of its own to start, and between commits they differ little. */
const every = process.env.CI ? 1 : 8

const upgrades = [
  { path: 'v4', places: listPlaces('v4', 4).filter(({ number }) => number % every === 0) },
  { path: 'fresh', places: listPlaces('fresh', 0).filter(isAtCommit) },
]

describe('the places around commits', () => {
  it('are two for each version', () => {
    expect(upgrades[1]?.places).toHaveLength(2 * plan.migrations.length)
  })
})

describe.concurrent.for(upgrades)('a process that upgrades $path', ({ path, places }) => {
  it.for(places)(
    'and is killed before statement $number leaves version $version',
    async ({ number, version }) => {
      using native = placeFile(path)
      const { signal, exitCode } = await upgradeInProcess(native.file, { 'kill-before': number })
      expect({ signal, exitCode }).toEqual({ signal: 'SIGKILL', exitCode: null })
      expect(expectWholeVersion(native, path)).toBe(version)
      expectUpgradeGoesOn(native, path)
    },
  )
})
