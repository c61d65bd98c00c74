import { randomInt } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { errorMessage } from '../../errors.ts'
import { loadSimulator } from '../../faults/simulator.ts'
import { howToRun } from '../../how-to-run.ts'
import type { Suite } from '../../proof/suite.ts'
import type {
  CrashTimeline,
  EngineResults,
  FindingResults,
  FuzzResults,
  Results,
} from '../../report/model.ts'
import { engineResultsSchema } from '../../report/model.ts'
import { traceTimeline } from '../../report/read/timeline.ts'
import { loadSnapshot } from '../../snapshots/open.ts'
import { UsageError } from '../errors.ts'
import { findInThreads } from '../lint/find.ts'
import { progressOn } from '../output/progress.ts'
import { readThreads } from '../process/threads.ts'
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
      const { findSourceIn } = await import('../../report/read/history.ts')
      return readHistory(suite, findSourceIn(sources.folder, sources.root))
    },
    contracts: async () => {
      if (suite.facts.contracts.length === 0) return null
      return (await import('../../report/read/contracts.ts')).readContracts(suite)
    },
    upgrades: async () => (await import('./upgrades.ts')).runUpgrades(suite, configFile),
    findings: () => runFindings(suite, configFile),
    mutation: async () => {
      const { runMutation } = await import('./mutation.ts')
      return runMutation({ suite, configFile }, chooseMutants)
    },
    crash: async () => {
      const { runCrash } = await import('./crash.ts')
      if (crashPaths !== undefined) return runCrash(suite, configFile, { paths: crashPaths })
      return { ...(await runCrash(suite, configFile)), timeline: await traceOldest(suite) }
    },
    fuzz: () => fuzzSuite(suite),
    engines: async () => readEngines(suite.engineResults),
  }
}

/** How many random sets of rows each table gets: some seconds for all of them. */
const runsOfTable = 100

/** Random rows for every table; null where none is declared. */
async function fuzzSuite(suite: Suite): Promise<FuzzResults | null> {
  if (suite.facts.tables.length === 0) return null
  const { fuzzTables } = await import('../../report/read/fuzz.ts')
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

/** The weaknesses of a suite's latest schema and of its migrations. */
export async function runFindings(suite: Suite, configFile: string): Promise<FindingResults> {
  const progress = progressOn(process.stderr)
  const start = performance.now()
  try {
    const onRule = (code: string) => progress.show(code)
    const report = await findInThreads(suite, configFile, { threads: readThreads(), onRule })
    return { ...report, durationMilliseconds: performance.now() - start, limitedTo: null }
  } finally {
    progress.clear()
  }
}

/**
 * The results of tests on other engines, as the file that the config names holds them.
 *
 * @returns null where the config names none, or the file is not there, as in an installed package
 * @throws {UsageError} when it holds something else
 */
function readEngines(file: string | null): EngineResults | null {
  if (file === null || !existsSync(file)) return null
  try {
    return engineResultsSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch (cause) {
    const diagnosis = {
      where: file,
      expected: '{ "source", "minimum", "tried" }, as `engineResults` of the config names such a file',
      actual: `the error '${errorMessage(cause).replaceAll(/\s+/g, ' ')}'`,
      fix: 'write it again, or take `engineResults` out of the config',
    }
    throw new UsageError(diagnosis, { cause })
  }
}

/** One upgrade as the disk saw it: that of the oldest file with something in it. Null where there is none. */
async function traceOldest(suite: Suite): Promise<CrashTimeline | null> {
  const oldest = suite.snapshots.find(({ name }) => loadSnapshot(suite.fixtures, name).bytes.length > 0)
  if (oldest === undefined) return null
  const options = { snapshot: oldest.name, journalMode: 'wal', seed: 1, unitBytes: 512 } as const
  return traceTimeline(await loadSimulator(), suite, options)
}
