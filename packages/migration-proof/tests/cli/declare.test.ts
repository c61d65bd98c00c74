// Goal: a change of rows that no migration declares is shown with the lines that declare it by the id of its migration, and what is
// declared so is proven and pinned as if it were written in the migration.
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { defineConfig } from '../../src/index.ts'
import { makeLinkedProject } from '../support/linked-project.ts'
import type { ScratchProject } from '../support/scratch-project.ts'

const inDbmate = (sql: string) => `-- migrate:up\n${sql}\n-- migrate:down\n`
const configFile = 'migration-proof.config.mjs'

let project: ScratchProject
let output = ''
let lines = ''
beforeAll(() => {
  project = makeLinkedProject({
    'db/migrations/20260101000000_notes.sql': inDbmate(
      'CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL, rank INTEGER);\nCREATE TABLE tag (id INTEGER PRIMARY KEY, name TEXT);',
    ),
    'db/migrations/20260131120000_tidy.sql': inDbmate(
      "UPDATE note SET text = text || '!';\nDELETE FROM tag WHERE id > 1;",
    ),
    'db/migrations/20260201120000_ranks.sql': inDbmate('UPDATE note SET rank = coalesce(rank, 0) + 1;'),
  })
  output = project.run(['init', '--yes']).stdout
  lines = linesOf(output)
})
afterAll(() => project.destroy())

/** The lines that an output gives to be added to the config. */
function linesOf(text: string): string {
  const [, found = ''] = /^( {2}declare: \{\n[\s\S]*?^ {2}\},)$/m.exec(text) ?? []
  return found
}

function declare(target: ScratchProject, text: string): void {
  target.replace(configFile, "fixtures: 'fixtures'", `fixtures: 'fixtures',\n${text}\n`)
}

const written = () =>
  lines.replaceAll("reason: '…'", "reason: 'as agreed'").replace('a condition over the old rows', 'id > 1')

describe('a change of rows that nothing declares', () => {
  it('is shown by init with the lines that declare it, each by the migration that made it', () => {
    expect(lines).toBe(`  declare: {
    '20260131120000': {
      dataChanges: [
        { table: 'note', columns: ['text'], reason: '…' },
        { table: 'tag', rowsRemoved: 'a condition over the old rows', reason: '…' },
      ],
    },
    '20260201120000': {
      dataChanges: [
        { table: 'note', columns: ['rank'], reason: '…' },
      ],
    },
  },`)
    expect(output).toContain('Something is not proven: see above')
  })

  it('is a problem of the rows alone, and a field of the result', () => {
    const { stdout, exitCode } = project.run(['verify', '--json'])
    expect(exitCode).toBe(1)
    const { snapshots, undeclared } = JSON.parse(stdout)
    const codes = snapshots.flatMap(({ checks }: { checks: { problems: { code: string }[] }[] }) =>
      checks.flatMap(({ problems }) => problems.map(({ code }) => code)),
    )
    expect(new Set(codes)).toEqual(new Set(['rows']))
    expect(undeclared).toMatchObject([
      {
        migration: '20260131120000',
        version: 2,
        pinnedAs: 'migrations/v2',
        changes: [
          { table: 'note', columns: ['text'], hasRemoved: false },
          { table: 'tag', hasRemoved: true },
        ],
      },
      { migration: '20260201120000', changes: [{ table: 'note', columns: ['rank'] }] },
    ])
  })

  it('is shown so of a real file, too', () => {
    const database = new Database(join(project.folder, 'data.db'))
    database.exec(`CREATE TABLE schema_migrations (version varchar(128) primary key);
      INSERT INTO schema_migrations VALUES ('20260101000000');
      CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL, rank INTEGER);
      CREATE TABLE tag (id INTEGER PRIMARY KEY, name TEXT);
      INSERT INTO note VALUES (1, 'a', 1);
      INSERT INTO tag VALUES (1, 'b'), (2, 'c');`)
    database.close()
    expect(linesOf(project.run(['verify', '--against', 'data.db']).stdout)).toBe(lines)
  })
})

describe('lines that are added to the config', () => {
  it('are refused while the reason is missing', () => {
    const copy = project.copy()
    declare(copy, lines)
    const { stderr, exitCode } = copy.run(['verify'])
    expect(stderr).toContain("declare['20260131120000'].dataChanges[0].reason: expected a reason")
    expect(exitCode).toBe(2)
  })

  it('prove the upgrades, and are pinned by the command that is shown', () => {
    const copy = project.copy()
    declare(copy, written())
    const before = copy.run(['verify'])
    expect(before.stdout).toContain('3 snapshots, 36 checks: all passed')
    expect(before.stdout).toContain('declaration-changed')
    const [, names = ''] = /^ {2}npm run migrations:freeze -- --refreeze (\S+)$/m.exec(output) ?? []
    expect(names).toBe('migrations/v2,migrations/v3')
    expect(copy.run(['freeze', '--refreeze', names]).exitCode).toBe(0)
    expect(copy.run(['verify']).exitCode).toBe(0)
    copy.replace(configFile, "columns: ['rank']", "columns: ['rank', 'text']")
    const { stdout, exitCode } = copy.run(['freeze', '--check'])
    expect(stdout).toContain('migration 20260201120000: declaration-changed')
    expect(exitCode).toBe(1)
  })
})

describe('an id', () => {
  const up = () => {}
  const history = {
    name: 'shop',
    migrations: [
      { version: 1, id: '0001_notes', name: 'notes', file: '/shop/0001_notes.sql', up },
      { version: 2, id: '0002_tags', name: 'tags', file: '/shop/0002_tags.sql', up },
    ],
  }
  const dataChanges = [{ table: 'note', reason: 'as agreed' }]

  it.for([
    ['0002_tag', '0002_tags'],
    ['v2', '0002_tags'],
    ['2', '0002_tags'],
    ['tags', '0002_tags'],
    ['0001_notes.sql', '0001_notes'],
    ['0001_something_else', '0001_notes'],
  ])('that is unknown is answered by the nearest: %s', ([id = '', near = '']) => {
    expect(() => defineConfig({ ...history, declare: { [id]: { dataChanges } } })).toThrow(
      `declare['${id}']: expected the id of a migration, found no migration of that id among the 2, up to '0002_tags'; did you mean '${near}'?`,
    )
  })

  it('is the version where a migration has no other', () => {
    const migrations = [{ version: 1, name: 'notes', up }]
    const { plan } = defineConfig({ name: 'shop', migrations, declare: { 1: { dataChanges } } })
    expect(plan.migrations[0]?.dataChanges).toEqual(dataChanges)
  })

  it('takes all that is declared of a migration, and nothing else', () => {
    const { plan } = defineConfig({
      ...history,
      declare: { '0002_tags': { dataChanges, foreignKeys: 'off', rollback: 'possible' } },
    })
    expect(plan.migrations[1]).toMatchObject({ dataChanges, foreignKeys: 'off', rollback: 'possible' })
    const wrong = { '0002_tags': { name: 'other' } as object }
    expect(() => defineConfig({ ...history, declare: wrong })).toThrow(
      "declare['0002_tags']: expected only the keys dataChanges, foreignKeys, rollback",
    )
  })

  it('of a migration that says the same itself is refused', () => {
    const migrations = [{ version: 1, name: 'notes', up, dataChanges }]
    expect(() => defineConfig({ name: 'shop', migrations, declare: { 1: { dataChanges } } })).toThrow(
      "declare['1'].dataChanges: expected what the migration does not say by itself, found dataChanges, which it says; keep one of them.",
    )
  })
})
