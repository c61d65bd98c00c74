// Goal: a project that has dbmate installed has each snapshot upgraded by dbmate itself, too, and the result says so.
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ScratchProject } from '../support/scratch-project.ts'
import { prepareTools } from './tools/prepare-tools.ts'
import { makeProjectOf } from './tools/project-of-tool.ts'

const inDbmate = (sql: string) => `-- migrate:up\n${sql}\n-- migrate:down\n`
const platform = `@dbmate/${process.platform}-${process.arch}`

let project: ScratchProject

beforeAll(() => {
  prepareTools().install()
  project = makeProjectOf(['dbmate', platform], {
    'migration-proof.config.mjs': `import { defineConfig } from 'migration-proof'
import { dbmate } from 'migration-proof/dbmate'

export default defineConfig({ name: 'shop', ...dbmate('db/migrations', { table: 'applied' }), fixtures: 'fixtures' })
`,
    'db/migrations/1_notes.sql': inDbmate('CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL);'),
    'db/migrations/2_tags.sql': inDbmate('CREATE TABLE tag (id INTEGER PRIMARY KEY);'),
  })
  project.run(['freeze'])
  project.run(['freeze', '--accept-drafts'])
}, 600_000)

afterAll(() => project.destroy())

it('says which dbmate has left the same', () => {
  const { stdout, exitCode } = project.run(['verify'])
  expect(stdout.replace(/\s+/g, ' ')).toMatch(
    /Applied by emulated rules of dbmate, with the same result as dbmate \d+\.\d+\.\d+\./,
  )
  expect(exitCode).toBe(0)
  expect(JSON.parse(project.run(['verify', '--json']).stdout).runner).toMatchObject({
    tool: 'dbmate',
    version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
    how: 'emulated',
  })
})

it('says that nothing was compared where dbmate is not installed', () => {
  const other = project.copy()
  for (const name of ['dbmate', platform]) other.remove(`node_modules/${name}`)
  const { stdout } = other.run(['verify'], { env: { PATH: '' } })
  expect(stdout.replace(/\s+/g, ' ')).toContain('emulated rules of dbmate, not checked against the tool.')
})

it('names what the installed dbmate does otherwise', () => {
  const other = project.copy()
  // A text in double quotes: better-sqlite3 refuses it, and the SQLite of dbmate takes it.
  other.write(
    'db/migrations/2_tags.sql',
    inDbmate('CREATE TABLE tag (id INTEGER PRIMARY KEY); INSERT INTO tag SELECT 1 WHERE "a" = "a";'),
  )
  const { stdout, exitCode } = other.run(['verify', '--json'])
  expect(exitCode).toBe(1)
  expect(stdout).toMatch(/that dbmate \d+\.\d+\.\d+ ends without one/)
})
