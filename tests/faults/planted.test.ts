// Goal: the sweeps find mistakes. Each migrator with a planted one is caught, by the defect that it must
// leave, and the same migrator without a mistake is not. The counts are those of the table in the docs.
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { journalModes, loadSimulator, type Simulator } from '../../src/harness/faults/index.ts'
import { breakLibrary } from './support/break-library.ts'
import { plantedMigrators, soundMigrator } from './support/planted.ts'

const docs = readFileSync(new URL('../../docs/power-loss.md', import.meta.url), 'utf8')
let simulator: Simulator

beforeAll(async () => {
  simulator = await loadSimulator()
})

describe.for(journalModes)('a migrator without a mistake in journal mode %s', (journalMode) => {
  it.for(['power loss', 'disk faults'] as const)('survives %s', (layer) => {
    const { tried, bad } = breakLibrary(simulator, { layer, upgrade: soundMigrator(journalMode) })
    expect(tried).toBeGreaterThan(50)
    expect(bad).toEqual([])
  })
})

describe.for(plantedMigrators)('the mistake "$mistake" in journal mode $journalMode', (planted) => {
  it('is caught, as often as the docs say', () => {
    const { tried, bad } = breakLibrary(simulator, planted)
    const { mistake, journalMode, layer, defect } = planted
    expect(bad.map((found) => found.defect)).toContain(defect)
    expect(docs).toContain(
      `| ${mistake} | ${journalMode} | ${layer} | ${bad.length} of ${tried} | ${defect} |`,
    )
  })
})
