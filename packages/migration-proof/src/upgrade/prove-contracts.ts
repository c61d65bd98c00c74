import { checkContracts } from '../behaviour/checks/contracts.ts'
import type { Contract } from '../proof/facts.ts'
import { nameKeyOf, type SchemaObject } from '../schema/model.ts'
import type { Connection } from '../sql/connection.ts'
import { listStored, makeObjects } from './copy-schema.ts'
import type { ProofOutcome } from './model.ts'

/**
 * Each statement of the application finds its rows by its index. Where the file holds the statistics of
 * ANALYZE (https://www.sqlite.org/lang_analyze.html) or a person's own indexes, SQLite may rightly choose another way;
 * then the same schema without them decides.
 *
 * @param extras the objects that no version makes
 */
export function proveContracts(
  connection: Connection,
  contracts: readonly Contract[],
  extras: readonly SchemaObject[] = [],
): ProofOutcome {
  const broken = checkContracts(connection, contracts)
  const ownIndexes = extras.filter(({ type }) => type === 'index')
  const hasOtherWays = broken.length > 0 && (ownIndexes.length > 0 || isAnalysed(connection))
  const failures = hasOtherWays ? checkPlainSchema(connection, contracts, ownIndexes) : broken
  const others = broken.length - failures.length
  return {
    detail: `${contracts.length - broken.length} statements use their index${describeOthers(others)}`,
    failures: failures.map(({ object, expected, actual }) => ({
      object: `statement '${object}'`,
      expected,
      actual,
    })),
  }
}

function describeOthers(count: number): string {
  return count === 0 ? '' : `, ${count} choose another way by the statistics or the own indexes in the file`
}

function isAnalysed(connection: Connection): boolean {
  return connection.all("SELECT 1 FROM main.sqlite_master WHERE name = 'sqlite_stat1'").length > 0
}

function checkPlainSchema(
  connection: Connection,
  contracts: readonly Contract[],
  ownIndexes: readonly SchemaObject[],
) {
  const own = new Set(ownIndexes.map(nameKeyOf))
  const memory = connection.openMemory()
  try {
    memory.exec('PRAGMA foreign_keys = ON')
    makeObjects(
      memory,
      listStored(connection).filter((object) => !own.has(nameKeyOf(object))),
    )
    return checkContracts(memory, contracts)
  } finally {
    memory.close()
  }
}
