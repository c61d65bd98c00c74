// Goal: `freeze --from` makes a snapshot of a real file, which is only read, and refuses what is not that version.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { library } from '../support/notes-project.ts'
import { makeProject } from '../support/scratch-project.ts'

const project = makeProject({
  'package.json': '{ "name": "notes", "type": "module" }\n',
  'migration-proof.config.mjs': `import { defineConfig } from '${library}'
const up = (sql) => (db) => db.exec(sql)
export default defineConfig({ name: 'notes', migrations: [
  { version: 1, name: 'notes', id: '0001_notes', up: up('CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)') },
  { version: 2, name: 'more', up: up('CREATE TABLE more (a TEXT)') },
  { version: 3, name: 'index', up: up('CREATE INDEX note_text ON note (text)') },
] })
`,
})
afterAll(() => project.destroy())
const file = join(project.folder, 'data.db')
const secret = 'a secret of a user'

beforeAll(() => {
  const database = new Database(file)
  database.exec(`CREATE TABLE schema_version (version INTEGER PRIMARY KEY, applied_at TEXT NOT NULL DEFAULT (datetime('now')));
    INSERT INTO schema_version (version) VALUES (1), (2);
    CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT); CREATE TABLE more (a TEXT);
    INSERT INTO note VALUES (1, '${secret}'), (2, NULL), (3, 'deleted ${secret}'); DELETE FROM note WHERE id = 3`)
  database.close()
})

describe('freeze --from', () => {
  it('drafts the rows, which are frozen, checked and verified like any others', () => {
    const made = project.copy()
    const before = readFileSync(file)
    const { exitCode, stdout } = made.run(['freeze', '--from', 'data.db', '--name', 'v2'])
    expect(stdout).toMatch(
      /^Drafted fixtures\/rows\/v2\.sql from data\.db, with synthetic values: note 2\.$/m,
    )
    expect(stdout).toMatch(/^Without rows in the file, and filled: more\.$/m)
    expect(exitCode).toBe(0)
    expect(made.read('fixtures/rows/v2.sql')).toMatch(
      /^-- DRAFT, made from data\.db, with synthetic values: /,
    )
    expect(made.run(['freeze']).stdout).toMatch(/^\? waiting +rows\/v2/m)
    expect(made.run(['freeze', '--accept-drafts']).exitCode).toBe(0)
    for (const command of [
      ['freeze', '--check'],
      ['verify', '--snapshot', 'v2'],
    ])
      expect(made.run(command).exitCode).toBe(0)
    const snapshot = readFileSync(join(made.folder, 'fixtures/snapshots/v2.db'))
    expect([snapshot.includes(secret), snapshot.includes('deleted')]).toEqual([false, false])
    expect(readFileSync(file)).toEqual(before)
    const again = made.run(['freeze', '--from', 'data.db', '--name', 'v2'])
    expect([again.exitCode, again.stderr]).toEqual([2, expect.stringContaining('found one that is frozen')])
  })

  it('keeps values where that is asked for, and takes a version for a name', () => {
    const made = project.copy()
    const { stdout } = made.run(['freeze', '--from', 'data.db', '--name', '2', '--keep-values', '--json'])
    expect(JSON.parse(stdout)).toMatchObject({
      drafted: ['rows/v2'],
      keepsValues: true,
      tables: [{ name: 'note', rows: 2 }],
    })
    expect(made.read('fixtures/rows/v2.sql')).toContain(secret)
    const again = made.run(['freeze', '--from', 'data.db', '--name', 'v2'])
    expect([again.exitCode, again.stderr]).toEqual([2, expect.stringContaining('delete that file')])
  })

  it.for([
    [
      ['--from', 'data.db', '--name', 'v1'],
      'expected a file of version 1, found data.db, which is at version 2; name the snapshot v2',
    ],
    [['--from', 'data.db', '--name', '0001_notes'], 'expected a file of version 1'],
    [['--from', 'data.db', '--name', 'v9'], 'expected one of the snapshots v1, v2'],
    [['--from', 'data.db'], 'expected --name with one of the snapshots v1, v2'],
    [['--from', 'none.db', '--name', 'v2'], 'found no file'],
    [['--name', 'v2'], 'expected --from beside it'],
    [['--keep-values'], 'expected --from beside it'],
    [['--from', 'data.db', '--name', 'v2', '--check'], 'expected no --from beside it'],
  ] as const)('refuses %s', ([options, message]) => {
    const { exitCode, stderr } = project.run(['freeze', ...options])
    expect(stderr).toContain(message)
    expect(exitCode).toBe(2)
    expect(existsSync(join(project.folder, 'fixtures'))).toBe(false)
  })
})
