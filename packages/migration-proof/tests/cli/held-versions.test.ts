// Goal: a project freezes the versions that people hold files of, and what is between them is still pinned and proven.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { defineConfig } from '../../src/index.ts'
import { library } from '../support/notes-project.ts'
import { makeProject } from '../support/scratch-project.ts'

const project = makeProject({
  'package.json': '{ "name": "notes", "version": "1.0.0", "type": "module" }\n',
  'CHANGELOG.md': '# Changelog\n',
  'migrations.mjs': `const up = (sql) => (db) => db.exec(sql)
export const migrations = [
  { version: 1, name: 'notes', up: up('CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)') },
  { version: 2, name: 'tags', up: up('CREATE TABLE tag (name TEXT)') },
  { version: 3, name: 'third', up: up('CREATE INDEX tag_name ON tag (name)') },
  { version: 4, name: 'fourth', up: up('CREATE INDEX note_text ON note (text)') },
]
`,
  'migration-proof.config.mjs': `import { defineConfig } from '${library}'
import { migrations } from './migrations.mjs'
export default defineConfig({ name: 'notes', migrations, snapshots: { versions: [2] } })
`,
})
afterAll(() => project.destroy())
project.run(['freeze'])
project.run(['freeze', '--accept-drafts'])
project.commit('Freeze')

const fixturesIn = (kind: string) => readdirSync(join(project.folder, 'fixtures', kind)).toSorted()

describe('snapshots: { versions: [2] }', () => {
  it('freezes these alone, with the golden schema of the latest version, and pins each migration', () => {
    expect([fixturesIn('rows'), fixturesIn('schemas'), fixturesIn('snapshots')]).toEqual([
      ['v2.sql'],
      ['v2.sql', 'v4.sql'],
      ['v0-empty.db', 'v2.db'],
    ])
    const { migrations } = JSON.parse(project.read('fixtures/manifest.json'))
    expect(migrations.map(({ version }: { version: number }) => version)).toEqual([1, 2, 3, 4])
  })

  it.for([['status'], ['freeze', '--check'], ['freeze'], ['gate', '--history'], ['verify', '--no-cache']])(
    'is whole for %s',
    (command) => {
      expect(project.run(command).exitCode).toBe(0)
    },
  )

  it.for([
    ['v1', 'text TEXT', 'text TEXT NOT NULL'],
    ['v3', 'CREATE INDEX tag_name', 'CREATE UNIQUE INDEX tag_name'],
  ])('names an edited migration %s, which has no snapshot', ([name, text, by]) => {
    const edited = project.copy()
    edited.replace('migrations.mjs', text ?? '', by ?? '')
    const { exitCode, stdout } = edited.run(['freeze', '--check'])
    expect(stdout).toContain(`migration ${name}: migration-edited`)
    expect(exitCode).toBe(1)
  })

  it('shows that the next golden schema differs, and blames no migration of which nothing is known', () => {
    const edited = project.copy()
    edited.replace('migrations.mjs', 'tag (name)', 'tag (name DESC)')
    const { snapshots } = JSON.parse(
      edited.run(['verify', '--no-cache', '--snapshot', 'v2', '--json']).stdout,
    )
    const golden = snapshots[0].checks.find(({ check }: { check: string }) => check === 'golden')
    expect(golden.problems).toMatchObject([{ subject: { type: 'index', name: 'tag_name' }, version: null }])
  })

  it('proves a migration without a snapshot by the rows of those before', () => {
    const faulty = project.copy()
    faulty.replace(
      'migrations.mjs',
      'CREATE INDEX tag_name ON tag (name)',
      'CREATE INDEX tag_name ON tag (name); DELETE FROM note',
    )
    const { stdout } = faulty.run(['verify', '--no-cache'])
    expect(stdout).toMatch(/^✗ table note: rows$/m)
    expect(stdout).toMatch(/^ +caused by +migration v3$/m)
  })

  it('asks for no snapshot of a version that becomes older', () => {
    const later = project.copy()
    later.replace(
      'migrations.mjs',
      '\n]',
      `\n  { version: 5, name: 'fifth', up: up('CREATE TABLE fifth (a)') },\n]`,
    )
    later.run(['freeze'])
    expect(later.run(['freeze', '--accept-drafts']).exitCode).toBe(0)
    expect(later.run(['freeze', '--check']).exitCode).toBe(0)
    expect(readdirSync(join(later.folder, 'fixtures/snapshots'))).not.toContain('v4.db')
  })

  it('keeps what is frozen: a snapshot that is no longer named is a problem', () => {
    const fewer = project.copy()
    fewer.replace('migration-proof.config.mjs', '{ versions: [2] }', '{ since: 3 }')
    const { exitCode, stdout } = fewer.run(['freeze', '--check'])
    expect(stdout).toMatch(/^✗ .*snapshots\/v2|^✗ snapshot v2/m)
    expect(exitCode).toBe(1)
  })
})

it('the config has a snapshot of each version that is named, and an empty one', () => {
  const migrations = [1, 2, 3, 4].map((version) => ({ version, name: `v${version}`, up: () => {} }))
  const names = (snapshots: Parameters<typeof defineConfig>[0]['snapshots']) =>
    defineConfig({
      name: 'notes',
      migrations,
      ...(snapshots === undefined ? {} : { snapshots }),
    }).snapshots.map(({ name }) => name)
  expect(names('all')).toEqual(names(undefined))
  expect(names({ since: 3 })).toEqual(['v0-empty', 'v3'])
  expect(names({ versions: [1, 3, 4] })).toEqual(['v0-empty', 'v1', 'v3'])
})
