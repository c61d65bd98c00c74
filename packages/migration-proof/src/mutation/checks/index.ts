import type { Check } from '../../checks/check.ts'
import { checks as allChecks } from '../../checks/index.ts'
import { databaseName } from '../../faults/run.ts'
import { sweepPowerLoss } from '../../faults/session.ts'
import { migrate } from '../../migrator/migrate.ts'
import { latestVersionOf } from '../../migrator/plan.ts'
import { makeProblem, type Problem } from '../../problem.ts'
import { listObjects, nameKeyOf } from '../../schema/model.ts'
import { readSchema } from '../../schema/read.ts'
import { diffContent, readContent } from '../../snapshots/content-hash.ts'
import type { Connection } from '../../sql/connection.ts'
import type { Mutant } from '../model.ts'
import { behaviour } from './behaviour.ts'
import { type MutantCheck, type MutantContext, onMutants, problemOfError } from './mutant-check.ts'
import { starters } from './starters.ts'

/** The number of disk operations between two crash points. */
const every = 16

/** Cuts the power at some points of the upgrade of the nearest snapshot, on a simulated disk. */
const powerLoss: MutantCheck = {
  name: 'power loss',
  keptBecause: 'it alone checks what the disk holds after a power loss',
  sites: ['migrator'],
  run: losePower,
}

function losePower(mutant: Mutant, { starts, simulator }: MutantContext): readonly Problem[] {
  const { plan, migrate } = mutant
  const nearest = starts.all.findLast(
    ({ version, extras }) => version < mutant.version && extras.length === 0,
  )
  if (nearest === undefined) return []
  const { bad } = sweepPowerLoss(simulator, {
    plan,
    // The disk writes to the given bytes, and slicing a Buffer does not copy them.
    files: new Map([[databaseName, new Uint8Array(nearest.bytes)]]),
    upgrade: (connection) => {
      connection.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON')
      migrate(connection, plan)
    },
    every,
    rounds: 1,
  })
  return bad.map(({ defect, detail }) =>
    makeProblem('power loss', {
      subject: { type: 'database', name: 'a power loss' },
      expected: 'a whole version',
      actual: `${defect}: ${detail}`,
    }),
  )
}

/** A server that was rolled back opens the database of the newer release. */
const newerDatabase: MutantCheck = {
  name: 'newer database',
  keptBecause: 'it alone gives a migrator a database that a newer release wrote',
  sites: ['data', 'migrator'],
  run: offerNewer,
}

/**
 * A database that a newer release wrote is reported and not changed. Where the version store of the suite cannot read
 * such a version, its error is the report; where it cannot record one, there is no such database.
 */
function offerNewer(mutant: Mutant, { databases, newerVersion: newer }: MutantContext): readonly Problem[] {
  if (newer === 'refused when it is recorded') return []
  const expected = newer === 'read' ? 'unknown-version' : 'an error'
  // Of a faulty migrator, the other one makes the database.
  return databases.withInstall(mutant.migrate === migrate ? mutant : { ...mutant, migrate }, (connection) => {
    mutant.plan.versions.record(connection, latestVersionOf(mutant.plan) + 1)
    const before = readContent(connection)
    const actual =
      newer === 'read' ? mutant.migrate(connection, mutant.plan).outcome : tryRefused(mutant, connection)
    const changes = diffContent(before, readContent(connection))
    return [
      ...(actual === expected ? [] : [problemOf(expected, actual)]),
      ...changes.map((change) => problemOf('no change', change)),
    ]
  })
}

function problemOf(expected: string, actual: string): Problem {
  const subject = { type: 'database', name: 'a newer database' } as const
  return makeProblem('newer database', { subject, expected, actual })
}

function tryRefused(mutant: Mutant, connection: Connection): string {
  try {
    return mutant.migrate(connection, mutant.plan).outcome
  } catch {
    return 'an error'
  }
}

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

/** A migrator that does no more than it must keeps none of them in a rebuild. */
const ownOfMutants: MutantCheck = { ...onMutants(ownObjects), sites: ['schema', 'data'] }

/** All other checks look at the database that an upgrade left, even if it failed. */
const upgrade: MutantCheck = {
  name: 'upgrade',
  keptBecause: 'it alone notices an upgrade that fails',
  run: (mutant, { databases }) => {
    const failed = databases.listUpgrades(mutant, 'file').find(({ error }) => error() !== null)
    return failed === undefined ? [] : [problemOfError('upgrade', failed.name, failed.error())]
  },
}

/**
 * Every check that runs on mutants, in the order of the columns of the kill matrix: the checks of an upgrade, and those
 * for mutants alone.
 *
 * @param checks the checks of an upgrade; defaults to all of them
 */
export function listMutantChecks(checks: readonly Check[] = allChecks): readonly MutantCheck[] {
  return [upgrade, ...checks.map(onMutants), ownOfMutants, behaviour, newerDatabase, starters, powerLoss]
}

export const mutantChecks = listMutantChecks()
