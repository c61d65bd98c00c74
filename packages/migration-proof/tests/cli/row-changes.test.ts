// Goal: a person who freezes rows learns how many of them each migration changes, and which change nothing proves.
import { expect, it, onTestFinished } from 'vitest'
import { library } from '../support/notes-project.ts'
import { makeProject } from '../support/scratch-project.ts'

const config = `import { defineConfig } from '${library}'

const tables = 'CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL)'
const changes = "UPDATE note SET text = trim(text) WHERE text <> trim(text); DELETE FROM note WHERE text = 'spam'"
const dataChanges = [{ table: 'note', columns: ['text'], rowsRemoved: "text = 'spam'", reason: 'cleaned' }]

export default defineConfig({
  name: 'notes',
  migrations: [
    { version: 1, name: 'notes', up: ({ exec }) => exec(tables) },
    { version: 2, name: 'cleaned', dataChanges, up: ({ exec }) => exec(changes) },
  ],
})
`

it('freeze counts them by statement, and lint names a change of none', () => {
  const project = makeProject({
    'package.json': '{ "name": "notes", "version": "1.0.0", "type": "module" }\n',
    'migration-proof.config.mjs': config,
  })
  onTestFinished(() => project.destroy())
  project.run(['freeze'])
  project.write(
    'fixtures/rows/v1.sql',
    "INSERT INTO schema_version VALUES (1, '2026-01-01 00:00:00'); INSERT INTO note VALUES (1, ' a '), (2, 'b '), (3, 'c');",
  )
  const { stdout } = project.run(['freeze', '--accept-drafts'])
  expect(stdout).toContain('✓ v2: UPDATE note changes 2 rows of the snapshots\n')
  expect(stdout).toContain('! v2: DELETE FROM note changes no row of the snapshots\n')
  expect(stdout).toMatch(
    /What changes no row is not proven: add a snapshot .* where `npx migration-proof lint` names it\./,
  )
  const { exitCode, stdout: found } = project.run(['lint', '--json'])
  expect(exitCode).toBe(1)
  const { problems } = JSON.parse(found)
  expect(problems.filter(({ code }: { code: string }) => code === 'change-untested')).toMatchObject([
    {
      subject: { type: 'migration', name: 'v2', aspect: 'DELETE FROM note' },
      version: 2,
      severity: 'warning',
    },
  ])
})
