// Goal: the version of the package says what a change brings, and the changelog names each new migration.
import { describe, expect, it } from 'vitest'
import { findUnnoted, findWrongPackageVersion, namedVersions } from '../../src/gate/package-version.ts'
import { makeSide, migrationOf, released } from './side.ts'

const withMigration = makeSide([
  ...(released.recorded ?? []),
  migrationOf(3, 'CREATE TABLE label (id INTEGER)'),
])

const versions = [
  { before: '1.2.3', after: '1.3.0', brings: 'a migration', fits: true },
  { before: '1.2.3', after: '2.0.0', brings: 'a migration', fits: true },
  { before: '0.9.1', after: '0.10.0', brings: 'a migration', fits: true },
  { before: '1.3.0-rc.1', after: '1.3.0', brings: 'a migration', fits: true },
  { before: '1.2.3', after: '1.2.4', brings: 'a migration', fits: false },
  { before: '1.2.3', after: '1.2.3', brings: 'a migration', fits: false },
  { before: '1.2.3', after: '0.3.0', brings: 'a migration', fits: false },
  { before: '1.2.3', after: '1.2.3', brings: 'nothing', fits: true },
  { before: '1.2.3', after: '1.2.4', brings: 'nothing', fits: true },
  { before: '1.2.3', after: '1.2.2', brings: 'nothing', fits: false },
  { before: '1.2.3', after: '1.2.3-rc.1', brings: 'nothing', fits: false },
] as const

describe('the version of the package', () => {
  it.for(versions)('$after after $before with $brings: $fits', ({ before, after, brings, fits }) => {
    const head = { ...(brings === 'nothing' ? released : withMigration), packageVersion: after }
    const problems = findWrongPackageVersion({ ...released, packageVersion: before }, head)
    expect(problems.map(({ code }) => code)).toEqual(fits ? [] : ['package-version'])
  })

  it('is named with the least that it must be', () => {
    const [problem] = findWrongPackageVersion(released, withMigration)
    expect(problem).toMatchObject({
      location: { file: 'package.json' },
      expected: 'at least 1.3.0: the base is 1.2.3, and v3 is new',
      actual: '1.2.3',
    })
  })

  it('is not asked for where there is no package', () => {
    expect(findWrongPackageVersion(released, { ...withMigration, packageVersion: null })).toEqual([])
  })
})

describe('the changelog', () => {
  const note = (changelog: string | null) =>
    findUnnoted(released, { ...withMigration, changelog }).map(({ subject }) => subject.name)

  it('lacks a migration that it does not name', () => {
    expect(note('# Changelog\n\n## Unreleased\n\n- Faster.\n')).toEqual(['v3'])
  })

  it.for(['Migration v3 adds labels.', 'The migrations v1 to v4.'])('names it in "%s"', (line) => {
    expect(note(`# Changelog\n\n- ${line}\n`)).toEqual([])
  })

  it('is asked nothing where there is none', () => {
    expect(note(null)).toEqual([])
  })

  it.for([
    ['v3 and v5', [3, 5]],
    ['v1 to v3', [1, 2, 3]],
    ['released as v3.1.0, after v2.0.0', []],
    ['v10.', [10]],
  ] as const)('names in "%s" the versions %s', ([text, expected]) => {
    expect([...namedVersions(text)]).toEqual(expected)
  })
})
