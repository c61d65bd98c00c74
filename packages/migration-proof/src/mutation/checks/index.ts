import type { Check } from '../../checks/check.ts'
import { checks as allChecks } from '../../checks/index.ts'
import { behaviour } from './behaviour.ts'
import { type MutantCheck, onMutants } from './mutant-check.ts'
import { newerDatabase } from './newer-database.ts'
import { ownObjects } from './own-objects.ts'
import { powerLoss } from './power-loss.ts'
import { starters } from './starters.ts'
import { upgrade } from './upgrade.ts'

/**
 * Every check that runs on mutants, in the order of the columns of the kill matrix: those of an upgrade, and what
 * only a mutant is tried for.
 *
 * @param checks what an upgrade must prove; defaults to all of it
 */
export function listMutantChecks(checks: readonly Check[] = allChecks): readonly MutantCheck[] {
  return [upgrade, ...[...checks, ownObjects].map(onMutants), behaviour, newerDatabase, starters, powerLoss]
}

export const mutantChecks = listMutantChecks()
