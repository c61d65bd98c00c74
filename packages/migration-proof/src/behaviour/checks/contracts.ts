import { errorCode } from '../../migrator/errors.ts'
import type { Contract } from '../../proof/facts.ts'
import type { Connection } from '../../sql/connection.ts'
import { foldName } from '../../sql/names.ts'
import type { BehaviourFailure } from '../failure.ts'
import { type QueryPlan, readQueryPlan, renderPlan } from '../query-plan.ts'

/**
 * Each statement of the application finds its rows as its contract says. Foreign keys must be on: only then
 * does the plan of a DELETE tell how its cascades find their rows.
 *
 * @param contracts those of the version that the database has
 */
export function checkContracts(connection: Connection, contracts: readonly Contract[]): BehaviourFailure[] {
  return contracts.flatMap((contract) => {
    const actual = planOf(connection, contract)
    if (typeof actual === 'string') return [failure(contract, actual)]
    return keepsContract(contract, actual) ? [] : [failure(contract, renderPlan(actual))]
  })
}

function planOf(connection: Connection, { sql, parameters }: Contract): QueryPlan | string {
  try {
    return readQueryPlan(connection, sql, parameters)
  } catch (error) {
    if (errorCode(error) === null || !(error instanceof Error)) throw error
    return `${errorCode(error)}: ${error.message}`
  }
}

function keepsContract({ table, access, sorts }: Contract, plan: QueryPlan): boolean {
  const steps = plan.steps.filter((step) => foldName(step.table) === foldName(table))
  if (plan.sorts !== (sorts !== undefined)) return false
  if ('write' in access) return steps.length === 0
  if (steps.length === 0) return false
  if ('scan' in access) {
    return steps.every(
      (step) =>
        step.access === 'scan' && (access.through === undefined || isSameIndex(step.index, access.through)),
    )
  }
  const indexes = [access.index, access.or]
  return steps.every(
    (step) => step.access === 'search' && indexes.some((index) => isSameIndex(step.index, index)),
  )
}

function isSameIndex(actual: string | null, expected: string | null | undefined): boolean {
  return actual === null || expected === null || expected === undefined
    ? actual === expected
    : foldName(actual) === foldName(expected)
}

function failure(contract: Contract, actual: string): BehaviourFailure {
  return { check: 'contracts', object: contract.name, expected: describeAccess(contract), actual }
}

export function describeAccess({ table, access, sorts }: Contract): string {
  const sorted = sorts === undefined ? '' : ', then a sort'
  if ('write' in access) return `no look at the rows of ${table}`
  if ('index' in access) {
    return `a search of ${table} with ${access.index}${access.or ? ` or ${access.or}` : ''}${sorted}`
  }
  return `a scan of ${table}${access.through ? ` with ${access.through}` : ''}${sorted}`
}
