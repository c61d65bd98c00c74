// Goal: a release freezes what it needs and says so in the changelog; nothing that was released changes, a second run
// does nothing, and whatever was forgotten is named.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
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

  it('is only shown with --check', () => {
    for (const draft of ['schemas/v3.sql', 'rows/v2.sql']) {
      const lines = project.read(`fixtures/${draft}`).split('\n').slice(2)
      project.write(`fixtures/${draft}`, lines.join('\n'))
    }
    const before = changes(project)
    const { exitCode, stdout } = freeze(project, '--check')
    expect(stdout).toContain('✗ snapshot v2: snapshot-missing\n    expected   an entry in the ledger')
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
  it('is never frozen again: the change is named, and nothing is written', () => {
    const project = released.copy()
    addThirdVersion(project, 'CREATE TABLE tag (name TEXT NOT NULL)')
    project.replace('package.json', '1.0.0', '1.1.0')
    project.replace('migrations.mjs', 'text TEXT NOT NULL', 'text TEXT')
    const before = changes(project)
    const { exitCode, stdout } = freeze(project)
    expect(stdout).toContain(
      '✗ migration v1: migration-edited\n    where      migrations.mjs:5\n    expected   1 statement of hash',
    )
    expect(stdout).toContain('where two branches added v1, say which of them is released')
    expect(stdout).not.toContain('--refreeze')
    expect(exitCode).toBe(1)
    expect(changes(project)).toBe(before)
  })
})

describe('a snapshot that is not declared', () => {
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

describe('what contradicts the migrations or the declarations', () => {
  const reviewed = released.copy()
  addThirdVersion(reviewed, 'CREATE TABLE tag (name TEXT NOT NULL); CREATE INDEX tag_name ON tag (name)')
  reviewed.replace('package.json', '1.0.0', '1.1.0')
  freeze(reviewed)
  for (const draft of ['schemas/v3.sql', 'rows/v2.sql'])
    reviewed.write(`fixtures/${draft}`, reviewed.read(`fixtures/${draft}`).split('\n').slice(2).join('\n'))

  /** What the run says, once it is sure that it pinned nothing and noted nothing. */
  const refused = (project: ScratchProject, ...command: readonly string[]) => {
    const pinned = () => project.read('fixtures/manifest.json') + project.read('CHANGELOG.md')
    const before = pinned()
    const run = command.length === 0 ? freeze(project) : project.run([...command, '--config', 'suite.mjs'])
    expect(run.exitCode, run.stdout + run.stderr).toBe(1)
    expect(pinned()).toBe(before)
    expect(existsSync(join(project.folder, 'fixtures/snapshots/v2.db'))).toBe(false)
    return run.stdout
  }

  it.for([
    [
      'a typo',
      'name TEXT',
      'name TXET',
      '✗ golden schema v3: schema-unreviewed\n    expected   what it says of table tag, column name',
    ],
    [
      'a lost index',
      'CREATE INDEX tag_name ON tag (name);',
      '',
      'index tag_name, existence: none\n    actual     ',
    ],
    [
      'no SQL',
      'CREATE TABLE tag',
      'CREATE TABEL tag',
      "expected   DDL that SQLite runs\n    actual     the error 'near",
    ],
  ] as const)('is not frozen: a golden schema with %s', ([, text, by, said]) => {
    const project = reviewed.copy()
    project.replace('fixtures/schemas/v3.sql', text, by)
    for (const command of [[], ['freeze']]) expect(refused(project, ...command)).toContain(said)
  })

  it('is not frozen: a table that is dropped, though its rows were not given up', () => {
    const project = released.copy()
    addThirdVersion(project, 'CREATE TABLE tag (name TEXT NOT NULL); DROP TABLE note')
    project.replace('package.json', '1.0.0', '1.1.0')
    expect(freeze(project).stdout).toMatch(/schemas\/v3 differs from schemas\/v2:\n {4}-CREATE TABLE note /)
    for (const draft of ['schemas/v3.sql', 'rows/v2.sql'])
      project.write(`fixtures/${draft}`, project.read(`fixtures/${draft}`).split('\n').slice(2).join('\n'))
    const said = refused(project)
    expect(said).toMatch(/table note/)
    expect(said).toContain('Nothing was frozen, and the changelog is as it was.')
  })

  it('is not frozen: a table that is not declared', () => {
    const project = reviewed.copy()
    const columns = `{ id: { type: 'TEXT' }, text: { type: 'TEXT', notNull: true } }`
    const note = `{ name: 'note', since: 1, columns: ${columns}, key: ['id'], indexes: { note_text: ['text'] } }`
    project.replace('suite.mjs', `name: 'notes',`, `name: 'notes', tables: [${note}],`)
    expect(refused(project)).toMatch(/facts[\s\S]*table tag/)
  })

  it('is frozen where all agree, and the difference of the golden schema is shown', () => {
    const project = reviewed.copy()
    const { exitCode, stdout } = freeze(project)
    expect(exitCode, stdout).toBe(0)
    expect(stdout).toContain(
      '  schemas/v3 differs from schemas/v2:\n    +CREATE TABLE tag (name TEXT NOT NULL);\n' +
        '    +CREATE INDEX tag_name ON tag (name);\n',
    )
    expect(stdout).toContain('✓ v2')
  })

  it('is edited frozen rows, as --check reports them', () => {
    const project = reviewed.copy()
    project.replace(
      'fixtures/rows/v1.sql',
      'INSERT INTO note',
      `INSERT INTO note VALUES ('x', 'y');\nINSERT INTO note`,
    )
    const said = refused(project)
    const [line = ''] = /^ {4}actual +.*table note: \d+ rows.*$/m.exec(said) ?? []
    expect(line).not.toBe('')
    expect(freeze(project, '--check').stdout).toContain(line)
  })
})

describe('a new version that is not finished', () => {
  const project = released.copy()
  project.write('migrations/v1-notes.mjs', notes('v1', 1))
  project.write('migrations/v2-texts.mjs', notes('v2', 2))
  project.write('migrations/v3-tags.mjs', notes('v3', 3))
  project.write(
    'migrations.mjs',
    `import { v1 } from './migrations/v1-notes.mjs'\nimport { v2 } from './migrations/v2-texts.mjs'\n\n` +
      'export const migrations = [v1, v2]\n',
  )
  const commands = [
    ['freeze', '--release'],
    ['verify', '--json'],
  ]

  it.for(commands)('has no line in the list: %j names the file and the list', (command) => {
    const { exitCode, stdout } = project.run([...command, '--config', 'suite.mjs'])
    expect(stdout).toContain('a line for it at the end of the list of migrations in migrations.mjs')
    expect(exitCode).toBe(1)
    expect(stdout).not.toContain('Nothing is missing')
  })

  it.for(commands)('has a stub: %j names the file and the line', (command) => {
    const stub = project.copy()
    stub.remove('migrations/v3-tags.mjs')
    stub.write('migrations/v2-texts.mjs', `\n// STUB: which index serves it\n${notes('v2', 2)}`)
    const { exitCode, stdout } = stub.run([...command, '--config', 'suite.mjs'])
    expect(stdout).toContain("'which index serves it'")
    expect(stdout).toMatch(/migrations\/v2-texts\.mjs(:2\n|",\s+"line": 2\b)/)
    expect(exitCode).toBe(1)
  })
})

function notes(name: string, version: number): string {
  return `export const ${name} = { version: ${version}, name: '${name}', up: (database) => database.exec('SELECT 1') }\n`
}

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
