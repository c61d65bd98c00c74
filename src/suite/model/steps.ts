import * as fc from 'fast-check'
import type { TableModel } from 'migration-proof/behaviour'
import {
  deleteStep,
  insertStep,
  purgeSteps,
  replaceStep,
  type Step,
  transactionSteps,
  updateStep,
  wildInsertStep,
  wildUpdateStep,
} from 'migration-proof/behaviour'
import { cutoffs } from '../arbitraries/values.ts'

/**
 * What happens to a database in its life: the server inserts, replaces, revokes, purges and deletes, a client
 * goes and takes its rows along, transactions fail, and the server starts again.
 */
export function steps(models: readonly TableModel[]): fc.Arbitrary<Step> {
  const revocable = models.filter(({ columns }) => columns.revoked !== undefined)
  const parents = models.filter(({ name }) =>
    models.some(({ references }) => references.some(({ parent }) => parent === name)),
  )
  return fc.oneof(
    ...weighted(10, models.map(insertStep)),
    ...weighted(2, models.map(wildInsertStep)),
    ...weighted(2, models.map(replaceStep)),
    ...weighted(3, models.map(wildUpdateStep)),
    ...weighted(3, models.map(deleteStep)),
    ...weighted(
      3,
      models.flatMap((model) => purgeSteps(model, cutoffs)),
    ),
    ...weighted(
      3,
      revocable.map((model) => updateStep(model, fc.constant({ revoked: 1n }))),
    ),
    ...weighted(
      3,
      parents.flatMap((model) => [insertStep(model), deleteStep(model)]),
    ),
    ...weighted(4, [transactionSteps()]),
  )
}

/** One of some choices, or none where there is none. */
function weighted(weight: number, choices: readonly fc.Arbitrary<Step>[]) {
  return choices.length === 0 ? [] : [{ weight, arbitrary: fc.oneof(...choices) }]
}
