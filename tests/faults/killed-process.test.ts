// Goal: a process that is killed at any statement of the upgrade, or around any commit, leaves the last whole
// version, and the next start goes on from it. In CI around every commit of a new install, and at every statement from
// v4; elsewhere around the first and the last commit, and at every eighth statement.

import { betterSqliteConnection, migrate } from 'migration-proof'
import { describe, expect, it } from 'vitest'
import { openDatabase, plan } from '../../src/migrations/index.ts'
import { expectUpgradeGoesOn, expectWholeVersion, placeFile } from './support/native.ts'
import { upgradeInProcess } from './support/upgrade-process.ts'

/** A statement of the upgrade, and the version that must be there when the process dies right before it. */
interface KillPoint {
  readonly number: number
  readonly sql: string
  readonly version: number
}

/** Every statement of an upgrade in order, and the end of it. */
function listKillPoints(path: string, startVersion: number): KillPoint[] {
  using native = placeFile(path)
  const database = openDatabase(native.file)
  const points: KillPoint[] = []
  let version = startVersion
  migrate(betterSqliteConnection(database), plan, {
    beforeStatement: ({ sql }) => {
      points.push({ number: points.length, sql, version })
      if (sql === 'COMMIT') version++
    },
  })
  database.close()
  return [...points, { number: points.length, sql: 'the end', version }]
}

/** The points right before and right after each commit. */
function listPairs(points: readonly KillPoint[]): KillPoint[][] {
  return points.flatMap(({ sql, number }) => (sql === 'COMMIT' ? [points.slice(number, number + 2)] : []))
}

const pairs = listPairs(listKillPoints('fresh', 0))

/** Each point is a process of its own to start, and between commits they differ little. */
const [every, chosenPairs] = process.env.CI ? [1, pairs] : [8, [...pairs.slice(0, 1), ...pairs.slice(-1)]]

const upgrades = [
  { path: 'v4', points: listKillPoints('v4', 4).filter(({ number }) => number % every === 0) },
  { path: 'fresh', points: chosenPairs.flat() },
]

describe('the points around commits', () => {
  it('are two for each version', () => {
    expect(pairs).toHaveLength(plan.migrations.length)
    expect(pairs.every((pair) => pair.length === 2)).toBe(true)
  })
})

describe.concurrent.for(upgrades)('a process that upgrades $path', ({ path, points }) => {
  it.for(points)(
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
