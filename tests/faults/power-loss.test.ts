// Goal: whenever the power fails during an upgrade, what is left is one whole version with every row, and the
// upgrade goes on from it. Here after every 17th operation of some paths; `npm run crash` takes them all.

import {
  journalModes,
  loadSimulator,
  type Simulator,
  sweepNestedPowerLoss,
  sweepPowerLoss,
} from 'migration-proof/faults'
import { beforeAll, describe, expect, it } from 'vitest'
import { latestVersion } from '../../src/migrations/index.ts'
import { optionsOf, paths } from './support/paths.ts'

let simulator: Simulator

beforeAll(async () => {
  simulator = await loadSimulator()
})

const starts = paths.flatMap((path) => journalModes.map((journalMode) => ({ path, journalMode })))

describe.for(starts)('power loss from $path in journal mode $journalMode', ({ path, journalMode }) => {
  it('leaves one whole version, and never less than was there for good', () => {
    const { images, bad, versions } = sweepPowerLoss(simulator, {
      ...optionsOf(path, journalMode),
      every: 17,
    })
    expect(bad).toEqual([])
    expect(images.length).toBeGreaterThan(20)
    expect(Math.max(...versions.keys())).toBe(latestVersion)
  })
})

describe.for(journalModes)(
  'a second power loss, while the first is recovered from, in journal mode %s',
  (journalMode) => {
    it('leaves no less than the first one did', () => {
      const options = { ...optionsOf('v4', journalMode), firstLosses: 3, secondPoints: 12 }
      const { images, bad, points } = sweepNestedPowerLoss(simulator, options)
      expect(bad).toEqual([])
      expect(points).toBeGreaterThan(20)
      expect(images.length).toBeGreaterThan(50)
    })
  },
)

describe('the same seed', () => {
  it('gives the same images, and another seed gives others', () => {
    const sweep = (seed: number) =>
      sweepPowerLoss(simulator, { ...optionsOf('v5', 'wal'), every: 20, seed }).images
    const images = sweep(1)
    expect(sweep(1)).toEqual(images)
    expect(sweep(2)).not.toEqual(images)
  })
})
