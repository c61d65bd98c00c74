import { changedVersions, type Side } from '../../gate/side.ts'
import { hashOf } from '../../gate/statements.ts'
import type { Mutant } from '../../mutation/model.ts'
import type { Suite } from '../../proof/suite.ts'
import type { MutantChoice } from '../results/mutation.ts'

/** How many mutants a quick run tries: about a minute on two cores. */
const quickMutants = 320

/**
 * The mutants of the versions that a change adds or edits, or of the latest where it does neither. Where they are
 * many, every second, third and so on is taken, so that each operator keeps its share.
 */
export function chooseQuickMutants(head: Side, base: Side | null, mutants: readonly Mutant[]): MutantChoice {
  const hashes = (head.recorded ?? []).map((migration) => ({
    version: migration.version,
    hash: hashOf(migration),
  }))
  const latest = hashes.length
  const changed = base === null ? [] : changedVersions(base.ledger, hashes)
  const versions = changed.length === 0 ? [latest] : changed
  // The faults of the data are planted in a further version, too, which should change nothing.
  const isChosen = ({ version }: Mutant) => versions.includes(Math.min(version, latest))
  const chosen = mutants.filter(isChosen)
  const names = versions.map((version) => `v${version}`).join(', ')
  if (chosen.length <= quickMutants) return { mutants: chosen, limitedTo: `the mutants of ${names}` }
  const sample = chosen.filter(
    (_, place) =>
      Math.floor((place * quickMutants) / chosen.length) !==
      Math.floor(((place - 1) * quickMutants) / chosen.length),
  )
  return { mutants: sample, limitedTo: `${sample.length} of the ${chosen.length} mutants of ${names}` }
}

/** The path whose upgrade a quick run breaks: that of the newest file that people hold. */
export function chooseQuickPaths({ snapshots }: Suite): readonly string[] {
  const newest = snapshots.toSorted((left, right) => left.version - right.version).at(-1)
  return newest === undefined ? ['fresh'] : [newest.name]
}
