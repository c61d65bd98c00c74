// Goal: migrations that have ids are known by them, wherever they are listed: a new order of released ones is named.
import { describe, expect, it } from 'vitest'
import { compareMigrations } from '../../src/snapshots/compare-pins.ts'
import { sha256 } from '../../src/snapshots/hash.ts'
import type { MigrationEntry } from '../../src/snapshots/ledger.ts'

function entryOf(version: number, id: string, sql = id): MigrationEntry {
  const asked = { statements: 1, hash: sha256(sql) }
  const pins = { id, name: id, declarations: {}, asked, onRows: [], source: null, checksum: null }
  return { version, ...asked, pins }
}

/** What differs from a, b and c, where these stand in another order, or are others. */
function compare(entries: readonly MigrationEntry[]): string[] {
  const released = ['a', 'b', 'c'].map((id, index) => entryOf(index + 1, id))
  const present = entries.map((entry) => ({
    entry,
    file: null,
    isSqlAlone: true,
    consequence: null,
    firstStatement: null,
    failures: new Map<string, string>(),
  }))
  return compareMigrations(released, present).map(
    ({ code, label, expected }) => `${code} ${label}: ${expected}`,
  )
}

const listed = (...ids: readonly string[]) => ids.map((id, index) => entryOf(index + 1, id))

describe('released migrations', () => {
  it('that are as they were are not named, whatever is added after them', () => {
    expect(compare(listed('a', 'b', 'c', 'd'))).toEqual([])
  })

  it.for([[['b', 'a', 'c']], [['c', 'b', 'a']], [['b', 'c', 'a']], [['c', 'a', 'b']]] as const)(
    'in the order %s are named',
    ([order]) => {
      expect(compare(listed(...order))[0]).toMatch(/^migrations-swapped /)
    },
  )

  it('after a new one are not named themselves', () => {
    expect(compare(listed('a', 'new', 'b', 'c')).map((line) => line.split(':')[0])).toEqual([
      'migration-inserted new',
    ])
  })

  it('of which one is gone: that one alone is named', () => {
    expect(compare(listed('a', 'c')).map((line) => line.split(':')[0])).toEqual(['version-removed b'])
  })
})
