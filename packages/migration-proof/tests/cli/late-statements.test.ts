// Goal: a command is not green where a migration went on after it had returned, even where the suite swallows the error.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { library } from '../support/notes-project.ts'
import { makeProject, type ScratchProject } from '../support/scratch-project.ts'

const suite = `import { defineConfig } from '${library}'
import { later } from './later.mjs'

const notes = {
  version: 1,
  name: 'notes',
  up: (database) => database.exec('CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL)'),
}
const tags = {
  version: 2,
  name: 'tags',
  up: (database) => {
    database.exec('CREATE TABLE tag (id INTEGER PRIMARY KEY)')
    later(() => {
      try { database.exec('DELETE FROM note') } catch {}
    }, database)
  },
}
const released = { name: 'v1', version: 1, form: 'versioned', origin: 'A release.', releases: ['1.0.0'] }

export default defineConfig({
  name: 'notes',
  migrations: [notes, tags],
  snapshots: [released],
  fixtures: new URL('fixtures', import.meta.url),
})
`

let project: ScratchProject

beforeAll(() => {
  project = makeProject({
    'package.json': '{ "name": "notes", "version": "1.0.0", "type": "module" }\n',
    'suite.mjs': suite,
    'later.mjs': 'export const later = () => {}\n',
  })
  project.run(['freeze', '--config', 'suite.mjs'])
  project.run(['freeze', '--config', 'suite.mjs', '--accept-drafts'])
})
afterAll(() => project.destroy())

const sentence = /^Error: Migration v2 \(tags\): .*that statement did not run/gm

it.for(['queueMicrotask', 'setTimeout'])('verify, of a statement by %s', (later) => {
  project.write('later.mjs', 'export const later = () => {}\n')
  expect(project.run(['verify', '--config', 'suite.mjs']).exitCode).toBe(0)
  project.write('later.mjs', `export const later = (work) => ${later}(work)\n`)
  const { exitCode, stderr } = project.run(['verify', '--config', 'suite.mjs'])
  expect(stderr.match(sentence)).toHaveLength(1)
  expect(exitCode).toBe(1)
})

const writeLater = (later: string) =>
  project.write(
    'later.mjs',
    `import { isMainThread } from 'node:worker_threads'
export const later = isMainThread ? () => {} : ${later}
`,
  )

describe('in a thread alone, a statement by setTimeout:', () => {
  beforeEach(() => writeLater('(work) => setTimeout(work)'))

  it('crash', () => {
    const parameters = ['crash', '--config', 'suite.mjs', '--snapshot', 'v1']
    const { exitCode, stderr } = project.run(parameters)
    expect(stderr.match(sentence)).toHaveLength(1)
    expect(exitCode).toBe(1)
  })

  it('mutate', () => {
    const parameters = ['mutate', '--config', 'suite.mjs', '--migration', '2', '--check', 'golden', '--json']
    const { exitCode, stderr, stdout } = project.run(parameters)
    expect(stdout).toMatch(/^\{/)
    expect(stderr.match(sentence)).toHaveLength(1)
    expect(exitCode).toBe(1)
  })
})

it.for([
  ['while the work goes on', '(work) => setTimeout(work)'],
  [
    'after the result, none in the sample of the preview',
    `(work, database) => {
      const [{ file }] = database.all('PRAGMA database_list')
      if (file !== '' && !file.includes('.unfinished-')) setTimeout(work, 100)
    }`,
  ],
])('upgrade, of a statement %s', ([, later = '']) => {
  writeLater(later)
  const path = join(project.folder, 'notes.db')
  rmSync(path, { force: true })
  const database = new Database(path)
  database.exec(`CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL);
    CREATE TABLE schema_version (version INTEGER PRIMARY KEY, applied_at TEXT NOT NULL DEFAULT (datetime('now')));
    INSERT INTO schema_version (version) VALUES (1); INSERT INTO note (text) VALUES ('kept')`)
  database.close()
  const { exitCode, stderr } = project.run(['upgrade', path, '--config', 'suite.mjs'])
  expect(stderr.match(sentence)).toHaveLength(1)
  expect(exitCode).toBe(1)
  const after = new Database(path)
  expect(after.prepare('SELECT text FROM note').pluck().all()).toEqual(['kept'])
  after.close()
})
