import { countOf } from '../count.ts'
import { errorCode } from '../migrator/errors.ts'
import { listStored, makeObjects } from '../migrator/stored-objects.ts'
import { makeProblem, type Problem } from '../problem.ts'
import type { Contract } from '../proof/facts.ts'
import { factsAt } from '../proof/facts-at.ts'
import { nameKeyOf, type SchemaObject } from '../schema/model.ts'
import { hasSort, type PlanStep, readQueryPlan, renderPlan } from '../schema/query-plan.ts'
import type { Connection } from '../sql/connection.ts'
import { foldName } from '../sql/names.ts'
import type { Check, CheckOutcome } from './check.ts'

/** An index that no statement uses any more costs time for every request, and nothing fails. */
export const contracts: Check = {
  name: 'contracts',
  proves: 'runs each statement of the application by the index that it needs',
  needs: 'database',
  lacks: ({ suite, target }) =>
    factsAt(suite.facts, target).contracts.length === 0 ? 'none declared' : null,
  run: ({ suite, target, upgraded, extras }) =>
    compareWithContracts(upgraded, factsAt(suite.facts, target).contracts, extras),
}

/**
 * Each statement of the application finds its rows by its index. Where the file holds the statistics of
 * ANALYZE (https://www.sqlite.org/lang_analyze.html) or a user's own indexes, SQLite may rightly choose another way;
 * then the same schema without them decides.
 *
 * @param declared the contracts of the version that the database has
 * @param extras the objects that no version makes
 */
export function compareWithContracts(
  connection: Connection,
  declared: readonly Contract[],
  extras: readonly SchemaObject[] = [],
): CheckOutcome {
  const broken = checkContracts(connection, declared)
  const ownIndexes = extras.filter(({ type }) => type === 'index')
  const hasOtherWays = broken.length > 0 && (ownIndexes.length > 0 || isAnalysed(connection))
  const problems = hasOtherWays ? checkPlainSchema(connection, declared, ownIndexes) : broken
  const others = broken.length - problems.length
  return {
    detail: `served by its index: ${countOf(declared.length - broken.length, 'statement')}${describeOthers(others)}`,
    problems,
  }
}

function describeOthers(count: number): string {
  return count === 0
    ? ''
    : `, ${count} ${count === 1 ? 'chooses' : 'choose'} another way by the statistics or the own indexes in the file`
}

function isAnalysed(connection: Connection): boolean {
  return connection.all("SELECT 1 FROM main.sqlite_master WHERE name = 'sqlite_stat1'").length > 0
}

function checkPlainSchema(
  connection: Connection,
  declared: readonly Contract[],
  ownIndexes: readonly SchemaObject[],
): Problem[] {
  const own = new Set(ownIndexes.map(nameKeyOf))
  const memory = connection.openMemory()
  try {
    memory.exec('PRAGMA foreign_keys = ON')
    makeObjects(
      memory,
      listStored(connection).filter((object) => !own.has(nameKeyOf(object))),
    )
    return checkContracts(memory, declared)
  } finally {
    memory.close()
  }
}

/**
 * Reads how SQLite runs each statement. Foreign keys must be on: only then does the plan of a DELETE show how its
 * cascades find their rows.
 *
 * @param contracts those of the version that the database has
 */
export function checkContracts(connection: Connection, contracts: readonly Contract[]): Problem[] {
  return contracts.flatMap((contract) => {
    const actual = planOf(connection, contract)
    if (typeof actual === 'string') return [toWrongStatement(contract, actual)]
    return keepsContract(contract, actual) ? [] : [toProblem(contract, renderPlan(actual))]
  })
}

function planOf(connection: Connection, { sql, parameters }: Contract): PlanStep[] | string {
  try {
    return readQueryPlan(connection, sql, parameters)
  } catch (error) {
    if (errorCode(error) === null || !(error instanceof Error)) throw error
    return `${errorCode(error)}: ${error.message}`
  }
}

function keepsContract({ table, access, sorts }: Contract, plan: readonly PlanStep[]): boolean {
  const steps = plan.filter((step) => foldName(step.table) === foldName(table))
  if (hasSort(plan) !== (sorts !== undefined)) return false
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

function toProblem(contract: Contract, actual: string): Problem {
  const { name, table, sql } = contract
  return makeProblem('contracts', {
    subject: { type: 'contract', name, table },
    expected: describeAccess(contract),
    actual,
    why: `The application runs it: ${sql}`,
    fix: `add or correct the index that serves it, or change \`access\` of '${name}' in \`contracts\` of the config: \`scan\` says why a scan is accepted`,
  })
}

function toWrongStatement({ name, table, sql }: Contract, actual: string): Problem {
  return makeProblem('contracts', {
    subject: { type: 'contract', name, table },
    expected: 'a statement that SQLite can prepare',
    actual,
    why: `The application runs it: ${sql}`,
    fix: `correct the \`sql\` of '${name}' in \`contracts\` of the config or, where the error names what a migration should have made, the migration`,
  })
}

export function describeAccess({ table, access, sorts }: Contract): string {
  const sorted = sorts === undefined ? '' : ', then a sort'
  if ('write' in access) return `no look at the rows of ${table}`
  if ('index' in access) {
    return `a search of ${table} with ${access.index}${access.or ? ` or ${access.or}` : ''}${sorted}`
  }
  return `a scan of ${table}${access.through ? ` with ${access.through}` : ''}${sorted}`
}
