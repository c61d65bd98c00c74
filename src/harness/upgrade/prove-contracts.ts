import { checkContracts } from '../behaviour/checks/contracts.ts'
import type { Contract } from '../proof/facts.ts'
import type { Connection } from '../sql/connection.ts'
import { listStored, makeObjects } from './copy-schema.ts'
import type { ProofOutcome } from './model.ts'

/**
 * Each statement of the application finds its rows by its index. Where the file holds the statistics of
 * ANALYZE (https://www.sqlite.org/lang_analyze.html), SQLite may rightly choose another way for its rows; then
 * the same schema without them decides.
 */
export function proveContracts(connection: Connection, contracts: readonly Contract[]): ProofOutcome {
  const broken = checkContracts(connection, contracts)
  const hasStatistics = broken.length > 0 && isAnalysed(connection)
  const failures = hasStatistics ? checkWithoutStatistics(connection, contracts) : broken
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
  return count === 0 ? '' : `, ${count} choose another way by the statistics in the file`
}

function isAnalysed(connection: Connection): boolean {
  return connection.all("SELECT 1 FROM main.sqlite_master WHERE name = 'sqlite_stat1'").length > 0
}

function checkWithoutStatistics(connection: Connection, contracts: readonly Contract[]) {
  const memory = connection.openMemory()
  try {
    memory.exec('PRAGMA foreign_keys = ON')
    makeObjects(memory, listStored(connection))
    return checkContracts(memory, contracts)
  } finally {
    memory.close()
  }
}
