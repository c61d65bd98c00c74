// Goal: a release freezes what it needs and says so in the changelog; nothing that was released changes, a second run
// does nothing, and whatever was forgotten is named.
import { afterAll, describe, expect, it } from 'vitest'
import { addThirdVersion, makeNotesProject } from '../support/notes-project.ts'
import type { ScratchProject } from '../support/scratch-project.ts'

const released = makeNotesProject()
afterAll(() => released.destroy())

const freeze = (project: ScratchProject, ...options: readonly string[]) =>
  project.run(['freeze', '--release', '--config', 'suite.mjs', '--date', '2026-01-31', ...options])

/** What a run would change, as git sees it. */
const changes = (project: ScratchProject) =>
  project.git('status', '--short', '--untracked-files=all') + project.git('diff')

describe('a release with a new version', () => {
  const project = released.copy()
  addThirdVersion(project, 'CREATE TABLE tag (name TEXT NOT NULL)')

  it('is refused under a number that was released', () => {
    const before = changes(project)
    const { exitCode, stderr } = freeze(project)
    expect(stderr).toContain(
      'expected a version that was not released yet, since migration v3 is new, found 1.0.0, released on ' +
        '2025-01-31; run `npm version minor --no-git-tag-version`',
    )
    expect(exitCode).toBe(2)
    expect(changes(project)).toBe(before)
  })

  it('is drafted first, and waits for a reader', () => {
    project.replace('package.json', '1.0.0', '1.1.0')
    const { exitCode, stdout } = freeze(project)
    expect(stdout).toContain('? drafted   schemas/v3')
    expect(stdout).toContain('? drafted   rows/v2')
    expect(stdout).toContain('The changelog waits until all is frozen.')
    expect(exitCode).toBe(1)
    expect(project.git('diff', '--stat')).not.toContain('CHANGELOG.md')
    expect(project.git('diff', '--stat')).not.toContain('manifest.json')
  })

  it('is only told with --check', () => {
    for (const draft of ['schemas/v3.sql', 'rows/v2.sql']) {
      const lines = project.read(`fixtures/${draft}`).split('\n').slice(2)
      project.write(`fixtures/${draft}`, lines.join('\n'))
    }
    const before = changes(project)
    const { exitCode, stdout } = freeze(project, '--check')
    expect(stdout).toContain('✗ snapshots/v2: expected an entry in the ledger')
    expect(stdout).toContain('? CHANGELOG.md would say that 1.1.0 is released, and adds:')
    expect(exitCode).toBe(1)
    expect(changes(project)).toBe(before)
  })

  it('is frozen then: golden schema, statements, the snapshot of the version before, changelog', () => {
    const { exitCode, stdout } = freeze(project)
    for (const fixture of ['schemas/v3', 'migrations/v3', 'snapshots/v2'])
      expect(stdout).toContain(`✓ frozen    ${fixture}\n`)
    expect(exitCode).toBe(0)
    expect(project.read('CHANGELOG.md')).toBe(`# Changelog

## Unreleased

## 1.1.0 - 2026-01-31

- Migration v3 (tags): adds table \`tag\`.

## 1.0.0 - 2025-01-31

- The migrations v1 to v2.
`)
  })

  it('passes the gate for its history', () => {
    const { exitCode } = project.run(['gate', '--history', '--config', 'suite.mjs', '--base', 'v1.0.0'])
    expect(exitCode).toBe(0)
  })

  it('is the same after a second run, on another day', () => {
    const before = changes(project)
    const { exitCode, stdout } = project.run([
      'freeze',
      '--release',
      '--config',
      'suite.mjs',
      '--date',
      '2026-02-01',
    ])
    expect(stdout).toContain('✓ Nothing is missing.')
    expect(exitCode).toBe(0)
    expect(changes(project)).toBe(before)
    expect(freeze(project, '--check').exitCode).toBe(0)
  })
})

describe('a release of what was never released', () => {
  const project = released.copy()
  project.replace('CHANGELOG.md', '1.0.0 - 2025-01-31', '1.0.0, not released yet')
  project.commit('Work on')
  addThirdVersion(project, 'CREATE TABLE tag (name TEXT NOT NULL)')

  it('is refused under the number of the last commit, which does not say what is new', () => {
    const { exitCode, stderr } = freeze(project)
    expect(stderr).toContain(
      'package.json: expected at least 1.1.0: the base is 1.0.0, and v3 is new, found 1.0.0',
    )
    expect(exitCode).toBe(2)
    expect(project.git('status', '--short')).toBe(' M migrations.mjs\n')
  })

  it('is not refused before the first commit, or without git', () => {
    const unversioned = project.copy()
    unversioned.remove('.git')
    expect(freeze(unversioned).stdout).toContain('? drafted   schemas/v3')
    unversioned.git('init', '--quiet')
    expect(freeze(unversioned).stdout).toContain('? waiting   schemas/v3')
  })
})

describe('what was released', () => {
  it('is never frozen anew: the change is named, and nothing is written', () => {
    const project = released.copy()
    addThirdVersion(project, 'CREATE TABLE tag (name TEXT NOT NULL)')
    project.replace('package.json', '1.0.0', '1.1.0')
    project.replace('migrations.mjs', 'text TEXT NOT NULL', 'text TEXT')
    const before = changes(project)
    const { exitCode, stdout } = freeze(project)
    expect(stdout).toContain('✗ migrations/v1: expected the 1 statements')
    expect(exitCode).toBe(1)
    expect(changes(project)).toBe(before)
  })
})

describe('a snapshot that nobody declared', () => {
  it('is named with the line to add', () => {
    const project = released.copy()
    addThirdVersion(project, 'CREATE TABLE tag (name TEXT NOT NULL)')
    project.replace('package.json', '1.0.0', '1.1.0')
    const v1 = `{ name: 'v1', version: 1, form: 'versioned', origin: '', releases: [] }`
    project.replace('suite.mjs', `name: 'notes',`, `name: 'notes', snapshots: [${v1}],`)
    const { exitCode, stdout } = freeze(project)
    expect(stdout).toContain("Add to the end of `snapshots` in suite.mjs:\n    { name: 'v2', version: 2,")
    expect(exitCode).toBe(1)
  })
})

describe('wrong usage', () => {
  it.for(['2026-13-01', 'today'])('is a day such as %s', (day) => {
    const { exitCode, stderr } = released.run(['freeze', '--release', '--config', 'suite.mjs', '--date', day])
    expect(stderr).toContain(`expected a day such as 2026-01-31, found '${day}'`)
    expect(exitCode).toBe(2)
  })

  it('is a suite without a package', () => {
    const project = released.copy()
    project.remove('package.json')
    const { exitCode, stderr } = freeze(project)
    expect(stderr).toContain('expected a package.json with a version')
    expect(exitCode).toBe(2)
  })
})
