// Goal: every snapshot, upgraded to every later version, proves all that an upgrade must prove.

import { checks, openSubject, runCheck, type Subject } from 'migration-proof'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { latestVersion } from '../../src/migrations/index.ts'
import suite from '../../src/suite/index.ts'

const paths = suite.snapshots.flatMap(({ name, version }) =>
  Array.from({ length: latestVersion - version }, (_, step) => ({ name, target: version + 1 + step })),
)

describe.for(paths)('$name upgraded to v$target', ({ name, target }) => {
  let subject: Subject

  beforeAll(() => {
    subject = openSubject(suite, name, target)
  })
  afterAll(() => subject[Symbol.dispose]())

  // The way to the latest version passes every statement of the ways to the versions before it.
  const isWhole = target === latestVersion
  it.for(checks.filter(({ name: check }) => isWhole || check !== 'interruption'))('$proves', (check) => {
    expect(runCheck(check, subject).problems).toEqual([])
  })
})

describe('the paths', () => {
  it('begin at every version before the latest, and at each form of version 0', () => {
    const starts = suite.snapshots.map(({ version }) => version)
    expect(starts).toEqual([0, 0, 0, ...Array.from({ length: latestVersion - 1 }, (_, step) => 1 + step)])
  })

  it('reach the latest version from each of them', () => {
    const reached = paths.filter(({ target }) => target === latestVersion).map(({ name }) => name)
    expect(reached).toEqual(suite.snapshots.map(({ name }) => name))
  })
})
