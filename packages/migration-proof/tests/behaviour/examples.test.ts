// Goal: the example rows serve every engine, also those that read text only up to a NUL, where the table allows it.
import { expect, it } from 'vitest'
import { examplesOf } from '../../src/behaviour/checks/examples.ts'
import { modelsOf } from '../../src/behaviour/index.ts'
import { modelOf } from '../../src/behaviour/table-model.ts'

function examplesWith(...values: readonly string[]) {
  const columns = { id: { type: 'TEXT', notNull: true, values } }
  const models = modelsOf([{ name: 'note', since: 1, key: ['id'], columns }]).at(1)
  return examplesOf(modelOf(models, 'note'), models)
}

it('no example holds a NUL where there are rows without one', () => {
  const { first, second } = examplesWith('a\u0000', 'b', 'c\u0000', 'd')
  expect([first.id, second?.id].toSorted()).toEqual(['b', 'd'])
})

it('a table whose every value holds a NUL has examples all the same', () => {
  const { first, second } = examplesWith('a\u0000', 'b\u0000')
  expect([first.id, second?.id].toSorted()).toEqual(['a\u0000', 'b\u0000'])
})
