import { randomInt } from 'node:crypto'
import { dirname } from 'node:path'
import type { TableModel } from '../../behaviour/table-model.ts'
import { findPackageFolder } from '../../gate/package.ts'
import { howToRun } from '../../how-to-run.ts'
import type { Suite } from '../../proof/suite.ts'
import type { FuzzResults } from '../../report/model.ts'
import { progressOn } from '../output/progress.ts'
import type { Parts } from '../results/collect.ts'
import { listParts } from '../results/parts.ts'

/** Every part that a report can run by itself; only the gate knows with what a change is compared. */
export function reportParts(suite: Suite, configFile: string): Required<Omit<Parts, 'gate'>> {
  const folder = suite.sources ?? dirname(configFile)
  const root = findPackageFolder(dirname(configFile)) ?? dirname(configFile)
  return { ...listParts(suite, configFile, { folder, root }), fuzz: () => fuzzSuite(suite) }
}

/** How many random sets of rows each table gets: some seconds for all of them. */
const runsOfTable = 100

/** Random rows for every table; null without models of the tables. */
async function fuzzSuite(suite: Suite): Promise<FuzzResults | null> {
  if (suite.models === null) return null
  const { fuzzTables } = await import('../../report/read/fuzz.ts')
  const models = (await suite.models()) as readonly TableModel[]
  const progress = progressOn(process.stderr)
  try {
    return fuzzTables(suite, {
      models,
      seed: Number(process.env.FC_SEED ?? randomInt(2 ** 31)),
      runs: runsOfTable,
      repeat: (_, seed) => `FC_SEED=${seed} ${howToRun('report', '--parts', 'fuzz')}`,
      onTable: (table) => progress.show(`random rows for ${table}`),
    })
  } finally {
    progress.clear()
  }
}
