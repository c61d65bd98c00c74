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
import { createExamination, type Examination, reportErrors } from './examination.ts'
import { examplesOf } from './examples.ts'
import { checkPurgePlan } from './expiry.ts'
import { checkAbsence, checkIndexes, checkUnindexedColumns } from './indexes.ts'
import { checkKeyOrder, checkRowNumbers, checkUniqueness } from './keys.ts'
import { checkReferences } from './references.ts'
import { checkStorage } from './storage.ts'

const SAMPLES = 20

/** Rows that break a CHECK are refused, and those that keep it are not. */
function checkViolations(examination: Examination, model: TableModel): void {
  const { first } = examplesOf(model, examination.models)
  for (const { label, violations } of model.checks) {
    for (const values of fc.sample(violations, { seed: 1, numRuns: SAMPLES })) {
      const doing = `${showRow(values)} against ${label}`
      examination.expectOutcome(model.name, doing, 'SQLITE_CONSTRAINT_CHECK', () =>
        examination.place(model, { ...first, ...values }),
      )
    }
  }
}

/** What the table takes although it should not is taken: two rows of it, where the key allows. */
function checkHazards(examination: Examination, model: TableModel): void {
  const { first, second } = examplesOf(model, examination.models)
  for (const { label, values } of model.hazards) {
    examination.apart(() => {
      const [hazard = {}] = fc.sample(values, { seed: 1, numRuns: 1 })
      for (const row of second === null ? [first] : [first, second]) {
        const outcome = outcomeOf(() => examination.place(model, { ...row, ...hazard }))
        examination.compare(model.name, `${label}: ${ACCEPTED}`, `${label}: ${outcome}`)
      }
    })
  }
}

type TableCheck = (examination: Examination, model: TableModel) => void

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
  'purge plan': (examination, model) => {
    if (model.expiry !== undefined) checkPurgePlan(examination, model, model.expiry)
  },
  'CHECK constraints': checkViolations,
  'known hazards': checkHazards,
}

export interface BehaviourSubject {
  /** A private copy: its rows are deleted in a transaction that is rolled back. Foreign keys must be on. */
  readonly connection: Connection
  readonly facts: Facts
  /** The version that the database has. What only other versions have must not be there. */
  readonly version: number
  /** The models of the tables, where they were made already. */
  readonly models?: TableModels
}

/**
 * Shows by statements, error codes and query plans alone that a database does what is declared of its tables: no
 * schema and no golden file is read. The same is tried every time; random values are for the properties.
 */
export function checkBehaviour(subject: BehaviourSubject): Problem[] {
  const { connection, facts, version } = subject
  const models = (subject.models ?? modelsOf(facts.tables)).at(version)
  const problems: Problem[] = []
  inSavepoint(connection, () => {
    const start = createExamination('empty tables', connection, models, problems)
    const foreignKeys = { type: 'database', name: 'foreign keys' } as const
    reportErrors(start, foreignKeys, () => {
      const [row] = connection.all('PRAGMA foreign_keys')
      start.compare(foreignKeys, 'on', row?.foreign_keys === 1n ? 'on' : 'off')
    })
    for (const model of [...models].reverse()) {
      reportErrors(start, model.name, () => emptyTables(connection, [model]))
    }
    for (const [name, check] of Object.entries(tableChecks)) {
      const examination = createExamination(name, connection, models, problems)
      for (const model of models) {
        reportErrors(examination, model.name, () => inSavepoint(connection, () => check(examination, model)))
      }
    }
    const absence = createExamination('absence', connection, models, problems)
    reportErrors(absence, { type: 'database', name: 'other versions' }, () =>
      inSavepoint(connection, () => checkAbsence(absence, absentIn(version, facts.tables))),
    )
  })
  return [...problems, ...checkContracts(connection, factsAt(facts, version).contracts)]
}
