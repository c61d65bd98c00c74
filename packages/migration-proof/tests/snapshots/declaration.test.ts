/**
 * Goal: what a suite needs is listed in full and in one order: the snapshots of a suite that declares none, and
 * the golden schemas, each once.
 */
import { describe, expect, it } from 'vitest'
import { byVersion, defaultSnapshots, goldensOf } from '../../src/snapshots/declaration.ts'
import { makeSuite } from './library.ts'

const older = {
  form: 'versioned',
  origin: 'built from its golden schema and rows; the suite declares no releases',
  releases: [],
}

it('a suite that declares no snapshots has an empty one, and one for each version but the latest', () => {
  expect(defaultSnapshots(makeSuite().plan)).toEqual([
    {
      name: 'v0-empty',
      version: 0,
      form: 'empty',
      origin: 'a file of zero bytes, as a new install begins',
      releases: [],
    },
    { name: 'v1', version: 1, ...older },
    { name: 'v2', version: 2, ...older },
  ])
})

describe('the golden schemas', () => {
  const snapshot = (name: string, version: number, form = 'versioned') => ({ ...older, name, version, form })

  it('are those of the snapshots that are not empty and of the latest version, oldest first', () => {
    const snapshots = [
      snapshot('v2', 2),
      snapshot('v0-old', 0, 'old'),
      snapshot('v0-empty', 0, 'empty'),
      snapshot('v1', 1),
    ]
    expect(goldensOf(makeSuite({ snapshots }))).toEqual([
      { name: 'v0-old', version: 0, versioned: false },
      { name: 'v1', version: 1, versioned: true },
      { name: 'v2', version: 2, versioned: true },
      { name: 'v3', version: 3, versioned: true },
    ])
  })

  it('hold the latest version once, where a snapshot of it is declared too', () => {
    const snapshots = [snapshot('v3', 3), snapshot('v1', 1)]
    expect(goldensOf(makeSuite({ snapshots })).map(({ name }) => name)).toEqual(['v1', 'v3'])
  })
})

describe('the order of lists', () => {
  const cases: readonly (readonly [string, number, string, number, number])[] = [
    ['a', 2, 'b', 10, -1],
    ['b', 10, 'a', 2, 1],
    ['b', 1, 'a', 2, -1],
    ['a', 1, 'b', 1, -1],
    ['b', 1, 'a', 1, 1],
    ['a', 1, 'a', 1, 0],
  ]

  it.for(cases)('of %s (version %s) and %s (version %s)', ([name, version, other, otherVersion, sign]) => {
    expect(Math.sign(byVersion({ name, version }, { name: other, version: otherVersion }))).toBe(sign)
  })
})
