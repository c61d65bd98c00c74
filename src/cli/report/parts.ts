import { randomInt } from 'node:crypto'
import { dirname, join, resolve } from 'node:path'
import { loadSimulator } from '../../harness/faults/simulator.ts'
import type { Suite } from '../../harness/proof/suite.ts'
import type { CrashTimeline, FuzzResults, History } from '../../harness/report/model.ts'
import { readContracts } from '../../harness/report/read/contracts.ts'
import { readHistory } from '../../harness/report/read/history.ts'
import { findSourceIn } from '../../harness/report/read/source-files.ts'
import { traceTimeline } from '../../harness/report/read/timeline.ts'
import { loadSnapshot } from '../../harness/snapshots/open.ts'
import { loadWithLibrary } from '../load-with-library.ts'
import { progressOn } from '../output/progress.ts'
import { projectFolder } from '../report-files.ts'
import type { Parts } from '../results/collect.ts'
import { runCrash } from '../results/crash.ts'
import { runFindings } from '../results/findings.ts'
import { runUpgrades } from '../results/upgrades.ts'
import { readEngines } from './engines.ts'

/** Every part that a report can run by itself; only the gate knows with what a change is compared. */
export function reportParts(suite: Suite, suiteFile: string | undefined): Required<Omit<Parts, 'gate'>> {
  return {
    history: () => describeHistory(suite, suiteFile),
    contracts: () => (suite.facts.contracts.length === 0 ? null : readContracts(suite)),
    upgrades: () => runUpgrades(suite),
    findings: () => runFindings(suite),
    mutation: async () => (await loadMutation()).runMutation({ suite, suiteFile }),
    crash: async () => ({ ...(await runCrash(suite, suiteFile)), timeline: await traceOldest(suite) }),
    fuzz: () => fuzzSuite(suite, suiteFile),
    engines: () => (suiteFile === undefined ? readEngines() : null),
  }
}

/** Loads what plants faults, or says that it needs fast-check. */
function loadMutation() {
  return loadWithLibrary('fast-check', 'The part mutation', () => import('../results/mutation.ts'))
}

/** The schema through the versions. Migrations are looked for in this project, or beside the module of a suite. */
function describeHistory(suite: Suite, suiteFile: string | undefined): History {
  const findSource =
    suiteFile === undefined
      ? findSourceIn(join(projectFolder, 'src'), projectFolder)
      : findSourceIn(dirname(resolve(suiteFile)), process.cwd())
  return readHistory(suite, findSource)
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

/** One upgrade as the disk saw it: that of the oldest file with something in it. Null where there is none. */
export async function traceOldest(suite: Suite): Promise<CrashTimeline | null> {
  const oldest = suite.snapshots.find(({ name }) => loadSnapshot(suite.fixtures, name).bytes.length > 0)
  if (oldest === undefined) return null
  const options = { snapshot: oldest.name, journalMode: 'wal', seed: 1, unitBytes: 512 } as const
  return traceTimeline(await loadSimulator(), suite, options)
}
