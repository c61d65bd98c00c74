import { proveOnEngine } from 'migration-proof/compatibility'
import { expect, it } from 'vitest'
import suite from '../../../src/suite/index.ts'
import type { TestedEngine } from './engines.ts'

const names = suite.snapshots.map(({ name }) => name)

/** In CI all; elsewhere those that differ most: the empty file, the first release, and the newest. */
const travelling = process.env.CI ? names : [...names.slice(0, 2), ...names.slice(-1)]

/** Files that travel between an engine and better-sqlite3, in both directions. */
export function describeEngine(engine: TestedEngine): void {
  it('does with every file what better-sqlite3 does, but for what is declared', () => {
    const { problems, snapshots } = proveOnEngine(suite, engine, { snapshots: travelling })
    expect(problems.filter(({ status }) => status === 'new')).toEqual([])
    expect(snapshots.map(({ snapshot }) => snapshot)).toEqual(travelling)
    expect(new Set(snapshots.flatMap(({ compared }) => compared))).toEqual(
      new Set(['upgrade', 'read back', 'received', 'behaviour']),
    )
  })
}
