// Goal: a draft that no one has read is named by the commands that rely on it, and a clause that is lost is no success.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { library } from '../support/notes-project.ts'
import { makeProject, type ScratchProject } from '../support/scratch-project.ts'

const config = `import { defineConfig } from '${library}'

export default defineConfig({
  name: 'notes',
  fixtures: new URL('fixtures', import.meta.url),
  migrations: [
    {
      version: 1,
      name: 'notes',
      up: ({ exec }) =>
        exec(\`CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL); CREATE TABLE log (note INTEGER);
          CREATE TRIGGER logged AFTER UPDATE ON note BEGIN INSERT INTO log VALUES (old.id); END\`),
    },
    {
      version: 2,
      name: 'rebuilt',
      dataChanges: [{ table: 'log', reason: 'read by no one' }],
      up: ({ exec }) =>
        exec(\`CREATE TABLE copy (id INTEGER PRIMARY KEY, text TEXT); INSERT INTO copy SELECT id, text FROM note;
          DROP TABLE log; DROP TABLE note; ALTER TABLE copy RENAME TO note;
          CREATE TRIGGER logged AFTER UPDATE ON note BEGIN INSERT INTO log VALUES (old.id); END\`),
    },
  ],
})
`

let project: ScratchProject

beforeAll(() => {
  project = makeProject({
    'package.json': '{ "name": "notes", "version": "1.0.0", "type": "module" }\n',
    'migration-proof.config.mjs': config,
  })
})
afterAll(() => project.destroy())

describe('a draft that names a lost clause', () => {
  it('is written with exit code 0, and waits with exit code 1 until a person has decided', () => {
    expect(project.run(['freeze']).exitCode).toBe(0)
    const { stdout, exitCode } = project.run(['freeze', '--accept-drafts'])
    expect(stdout).toContain('-- lost: note: text NOT NULL')
    expect(exitCode).toBe(1)
    expect(project.run(['freeze']).exitCode).toBe(1)
  })

  it('is named by verify, with what to do', () => {
    expect(project.run(['verify']).stdout).toMatch(
      /^\? schemas\/v2 is a draft .*: read fixtures\/schemas\/v2\.sql, .*'-- lost:'/m,
    )
    expect(JSON.parse(project.run(['verify', '--json']).stdout).drafts).toMatchObject([
      { fixture: 'schemas/v2' },
    ])
  })
})

describe('lint', () => {
  it('says since when a trigger names what is gone', () => {
    expect(project.run(['lint']).stdout).toMatch(/✗ logged \(since migration v2\)/)
  })
})
