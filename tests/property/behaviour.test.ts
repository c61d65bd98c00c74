// Goal: shown by statements, error codes and query plans alone, a database of each version, made fresh or upgraded
// from a snapshot, does what is declared of its tables: columns, defaults, affinities, keys, references, cascades,
// the order of each index, the plan of each purge, known hazards; and it holds nothing of other versions.

import type { Connection } from 'migration-proof'
import { checkBehaviour, describeProblem, openFresh, openUpgraded } from 'migration-proof/behaviour'
import { describe, expect, it } from 'vitest'
import { latestVersion } from '../../src/migrations/index.ts'
import suite from '../../src/suite/index.ts'

const versions = Array.from({ length: latestVersion }, (_, place) => place + 1)

describe('the behaviour', () => {
  it.for(versions)('of a fresh database of v%i is as declared', (version) => {
    expectBehaviour(openFresh(suite, version), version)
  })

  it.for(suite.snapshots.map(({ name }) => name))('of the upgraded snapshot %s is as declared', (name) => {
    expectBehaviour(openUpgraded(suite, name), latestVersion)
  })
})

function expectBehaviour(connection: Connection, version: number) {
  try {
    const failures = checkBehaviour({ connection, facts: suite.facts, version })
    expect(failures.map(describeProblem)).toEqual([])
  } finally {
    connection.close()
  }
}
