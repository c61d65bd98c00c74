import * as fc from 'fast-check'
import { createMemoryDatabase, type MemoryDatabase } from '../memory/memory-database.ts'
import type { TableModel } from '../table-model.ts'
import { narrow } from './narrow.ts'
import { memoryMachine } from './run.ts'
import { anyStep } from './steps.ts'

/**
 * What lists of random steps bring about, counted on the model alone. A list whose steps miss each other, of
 * updates that find no row and children that find no parent, agrees with any engine and proves nothing.
 *
 * @returns how often each kind of step had each outcome, such as `delete: more than one row gone`
 */
export function surveySteps(
  models: readonly TableModel[],
  { lists, seed }: { readonly lists: number; readonly seed: number },
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  const count = (event: string) => counts.set(event, (counts.get(event) ?? 0) + 1)
  const values = narrow(models).chain((few) => fc.array(anyStep(few), { minLength: 40, maxLength: 40 }))
  for (const list of fc.sample(values, { numRuns: lists, seed })) {
    const memory = createMemoryDatabase(models)
    const machine = memoryMachine(memory)
    for (const step of list) {
      const before = countAll(memory, models)
      const { outcome, changes } = machine.take(step)
      const gone = before - countAll(memory, models)
      count(`${step.do}: ${outcome}`)
      if (changes > 0) count(`${step.do}: rows changed`)
      if (gone > changes) count(`${step.do}: more rows gone than it names`)
      if (changes === 0 && gone !== 0) count(`${step.do}: rows come and gone`)
    }
  }
  return counts
}

function countAll(memory: MemoryDatabase, models: readonly TableModel[]): number {
  return models.reduce((sum, { name }) => sum + memory.rows(name).length, 0)
}
