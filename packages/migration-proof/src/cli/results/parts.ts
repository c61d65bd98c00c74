import { randomInt } from 'node:crypto'
import { howToRun } from '../../how-to-run.ts'
import type { Suite } from '../../proof/suite.ts'
import type { FuzzResults, Results } from '../../report/model.ts'
import { loadWithLibrary } from '../load-with-library.ts'
import { progressOn } from '../output/progress.ts'
import type { partNames } from './collect.ts'
import type { MutantFilter } from './mutation.ts'

/** What makes each part of the results, but for the judgement of the gate, which knows with what a change is compared. */
export type SuiteParts = {
  readonly [Name in (typeof partNames)[number]]: () => Promise<Results[Name]>
}

export interface PartOptions {
  /** Where the migrations are written, and from where paths are shown. */
  readonly sources: { readonly folder: string; readonly root: string }
  /** The mutants that are tried; defaults to all of them. */
  readonly chooseMutants?: MutantFilter | undefined
  /** The upgrades that are broken; defaults to all of them, with a timeline of one. */
  readonly crashPaths?: readonly string[] | undefined
}

/**
 * Every part that a suite gives by itself. The code of each is loaded when it is its turn: where a package that one
 * of them needs is not installed, the others still run.
 *
 * @param configFile which the threads of a part load by themselves
 */
export function listParts(
  suite: Suite,
  configFile: string,
  { sources, chooseMutants, crashPaths }: PartOptions,
): SuiteParts {
  return {
    history: async () => {
      const { readHistory } = await import('../../report/read/history.ts')
      const { findSourceIn } = await import('../../report/read/source-files.ts')
      return readHistory(suite, findSourceIn(sources.folder, sources.root))
    },
    contracts: async () => {
      if (suite.facts.contracts.length === 0) return null
      return (await import('../../report/read/contracts.ts')).readContracts(suite)
    },
    upgrades: async () => (await import('./upgrades.ts')).runUpgrades(suite),
    findings: async () => (await import('./findings.ts')).runFindings(suite),
    mutation: async () => {
      const load = () => import('./mutation.ts')
      const { runMutation } = await loadWithLibrary('fast-check', 'The part mutation', load)
      return runMutation({ suite, configFile }, chooseMutants)
    },
    crash: async () => {
      const { runCrash } = await import('./crash.ts')
      if (crashPaths !== undefined) return runCrash(suite, configFile, { paths: crashPaths })
      const { traceOldest } = await import('./timeline.ts')
      return { ...(await runCrash(suite, configFile)), timeline: await traceOldest(suite) }
    },
    fuzz: () => fuzzSuite(suite),
    engines: async () => (await import('./engines.ts')).readEngines(suite.engineResults),
  }
}

/** How many random sets of rows each table gets: some seconds for all of them. */
const runsOfTable = 100

/** Random rows for every table; null where none is declared. */
async function fuzzSuite(suite: Suite): Promise<FuzzResults | null> {
  if (suite.facts.tables.length === 0) return null
  const load = () => import('../../report/read/fuzz.ts')
  const { fuzzTables } = await loadWithLibrary('fast-check', 'The part fuzz', load)
  const progress = progressOn(process.stderr)
  try {
    return fuzzTables(suite, {
      seed: Number(process.env.FC_SEED ?? randomInt(2 ** 31)),
      runs: runsOfTable,
      repeat: (_, seed) => `FC_SEED=${seed} ${howToRun('report', '--parts', 'fuzz')}`,
      onTable: (table) => progress.show(`random rows for ${table}`),
    })
  } finally {
    progress.clear()
  }
}
