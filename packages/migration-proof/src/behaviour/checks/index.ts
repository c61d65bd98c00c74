import * as fc from 'fast-check'
import { checkContracts } from '../../checks/contracts.ts'
import type { Problem } from '../../problem.ts'
import type { Facts } from '../../proof/facts.ts'
import { factsAt } from '../../proof/facts-at.ts'
import type { Connection } from '../../sql/connection.ts'
import { absentIn, modelsOf, type TableModels } from '../models.ts'
import { ACCEPTED, inSavepoint, outcomeOf } from '../outcome.ts'
import { emptyTables } from '../statements.ts'
import type { TableModel } from '../table-model.ts'
import { showRow } from '../values.ts'
import { checkColumnOrder, checkMissingValues } from './columns.ts'
import { type CheckContext, createContext, reportErrors } from './context.ts'
import { examplesOf } from './examples.ts'
import { checkPurgePlan } from './expiry.ts'
import { checkAbsence, checkIndexes, checkUnindexedColumns } from './indexes.ts'
import { checkKeyOrder, checkRowNumbers, checkUniqueness } from './keys.ts'
import { checkReferences } from './references.ts'
import { checkStorage } from './storage.ts'

const SAMPLES = 20

/** Rows that violate a CHECK constraint are refused. */
function checkViolations(context: CheckContext, model: TableModel): void {
  const { first } = examplesOf(model, context.models)
  for (const { label, violations } of model.checks) {
    for (const values of fc.sample(violations, { seed: 1, numRuns: SAMPLES })) {
      const doing = `${showRow(values)} against ${label}`
      context.expectOutcome(model.name, doing, 'SQLITE_CONSTRAINT_CHECK', () =>
        context.insert(model, { ...first, ...values }),
      )
    }
  }
}

/** The table accepts its known hazards: two such rows, where the key allows two. */
function checkHazards(context: CheckContext, model: TableModel): void {
  const { first, second } = examplesOf(model, context.models)
  for (const { label, values } of model.hazards) {
    context.isolated(() => {
      const [hazard = {}] = fc.sample(values, { seed: 1, numRuns: 1 })
      for (const row of second === null ? [first] : [first, second]) {
        const outcome = outcomeOf(() => context.insert(model, { ...row, ...hazard }))
        context.compare(model.name, `${label}: ${ACCEPTED}`, `${label}: ${outcome}`)
      }
    })
  }
}

type TableCheck = (context: CheckContext, model: TableModel) => void

const tableChecks: Readonly<Record<string, TableCheck>> = {
  'column order': checkColumnOrder,
  'missing values': checkMissingValues,
  storage: checkStorage,
  uniqueness: checkUniqueness,
  'key order': checkKeyOrder,
  'row numbers': checkRowNumbers,
  references: checkReferences,
  indexes: checkIndexes,
  'no other index': checkUnindexedColumns,
  'purge plan': (context, model) => {
    if (model.expiry !== undefined) checkPurgePlan(context, model, model.expiry)
  },
  'CHECK constraints': checkViolations,
  'known hazards': checkHazards,
}

export interface BehaviourSubject {
  /** A private copy: its rows are deleted inside a savepoint that is rolled back. Foreign keys must be on. */
  readonly connection: Connection
  readonly facts: Facts
  /** The version of the database. Objects that only other versions have must be absent. */
  readonly version: number
  /** The models of the tables, if they were already built. */
  readonly models?: TableModels
}

/**
 * Checks with statements, error codes and query plans alone that a database behaves as its tables are declared; neither
 * its schema nor a golden schema is read. Every run tries the same rows; random values are left to the properties.
 */
export function checkBehaviour(subject: BehaviourSubject): Problem[] {
  const { connection, facts, version } = subject
  const models = (subject.models ?? modelsOf(facts.tables)).at(version)
  const problems: Problem[] = []
  inSavepoint(connection, () => {
    const start = createContext('empty tables', connection, models, problems)
    const foreignKeys = { type: 'database', name: 'foreign keys' } as const
    reportErrors(start, foreignKeys, () => {
      const [row] = connection.all('PRAGMA foreign_keys')
      start.compare(foreignKeys, 'on', row?.foreign_keys === 1n ? 'on' : 'off')
    })
    for (const model of [...models].reverse()) {
      reportErrors(start, model.name, () => emptyTables(connection, [model]))
    }
    for (const [name, check] of Object.entries(tableChecks)) {
      const context = createContext(name, connection, models, problems)
      for (const model of models) {
        reportErrors(context, model.name, () => inSavepoint(connection, () => check(context, model)))
      }
    }
    const absence = createContext('absence', connection, models, problems)
    reportErrors(absence, { type: 'database', name: 'other versions' }, () =>
      inSavepoint(connection, () => checkAbsence(absence, absentIn(version, facts.tables))),
    )
  })
  return [...problems, ...checkContracts(connection, factsAt(facts, version).contracts)]
}
