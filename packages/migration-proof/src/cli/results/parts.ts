import type { Suite } from '../../proof/suite.ts'
import type { Results } from '../../report/model.ts'
import { loadWithLibrary } from '../load-with-library.ts'
import type { PartName } from './collect.ts'

/** What makes each part of the results, but for what a command adds. */
export type SuiteParts = {
  readonly [Name in Exclude<PartName, 'gate' | 'fuzz'>]: () => Promise<Results[Name]>
}

/**
 * Every part that a suite gives by itself. The code of each is loaded when it is its turn: where a package that one
 * of them needs is not installed, the others still run.
 *
 * @param configFile which the threads of a part load by themselves
 * @param sources where the migrations are written, and from where paths are told
 */
export function listParts(
  suite: Suite,
  configFile: string,
  sources: { readonly folder: string; readonly root: string },
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
    mutation: async () => (await loadMutation()).runMutation({ suite, configFile }),
    crash: async () => {
      const { runCrash } = await import('./crash.ts')
      const { traceOldest } = await import('./timeline.ts')
      return { ...(await runCrash(suite, configFile)), timeline: await traceOldest(suite) }
    },
    engines: async () => (await import('./engines.ts')).readEngines(suite.engineResults),
  }
}

/** Loads what plants faults, or says that it needs fast-check. */
export function loadMutation() {
  return loadWithLibrary('fast-check', 'The part mutation', () => import('./mutation.ts'))
}
