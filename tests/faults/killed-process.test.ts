// Goal: a process that is killed at any statement of the upgrade, or around any commit, leaves the last whole
// version, and the next start goes on from it. Around every commit always; at every statement in CI, and at
// every eighth one elsewhere.
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

const isAtCommit = (place: Place, before: Place | undefined) =>
  place.sql === 'COMMIT' || before?.sql === 'COMMIT'

/** Each place is a process of its own to start, and between commits they differ little. */
const every = process.env.CI ? 1 : 8

const isChosen = (place: Place, before: Place | undefined) =>
  place.number % every === 0 || isAtCommit(place, before)

const upgrades = [
  { path: 'v4', start: 4, choose: isChosen },
  { path: 'fresh', start: 0, choose: isAtCommit },
]

describe.concurrent.for(upgrades)('a process that upgrades $path', ({ path, start, choose }) => {
  const all = listPlaces(path, start)
  const places = all.filter((place, index) => choose(place, all[index - 1]))

  it('dies on both sides of each commit', () => {
    expect(all.filter(({ sql }) => sql === 'COMMIT')).toHaveLength(plan.migrations.length - start)
    expect(places.filter((place) => isAtCommit(place, all[place.number - 1]))).toHaveLength(
      2 * (plan.migrations.length - start),
    )
  })

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
