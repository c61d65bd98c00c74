import * as fc from 'fast-check'
import { ACCEPTED, outcomeOf } from '../outcome.ts'
import type { TableModel } from '../table-model.ts'
import { showRow } from '../values.ts'
import type { Examination } from './examination.ts'
import { examplesOf } from './examples.ts'

const SAMPLES = 20

/** Rows that break a CHECK are refused, and those that keep it are not. */
export function checkViolations(examination: Examination, model: TableModel): void {
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
export function checkHazards(examination: Examination, model: TableModel): void {
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
