// Goal: the sweeps find mistakes. Each migrator with an injected one is caught, by the defect that it must
// leave, and the same migrator without a mistake is not. The counts are those of the table in the docs.
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { journalModes, loadSimulator, type Simulator, sweepPowerLoss } from '../../src/faults/index.ts'
import { libraryFiles, libraryPlan } from '../support/library.ts'
import { breakLibrary } from './break-library.ts'
import { faultyMigrators, soundMigrator } from './faulty-migrators.ts'

const docs = readFileSync(new URL('../../docs/power-loss.md', import.meta.url), 'utf8')
const documented = docs.match(/^\| .+ \| (wal|delete) \| .+$/gm) ?? []
let simulator: Simulator

beforeAll(async () => {
  simulator = await loadSimulator()
})

describe.for(journalModes)('a migrator without a mistake in journal mode %s', (journalMode) => {
  it.for(['power loss', 'second power loss', 'disk faults'] as const)('survives %s', (sweep) => {
    const { tried, bad } = breakLibrary(simulator, { sweep, upgrade: soundMigrator(journalMode) })
    expect(tried).toBeGreaterThan(50)
    expect(bad).toEqual([])
  })
})

describe('the table of mistakes in the docs', () => {
  it('has a row for each', () => {
    expect(documented).toHaveLength(faultyMigrators.length)
  })
})

describe.for(faultyMigrators)('the mistake "$mistake" in journal mode $journalMode', (faulty) => {
  it('is caught, as often as the docs say', () => {
    const { tried, bad } = breakLibrary(simulator, faulty)
    const { mistake, journalMode, sweep, defect } = faulty
    expect(bad.map((found) => found.defect)).toContain(defect)
    const expected = `| ${mistake} | ${journalMode} | ${sweep} | ${bad.length} of ${tried} | ${defect} |`
    expect(documented.filter((row) => row.startsWith(`| ${mistake} | ${journalMode} |`))).toEqual([expected])
  })
})

describe.for(faultyMigrators.filter(({ sweep }) => sweep === 'second power loss'))(
  'the mistake "$mistake" in journal mode $journalMode',
  ({ upgrade }) => {
    it('is not seen where the power fails once', () => {
      expect(breakLibrary(simulator, { sweep: 'power loss', upgrade }).bad).toEqual([])
    })
  },
)

/** Mistakes that leave whole versions too old, half versions, damage, and whole versions that cannot go on. */
const varied = ['version row after the migration', 'synchronous OFF', 'no rerun: a mark that says dirty']

describe.for(faultyMigrators.filter(({ mistake }) => varied.includes(mistake)))(
  'the mistake "$mistake" in journal mode $journalMode',
  ({ upgrade }) => {
    it('leaves the same bad images where each is read whole, also those that recover to the same bytes', () => {
      const options = { plan: libraryPlan, files: libraryFiles(), upgrade: upgrade(libraryPlan), every: 9 }
      const together = sweepPowerLoss(simulator, options)
      const oneByOne = sweepPowerLoss(simulator, { ...options, judgesAll: true })
      expect(oneByOne.bad).toEqual(together.bad)
      expect(oneByOne.images).toEqual(together.images)
      expect(oneByOne.reruns).toBeGreaterThan(together.reruns)
    })
  },
)
