import { randomInt } from 'node:crypto'
import { dirname, join, resolve } from 'node:path'
import type { Suite } from '../../harness/proof/suite.ts'
import type { FuzzResults } from '../../harness/report/model.ts'
import { progressOn } from '../output/progress.ts'
import { projectFolder } from '../report-files.ts'
import type { Parts } from '../results/collect.ts'
import { listParts } from '../results/parts.ts'

/** Every part that a report can run by itself; only the gate knows with what a change is compared. */
export function reportParts(suite: Suite, suiteFile: string | undefined): Required<Omit<Parts, 'gate'>> {
  // Migrations are looked for in this project, or beside the module of a suite.
  const sources =
    suiteFile === undefined
      ? { folder: join(projectFolder, 'src'), root: projectFolder }
      : { folder: dirname(resolve(suiteFile)), root: process.cwd() }
  return { ...listParts(suite, suiteFile, sources), fuzz: () => fuzzSuite(suite, suiteFile) }
}

/** How many random sets of rows each table gets: some seconds for all of them. */
const runsOfTable = 100

/** Random rows for every table. Null for another suite, which has no models of its tables. */
async function fuzzSuite(suite: Suite, suiteFile: string | undefined): Promise<FuzzResults | null> {
  if (suiteFile !== undefined) return null
  const { fuzzTables } = await import('../../harness/report/read/fuzz.ts')
  const { tableModels } = await import('../../suite/arbitraries/index.ts')
  const progress = progressOn(process.stderr)
  try {
    return fuzzTables(suite, {
      models: tableModels,
      seed: randomInt(2 ** 31),
      runs: runsOfTable,
      repeat: (name, seed) => `FC_SEED=${seed} npx vitest run tests/property -t '${name}'`,
      onTable: (table) => progress.show(`random rows for ${table}`),
    })
  } finally {
    progress.clear()
  }
}
