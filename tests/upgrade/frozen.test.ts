// Goal: what was released stays as it was: the migrations to the statement, the golden schemas and the snapshots.

import { checkFixtures } from 'migration-proof'
import { expect, it } from 'vitest'
import suite from '../../src/suite/index.ts'

const { failures } = checkFixtures(suite)
const released = [
  ...suite.plan.migrations.map(({ version }) => `migrations/v${version}`),
  ...suite.plan.migrations.map(({ version }) => `schemas/v${version}`),
  ...suite.snapshots.map(({ name }) => `snapshots/${name}`),
]

function messagesOf(fixtures: readonly string[]) {
  return failures.filter(({ fixture }) => fixtures.includes(fixture)).map(({ message }) => message)
}

it.for(released)('%s is what was frozen', (fixture) => {
  expect(messagesOf([fixture])).toEqual([])
})

it('no other fixture is missing, changed or unknown', () => {
  const others = failures.map(({ fixture }) => fixture).filter((fixture) => !released.includes(fixture))
  expect(messagesOf(others)).toEqual([])
})
