// Goal: a disk that fails, once or for good, or is full, costs no row and leaves no half version, and the
// error says what happened. Here at every 53rd call of some paths; `npm run crash` takes every call of all.

import { journalModes, loadSimulator, type Simulator, sweepIoFaults } from 'migration-proof/faults'
import { beforeAll, describe, expect, it } from 'vitest'
import { optionsOf, paths } from './support/paths.ts'

let simulator: Simulator

beforeAll(async () => {
  simulator = await loadSimulator()
})

const starts = paths.flatMap((path) => journalModes.map((journalMode) => ({ path, journalMode })))

describe.for(starts)('a failing disk from $path in journal mode $journalMode', ({ path, journalMode }) => {
  it('leaves one whole version and a clear error', () => {
    const options = { ...optionsOf(path, journalMode), every: 53, powerLossEvery: 2 }
    const { runs, refused, bad } = sweepIoFaults(simulator, options)
    expect(bad).toEqual([])
    expect(runs).toBeGreaterThanOrEqual(10)
    expect(refused).toBeGreaterThan(5)
  })
})
