import type { Check } from '../../checks/check.ts'
import { checks as allChecks } from '../../checks/index.ts'
import { makeProblem } from '../../problem.ts'
import { listObjects, nameKeyOf } from '../../schema/model.ts'
import { readSchema } from '../../schema/read.ts'
import { behaviour } from './behaviour.ts'
import { type MutantCheck, onMutants, problemOfError } from './mutant-check.ts'
import { newerDatabase } from './newer-database.ts'
import { powerLoss } from './power-loss.ts'
import { starters } from './starters.ts'

/** A snapshot has no objects that a user added: only the files that mutants are tried on can lose them. */
const ownObjects: Check = {
  name: 'own objects',
  proves: 'has the triggers that a user added',
  needs: 'file',
  run: ({ upgraded, extras }) => {
    const present = new Set(listObjects(readSchema(upgraded)).map(nameKeyOf))
    const lost = extras.filter((object) => !present.has(nameKeyOf(object)))
    return {
      problems: lost.map(({ type, name }) =>
        makeProblem('own objects', {
          subject: { type, name },
          expected: 'the object that a user added',
          actual: 'none',
        }),
      ),
    }
  },
}

/** All other checks look at the database that an upgrade left, even if it failed. */
const upgrade: MutantCheck = {
  name: 'upgrade',
  keptBecause: 'it alone notices an upgrade that fails',
  run: (mutant, { databases }) =>
    databases
      .listUpgrades(mutant, 'file')
      .flatMap(({ name, error }) => (error() === null ? [] : [problemOfError('upgrade', name, error())])),
}

/**
 * Every check that runs on mutants, in the order of the columns of the kill matrix: the checks of an upgrade, and those
 * for mutants alone.
 *
 * @param checks the checks of an upgrade; defaults to all of them
 */
export function listMutantChecks(checks: readonly Check[] = allChecks): readonly MutantCheck[] {
  return [upgrade, ...[...checks, ownObjects].map(onMutants), behaviour, newerDatabase, starters, powerLoss]
}

export const mutantChecks = listMutantChecks()
