import * as fc from 'fast-check'
import type { BehaviourFailure } from '../failure.ts'
import { compareDatabases, followModel } from '../machine/compare.ts'
import { narrow } from '../machine/narrow.ts'
import type { MachineDatabase } from '../machine/run.ts'
import type { Step } from '../machine/step.ts'
import { anyStep } from '../machine/steps.ts'
import type { TableModel } from '../table-model.ts'
import { defineProperty, type Property } from './property.ts'

/** Lends out an empty database for one list of steps, and throws away what they left. */
export type DatabaseLender = (work: (database: MachineDatabase) => BehaviourFailure[]) => BehaviourFailure[]

/** After each of any steps, the whole database holds what the model foretells. */
export function modelProperty(lend: DatabaseLender, models: readonly TableModel[], maxLength = 40): Property {
  return defineProperty(
    'the whole database follows the model',
    lists(models, maxLength),
    (list) => lend((database) => followModel(database, models, list)),
    withoutOne,
  )
}

/** Any steps meet the same fate on two databases, and leave the same rows. */
export function differentialProperty(
  name: string,
  expected: DatabaseLender,
  actual: DatabaseLender,
  models: readonly TableModel[],
  maxLength = 40,
): Property {
  return defineProperty(
    name,
    lists(models, maxLength),
    (list) => expected((one) => actual((other) => compareDatabases(one, other, models, list))),
    withoutOne,
  )
}

function lists(models: readonly TableModel[], maxLength: number): fc.Arbitrary<readonly Step[]> {
  return narrow(models).chain((few) => fc.array(anyStep(few), { minLength: 1, maxLength, size: 'max' }))
}

/** The list with one step left out, for each of its steps. */
function withoutOne(steps: readonly Step[]): readonly Step[][] {
  return steps.map((_, place) => steps.toSpliced(place, 1))
}
