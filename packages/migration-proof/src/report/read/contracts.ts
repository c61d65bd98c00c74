import { checkContracts, describeAccess } from '../../checks/contracts.ts'
import { betterSqliteConnection, openMemory } from '../../engines/better-sqlite3.ts'
import { migrate } from '../../migrator/migrate.ts'
import { latestVersionOf } from '../../migrator/plan.ts'
import { type Contract, existsIn } from '../../proof/facts.ts'
import type { Suite } from '../../proof/suite.ts'
import { type PlanStep, readQueryPlan } from '../../schema/query-plan.ts'
import type { Connection } from '../../sql/connection.ts'
import type { ContractResults } from '../model.ts'

/** Asks the engine how it runs each statement of the application on a new database of the latest version. */
export function readContracts({ plan, facts }: Suite): ContractResults {
  const start = performance.now()
  const version = latestVersionOf(plan)
  const connection = betterSqliteConnection(openMemory())
  try {
    migrate(connection, plan)
    connection.exec('PRAGMA foreign_keys = ON')
    const contracts = facts.contracts.filter((contract) => existsIn(version, contract))
    const problems = checkContracts(connection, contracts)
    return {
      outcome: problems.length === 0 ? 'passed' : 'failed',
      durationMilliseconds: performance.now() - start,
      limitedTo: null,
      version,
      engineVersion: readEngineVersion(connection),
      contracts: contracts.map((contract) => describeContract(connection, contract)),
      problems,
    }
  } finally {
    connection.close()
  }
}

function describeContract(connection: Connection, contract: Contract): ContractResults['contracts'][number] {
  const { name, table, since, sql, access, sorts } = contract
  const reasons = ['scan' in access ? access.scan : null, sorts ?? null].filter((text) => text !== null)
  return {
    name,
    table,
    since,
    sql,
    expected: describeAccess(contract),
    reason: reasons.length === 0 ? null : reasons.join('; '),
    plan: planOf(connection, contract),
  }
}

/** No plan where the statement cannot be prepared: `checkContracts` says why. */
function planOf(connection: Connection, { sql, parameters }: Contract): PlanStep[] {
  try {
    return readQueryPlan(connection, sql, parameters)
  } catch {
    return []
  }
}

function readEngineVersion(connection: Connection): string {
  const [row] = connection.all('SELECT sqlite_version() AS version')
  return String(row?.version)
}
