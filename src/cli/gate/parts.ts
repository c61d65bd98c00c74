import type { Suite } from '../../harness/proof/suite.ts'
import type { Results } from '../../harness/report/model.ts'
import type { PartName } from '../results/collect.ts'
import { chooseQuickPaths, type MutantFilter } from './choose.ts'
import type { Project } from './project.ts'

export interface ProofOptions {
  /** Every mutant and every upgrade, instead of those that were chosen. */
  readonly isFull: boolean
  readonly chooseMutants: MutantFilter
}

type Proofs = { readonly [Name in Exclude<PartName, 'gate' | 'fuzz'>]: () => Promise<Results[Name]> }

/**
 * The proofs that a gate runs. The code of each is loaded when it is its turn: where a package that one of them
 * needs is not installed, the others still run.
 */
export function listProofs(
  suite: Suite,
  { suiteFile, layout }: Project,
  { isFull, chooseMutants }: ProofOptions,
): Proofs {
  return {
    history: async () => {
      const { readHistory } = await import('../../harness/report/read/history.ts')
      const { findSourceIn } = await import('../../harness/report/read/source-files.ts')
      return readHistory(suite, findSourceIn(layout.sources, layout.project))
    },
    contracts: async () => {
      if (suite.facts.contracts.length === 0) return null
      return (await import('../../harness/report/read/contracts.ts')).readContracts(suite)
    },
    upgrades: async () => (await import('../results/upgrades.ts')).runUpgrades(suite),
    findings: async () => (await import('../results/findings.ts')).runFindings(suite),
    mutation: async () => {
      const { runMutation } = await import('../results/mutation.ts')
      return isFull ? runMutation({ suite, suiteFile }) : runMutation({ suite, suiteFile }, chooseMutants)
    },
    crash: async () => {
      const { runCrash } = await import('../results/crash.ts')
      if (!isFull) return runCrash(suite, suiteFile, { paths: chooseQuickPaths(suite) })
      const { traceOldest } = await import('../report/parts.ts')
      return { ...(await runCrash(suite, suiteFile)), timeline: await traceOldest(suite) }
    },
    engines: async () =>
      suiteFile === undefined ? (await import('../report/engines.ts')).readEngines() : null,
  }
}
