// Goal: a migration that fails even in an empty database is what every command reports: one sentence that names the
// version and the statement, exit code 1, one JSON value where it is asked for, and never a stack trace.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Run } from '../support/command-line.ts'
import { library } from '../support/notes-project.ts'
import { makeProject, type ScratchProject } from '../support/scratch-project.ts'

const suite = `import { defineConfig } from '${library}'
import { tags } from './tags.mjs'

const notes = {
  version: 1,
  name: 'notes',
  up: (database) => database.exec('CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL)'),
}
const released = { name: 'v1', version: 1, form: 'versioned', origin: 'A release.', releases: ['1.0.0'] }

export default defineConfig({
  name: 'notes',
  migrations: [notes, ...tags],
  snapshots: [released],
  fixtures: new URL('fixtures', import.meta.url),
})
`

/** The second version as \`tags.mjs\` has it, and what every command says of it. */
const failures = [
  {
    what: 'throws',
    up: `() => { throw new Error('no such luck') }`,
    named: /Migration v2 \(tags\).*no such luck/,
  },
  {
    what: 'is no SQL',
    up: `(database) => database.exec('CREATE TABLE tag (id INTEGER); CREATE TABLE order (id INTEGER)')`,
    named: /Migration v2 \(tags\), statement 'CREATE TABLE order \(id INTEGER\)'.*near "order": syntax error/,
  },
  {
    what: 'returns a promise',
    up: `async (database) => {
      database.exec('CREATE TABLE tag (id INTEGER PRIMARY KEY)')
      await undefined
      database.exec('CREATE INDEX tag_id ON tag (id)')
    }`,
    named: /Migration v2 \(tags\).*a promise/,
  },
] as const

/** What ends a command. */
const ended: readonly (readonly string[])[] = [
  ['freeze'],
  ['freeze', '--check'],
  ['mutate'],
  ['lint'],
  ['crash', '--snapshot', 'fresh'],
  ['inspect', 'v2.db'],
  ['report'],
]

let project: ScratchProject

beforeAll(() => {
  project = makeProject({
    'package.json': '{ "name": "notes", "version": "1.0.0", "type": "module" }\n',
    'suite.mjs': suite,
    'tags.mjs': 'export const tags = []\n',
  })
  project.run(['freeze', '--config', 'suite.mjs'])
  project.run(['freeze', '--config', 'suite.mjs', '--accept-drafts'])
  const database = new Database(join(project.folder, 'v2.db'))
  database.exec(`CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL);
    CREATE TABLE schema_version (version INTEGER PRIMARY KEY, applied_at TEXT NOT NULL DEFAULT (datetime('now')));
    INSERT INTO schema_version (version) VALUES (1), (2)`)
  database.close()
  project.commit('Freeze')
})
afterAll(() => project.destroy())

function run(command: readonly string[], ...more: readonly string[]): Run {
  return project.run([...command, '--config', 'suite.mjs', ...more])
}

function write(up: string): void {
  project.write('tags.mjs', `export const tags = [{ version: 2, name: 'tags', up: ${up} }]\n`)
}

it('of a real file no value is shown that a migration throws, but in its stack', () => {
  write(`(database) => {
    database.exec('CREATE TABLE tag (id INTEGER PRIMARY KEY)')
    for (const { text } of database.all('SELECT text FROM note')) throw new Error('bad row ' + text)
  }`)
  const path = join(project.folder, 'real.db')
  const database = new Database(path)
  database.exec(`CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL);
    CREATE TABLE schema_version (version INTEGER PRIMARY KEY, applied_at TEXT NOT NULL DEFAULT (datetime('now')));
    INSERT INTO schema_version (version) VALUES (1); INSERT INTO note (text) VALUES ('hunter2')`)
  database.close()
  for (const option of [[], ['--json'], ['--dry-run'], ['--no-backup']]) {
    const { exitCode, stdout, stderr } = run(['upgrade', path], ...option)
    expect(exitCode).toBe(1)
    expect(stdout + stderr).not.toContain('hunter2')
    expect(stderr).toMatch(
      /Migration v2 \(tags\): .* the error 'Error' at \/.*tags\.mjs:3, whose message .*\(MIGRATION_PROOF_STACK=1\)/,
    )
  }
  const parameters = ['upgrade', path, '--config', 'suite.mjs', '--no-backup']
  const { stderr } = project.run(parameters, { env: { MIGRATION_PROOF_STACK: '1' } })
  expect(stderr).toContain('Caused by: Error: bad row hunter2')
})

/** What a project does in its second migration, or later, with a value of a row. Each has its own name in the output. */
const leaks: readonly (readonly [what: string, up: string, says: RegExp])[] = [
  [
    'an error after it has returned, in a function that is not awaited',
    `(database) => {
      database.exec('CREATE TABLE tag (id INTEGER PRIMARY KEY)')
      const late = async () => { for (const { text } of database.all('SELECT text FROM note')) throw new RangeError('bad row ' + text) }
      late()
    }`,
    /tags\.mjs:3: .*the error 'RangeError', whose message/,
  ],
  [
    'a text that is thrown after it has returned',
    `(database) => {
      database.exec('CREATE TABLE tag (id INTEGER PRIMARY KEY)')
      const late = async () => { for (const { text } of database.all('SELECT text FROM note')) throw text }
      late()
    }`,
    /the error 'ERR_UNHANDLED_REJECTION', whose message/,
  ],
  [
    'a trigger that raises it',
    `(database) => database.exec("CREATE TRIGGER checks BEFORE UPDATE ON note BEGIN SELECT RAISE(ABORT, 'bad row ' || old.text); END; UPDATE note SET text = upper(text)")`,
    /Migration v2 \(tags\), statement .*'SQLITE_CONSTRAINT_TRIGGER' that a trigger raised, whose message/,
  ],
]

it.for(leaks)('of a real file no value is shown by %s', ([, up, says]) => {
  write(up)
  const path = join(project.folder, 'leaks.db')
  rmSync(path, { force: true })
  const database = new Database(path)
  database.exec(`CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL);
    CREATE TABLE schema_version (version INTEGER PRIMARY KEY, applied_at TEXT NOT NULL DEFAULT (datetime('now')));
    INSERT INTO schema_version (version) VALUES (1); INSERT INTO note (text) VALUES ('hunter2')`)
  database.close()
  const { exitCode, stdout, stderr } = run(['upgrade', path, '--json'])
  expect(exitCode).toBe(1)
  expect(stdout + stderr).not.toContain('hunter2')
  expect(stderr).toMatch(says)
})

it.for([
  ['at once', 'process.exit(0)', /Migration v2 \(tags\): .* found that it called process\.exit\(0\); /],
  [
    'in a timer',
    'setTimeout(() => process.exit(0))',
    /tags\.mjs:3: .* found that it called process\.exit\(0\); /,
  ],
] as const)('a migration that ends the process %s is named in one sentence', ([, call, says]) => {
  write(`(database) => {
    database.exec('CREATE TABLE tag (id INTEGER PRIMARY KEY)')
    database.all('SELECT 1'); ${call}
  }`)
  const path = join(project.folder, 'exits.db')
  rmSync(path, { force: true })
  const database = new Database(path)
  database.exec(`CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL);
    CREATE TABLE schema_version (version INTEGER PRIMARY KEY, applied_at TEXT NOT NULL DEFAULT (datetime('now')));
    INSERT INTO schema_version (version) VALUES (1)`)
  database.close()
  const { exitCode, stderr } = run(['upgrade', path])
  expect(exitCode).toBe(1)
  expect(stderr.split('\n').filter((line) => line.startsWith('Error: '))).toEqual([
    expect.stringMatching(says),
  ])
})

function expectNoStack({ stdout, stderr }: Run): void {
  expect(`${stdout}\n${stderr}`).not.toMatch(/^\s+at .*:\d+|file:\/\/|node:internal/m)
}

describe.for(failures)('a history of which version 2 $what', ({ up, named }) => {
  beforeAll(() => write(up))

  it.for(ended)('ends %j with one sentence, which is one value for a machine', (command) => {
    const ending = run(command, '--json')
    const [sentence, ...others] = ending.stderr.split('\n').filter((line) => line.startsWith('Error: '))
    expect(ending.exitCode).toBe(1)
    expect(sentence).toMatch(named)
    expect(others).toEqual([])
    expect(JSON.parse(ending.stdout).error.message).toMatch(named)
    expectNoStack(ending)
  })

  it.for(['gate', 'verify'])('is a problem that %s reports', (command) => {
    const ending = run([command])
    const { stdout } = run([command], '--json')
    expect(ending.exitCode).toBe(1)
    expect(ending.stdout.replace(/\s+/g, ' ')).toMatch(named)
    expect(JSON.stringify(JSON.parse(stdout))).toContain('Migration v2 (tags)')
    expectNoStack(ending)
  })
})

describe('the gate of a history that fails', () => {
  it('says where the statement is written, and tries nothing else', () => {
    write(failures[1].up)
    for (const option of [[], ['--history']]) {
      const { gate, upgrades } = JSON.parse(run(['gate', ...option], '--json').stdout)
      expect(gate.problems).toHaveLength(1)
      expect(gate.problems[0]).toMatchObject({
        code: 'migration-fails',
        subject: { type: 'migration', name: 'v2' },
        status: 'new',
      })
      expect(upgrades).toBeNull()
    }
  })
})
