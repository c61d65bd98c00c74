import type { Suite } from '../../proof/suite.ts'
import { listParts, loadMutation, type SuiteParts } from '../results/parts.ts'
import { chooseQuickPaths, type MutantFilter } from './choose.ts'
import type { Project } from './project.ts'

export interface ProofOptions {
  /** Every mutant and every upgrade, instead of those that were chosen. */
  readonly isFull: boolean
  readonly chooseMutants: MutantFilter
}

/** The proofs that a gate runs: what is random is no reason to stop a release. */
export function listProofs(
  suite: Suite,
  { configFile, layout }: Project,
  { isFull, chooseMutants }: ProofOptions,
): SuiteParts {
  const parts = listParts(suite, configFile, { folder: layout.sources, root: layout.project })
  if (isFull) return parts
  return {
    ...parts,
    mutation: async () => (await loadMutation()).runMutation({ suite, configFile }, chooseMutants),
    crash: async () =>
      (await import('../results/crash.ts')).runCrash(suite, configFile, { paths: chooseQuickPaths(suite) }),
  }
}
