// Goal: `status` says in a second what is frozen, drafted and pending, and its exit code says whether anything is left to do.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addThirdVersion, addVersion, makeNotesProject } from '../support/notes-project.ts'
import type { ScratchProject } from '../support/scratch-project.ts'

const status = ['status', '--config', 'suite.mjs']
let notes: ScratchProject
beforeAll(() => {
  notes = makeNotesProject()
})
afterAll(() => notes.destroy())

/** A copy of the project, with a third version that is not frozen. */
function withThirdVersion(): ScratchProject {
  const project = notes.copy()
  addThirdVersion(project, 'CREATE TABLE tag (name TEXT)')
  return project
}

describe('status', () => {
  it('has nothing pending where all is frozen', () => {
    const { exitCode, stdout, stderr } = notes.run(status)
    expect(stdout).toBe(
      [
        'notes, v1 to v2 (suite.mjs)',
        'Frozen: 2 migrations, 2 golden schemas, the rows of 1 snapshot, 2 snapshots.',
        '✓ Nothing is pending.',
        '',
      ].join('\n'),
    )
    expect(stderr).toBe('')
    expect(exitCode).toBe(0)
  })

  it('names what is pending of a new version', () => {
    const { exitCode, stdout } = withThirdVersion().run(status)
    for (const fixture of ['migrations/v3', 'schemas/v3', 'rows/v2', 'snapshots/v2'])
      expect(stdout).toMatch(new RegExp(`^\\? pending +${fixture}: run \`npx migration-proof freeze`, 'm'))
    expect(stdout).toContain('\nv3 is not frozen: 4 pending.\n')
    expect(exitCode).toBe(1)
  })

  it('names the drafts that wait for review', () => {
    const project = withThirdVersion()
    project.run(['freeze', '--config', 'suite.mjs'])
    const { exitCode, stdout } = project.run(status)
    expect(stdout).toMatch(
      /^\? draft {5}schemas\/v3: read fixtures\/schemas\/v3\.sql, delete its first lines, and run `/m,
    )
    expect(stdout).toContain('\nv3 is not frozen: 2 drafts wait for review, 2 pending.\n')
    expect(exitCode).toBe(1)
  })

  it('says why no rows can be drafted instead of advising a freeze, which would fail', () => {
    const project = withThirdVersion()
    project.replace(
      'migrations.mjs',
      'CREATE TABLE tag (name TEXT)',
      'CREATE TABLE tag (name TEXT NOT NULL); INSERT INTO tag SELECT NULL FROM note',
    )
    addVersion(project, 4, 'CREATE TABLE other (id INTEGER)')
    project.run(['freeze', '--config', 'suite.mjs'])
    project.run(['freeze', '--accept-drafts', '--config', 'suite.mjs'])
    const { stdout } = project.run(status)
    expect(stdout).toMatch(
      /^\? pending +rows\/v3: no rows can be drafted: Migration v3 .*NOT NULL constraint failed: tag\.name.*: let the migration/m,
    )
    expect(stdout).toMatch(/^\? pending +snapshots\/v3: rows\/v3 comes first$/m)
  })

  it('names what does not agree with the ledger', () => {
    const project = notes.copy()
    project.replace('migrations.mjs', 'text TEXT NOT NULL', 'text TEXT')
    const { exitCode, stdout } = project.run(status)
    expect(stdout).toMatch(
      /^✗ migration v1: migration-edited\n {4}where +migrations\.mjs:5\n {4}expected +1 statement of hash .+\n {4}actual .+\n.*\n {4}fix +undo the change/m,
    )
    expect(stdout).toContain('\n1 differs from the ledger.\n')
    expect(exitCode).toBe(1)
  })

  it.for([['status'], ['freeze'], ['freeze', '--accept-drafts']])(
    '%s %s names a stub, and freezes nothing',
    (command) => {
      const project = withThirdVersion()
      project.write('migrations.mjs', `${project.read('migrations.mjs')}// STUB: which index serves it\n`)
      const ledger = project.read('fixtures/manifest.json')
      const lines = project.read('migrations.mjs').split('\n')
      const { exitCode, stdout } = project.run([...command, '--config', 'suite.mjs'])
      expect(stdout).toMatch(/^✗ migrations\.mjs: stub\n/m)
      expect(stdout).toContain(`migrations.mjs:${lines.findIndex((line) => line.includes('STUB')) + 1}\n`)
      expect(exitCode).toBe(1)
      const { problems } = JSON.parse(project.run([...command, '--json', '--config', 'suite.mjs']).stdout)
      expect(problems).toMatchObject([{ code: 'stub', location: { file: 'migrations.mjs' } }])
      expect(project.read('fixtures/manifest.json')).toBe(ledger)
      expect(() => project.read('fixtures/schemas/v3.sql')).toThrow('ENOENT')
    },
  )

  it('prints the same as JSON', () => {
    const project = withThirdVersion()
    const { exitCode, stdout } = project.run([...status, '--json'])
    expect(JSON.parse(stdout)).toMatchObject({
      suite: 'notes',
      outcome: 'pending',
      latestVersion: 3,
      unfrozenVersions: [3],
      problems: [],
    })
    const { fixtures }: { readonly fixtures: unknown } = JSON.parse(stdout)
    expect(fixtures).toContainEqual({ fixture: 'schemas/v2', state: 'frozen', next: null })
    expect(fixtures).toContainEqual({
      fixture: 'snapshots/v2',
      state: 'pending',
      next: expect.stringContaining('freeze'),
    })
    expect(exitCode).toBe(1)
    expect(JSON.parse(notes.run([...status, '--json']).stdout)).toMatchObject({ outcome: 'frozen' })
  })

  it('cannot be had of a ledger that cannot be read', () => {
    const project = notes.copy()
    project.write('fixtures/manifest.json', '{')
    const { exitCode, stderr } = project.run(status)
    expect(stderr).toMatch(/^Error: [^\n]+manifest\.json: expected JSON, [^\n]+\.\n$/)
    expect(exitCode).toBe(2)
  })
})
