// Goal: what precedes the first migration is pinned with what rests on it, an edit or a removal is reported, and its rows are kept
// and compared like any others.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, describe, expect, it } from 'vitest'
import { verifyUpgrade } from '../../src/checks/verify.ts'
import type { DataChange } from '../../src/migrator/migration.ts'
import { userVersion } from '../../src/migrator/version-store.ts'
import { defineConfig, type Suite } from '../../src/proof/suite.ts'
import { readHistory } from '../../src/report/read/history.ts'
import { checkFixtures } from '../../src/snapshots/check.ts'
import { type FreezeOptions, freezeMissing } from '../../src/snapshots/freeze.ts'
import { readStatus } from '../../src/snapshots/status.ts'

const root = mkdtempSync(join(tmpdir(), 'base-history-'))
afterAll(() => rmSync(root, { recursive: true }))

let folders = 0

const schema = `CREATE TABLE kind (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE day (id INTEGER PRIMARY KEY, note TEXT);
INSERT INTO kind VALUES (1, 'work'), (2, 'rest');
`

interface Given {
  readonly base?: string | null
  readonly further?: readonly string[]
  readonly dataChanges?: readonly DataChange[]
}

/** The history in a folder, with the base `schema.sql` unless another one is given. */
function suiteIn(folder: string, { base = 'schema.sql', further = [], dataChanges = [] }: Given = {}): Suite {
  const statements = [
    'ALTER TABLE day ADD COLUMN kind INTEGER REFERENCES kind (id)',
    'CREATE INDEX day_kind ON day (kind)',
    ...further,
  ]
  return defineConfig({
    name: 'planner',
    migrations: statements.map((sql, index) => ({
      version: index + 1,
      name: `step ${index + 1}`,
      up: (connection) => connection.exec(sql),
      dataChanges,
    })),
    versions: userVersion(),
    fixtures: join(folder, 'fixtures'),
    ...(base === null ? {} : { base: join(folder, base) }),
  })
}

function freeze(suite: Suite, options: FreezeOptions = {}) {
  freezeMissing(suite)
  return freezeMissing(suite, { acceptDrafts: true, ...options })
}

/** A folder with a base and all that is frozen of its history. */
function startFrozen(given: Given = {}): string {
  const folder = join(root, `${++folders}`)
  mkdirSync(folder)
  writeFileSync(join(folder, 'schema.sql'), schema)
  const { failures } = freeze(suiteIn(folder, given))
  if (failures[0] !== undefined) throw failures[0]
  return folder
}

const manifestOf = (folder: string) => readFileSync(join(folder, 'fixtures', 'manifest.json'), 'utf8')
const failuresOf = (folder: string, given: Given = {}) =>
  checkFixtures(suiteIn(folder, given)).failures.map(({ message }) => message)

describe('the ledger of format 2', () => {
  it('pins what the base holds, once, and freezes version 0', () => {
    const folder = startFrozen()
    const { base, snapshots } = JSON.parse(manifestOf(folder))
    expect(base.tables).toEqual([
      { name: 'day', rows: 0, hash: expect.any(String) },
      { name: 'kind', rows: 2, hash: expect.any(String) },
    ])
    expect(snapshots.map(({ name }: { name: string }) => name)).toEqual(['v0', 'v0-empty', 'v1'])
    const again = freezeMissing(suiteIn(folder))
    expect([again.frozen, again.failures]).toEqual([[], []])
    const report = checkFixtures(suiteIn(folder))
    expect([report.failures, report.checked[0]]).toEqual([[], 'base'])
    expect(readStatus(suiteIn(folder)).fixtures[0]).toEqual({ fixture: 'base', state: 'frozen', next: null })
  })

  it.for([
    ['its schema', 'note TEXT', 'note TEXT NOT NULL', 'another schema'],
    ['a row', "'rest'", "'play'", 'table kind: 2 rows'],
    ['the rows', ", (2, 'rest')", '', 'table kind: 2 rows of hash [0-9a-f]+ expected, 1 rows'],
  ])('names an edit of %s, and freezes nothing on it', ([, text = '', by = '', words = '']) => {
    const folder = startFrozen()
    const before = manifestOf(folder)
    writeFileSync(join(folder, 'schema.sql'), schema.replace(text, by))
    expect(failuresOf(folder)).toEqual([
      expect.stringMatching(
        new RegExp(`^base: expected the schema and rows that were released, found ${words}`),
      ),
    ])
    const further = ['CREATE TABLE extra (x)']
    expect(freeze(suiteIn(folder, { further })).failures).toHaveLength(1)
    expect(manifestOf(folder)).toBe(before)
  })

  it('takes the same in other words, in another file, or as a database', () => {
    const folder = startFrozen()
    writeFileSync(join(folder, 'moved.sql'), `-- moved\r\n${schema.replaceAll('\n', '\r\n')}`)
    const database = new Database(join(folder, 'moved.sqlite'))
    database.exec(`PRAGMA page_size = 512; PRAGMA encoding = 'UTF-16'; ${schema}`)
    database.close()
    for (const base of ['moved.sql', 'moved.sqlite']) expect(failuresOf(folder, { base })).toEqual([])
  })

  it('names one that the config has no more, where the migrations run without it', () => {
    const folder = join(root, `${++folders}`)
    mkdirSync(folder)
    writeFileSync(join(folder, 'schema.sql'), 'CREATE TABLE a (x); INSERT INTO a VALUES (1);')
    const suite = (base: object) =>
      defineConfig({
        name: 'free',
        migrations: [{ version: 1, name: 'b', up: (connection) => connection.exec('CREATE TABLE b (x)') }],
        fixtures: join(folder, 'fixtures'),
        ...base,
      })
    freeze(suite({ base: join(folder, 'schema.sql') }))
    const messages = checkFixtures(suite({})).failures.map(({ message }) => message)
    expect(messages).toContainEqual(expect.stringMatching(/^base: .* found no `base` in the config; /))
  })

  it('forgets it where that is asked for', () => {
    const folder = startFrozen()
    writeFileSync(join(folder, 'schema.sql'), `${schema}INSERT INTO kind VALUES (3, 'play');`)
    const { rewritten, failures } = freezeMissing(suiteIn(folder), { refreeze: 'base' })
    expect([rewritten.map(({ fixture }) => fixture), failures]).toEqual([['base'], []])
    expect(failuresOf(folder)).toEqual([])
  })
})

describe('the ledger of format 1', () => {
  it('keeps its bytes, and pins the base by a conversion', () => {
    const folder = startFrozen()
    const whole = manifestOf(folder)
    const { base: _base, ...rest } = JSON.parse(whole)
    const { asked: _asked, source: _source, ...algorithms } = rest.algorithms
    const migrations = rest.migrations.map(({ version, statements, hash }: Record<string, unknown>) => ({
      version,
      statements,
      hash,
    }))
    const text = `${JSON.stringify({ ...rest, format: 1, algorithms, migrations }, null, 2)}\n`
    writeFileSync(join(folder, 'fixtures', 'manifest.json'), text)
    expect(freeze(suiteIn(folder)).failures).toEqual([])
    expect([manifestOf(folder), failuresOf(folder)]).toEqual([text, []])
    writeFileSync(join(folder, 'schema.sql'), schema.replace('note TEXT', 'note TEXT NOT NULL'))
    expect(failuresOf(folder)).toEqual([
      expect.stringContaining('Schema at version 0, table day, column note'),
    ])
    writeFileSync(join(folder, 'schema.sql'), schema)
    expect(freezeMissing(suiteIn(folder), { ledgerFormat: 2 }).frozen).toContain('base')
    expect(manifestOf(folder)).toBe(whole)
  })
})

describe('the rows of a base', () => {
  it('are in each snapshot, and in a new install', () => {
    const folder = startFrozen()
    expect(readFileSync(join(folder, 'fixtures', 'rows', 'v0.sql'), 'utf8')).toContain("(1, 'work')")
    for (const snapshot of ['v0-empty', 'v0', 'v1'])
      expect(verifyUpgrade(suiteIn(folder), snapshot).outcome).toBe('passed')
  })

  it('are missed where a migration deletes one', () => {
    const folder = startFrozen()
    const further = ["DELETE FROM kind WHERE name = 'rest'"]
    freeze(suiteIn(folder, { further }))
    const { checks } = verifyUpgrade(suiteIn(folder, { further }), 'v0')
    const [problem] = checks.find(({ check }) => check === 'rows')?.problems ?? []
    expect(problem?.subject).toMatchObject({ type: 'table', name: 'kind' })
  })

  it('are there before the first migration where an empty file is upgraded', () => {
    const dataChanges = [{ table: 'kind', columns: { name: 'name' }, reason: 'an example' }]
    const folder = startFrozen({ dataChanges })
    const { checks } = verifyUpgrade(suiteIn(folder, { dataChanges }), 'v0-empty')
    expect(checks.find(({ check }) => check === 'conversions')).toMatchObject({ outcome: 'passed' })
  })

  it('are what the history of the report begins with', () => {
    const { versions } = readHistory(suiteIn(startFrozen()))
    expect(versions[0]).toMatchObject({ version: 0, name: 'the base' })
    expect(versions[0]?.tables.map(({ name }) => name)).toEqual(['kind', 'day'])
    expect(versions[1]?.differences).toHaveLength(2)
  })
})

describe('the versions that people hold', () => {
  const namesOf = (snapshots: object) => {
    const folder = startFrozen()
    return defineConfig({
      name: 'planner',
      migrations: [
        { version: 1, name: 'a', up: () => {} },
        { version: 2, name: 'b', up: () => {} },
      ],
      base: join(folder, 'schema.sql'),
      ...snapshots,
    }).snapshots.map(({ name }) => name)
  }

  it('count from the base', () => {
    expect(namesOf({})).toEqual(['v0-empty', 'v0', 'v1'])
    expect(namesOf({ snapshots: { since: 0 } })).toEqual(['v0-empty', 'v0', 'v1'])
    expect(namesOf({ snapshots: { since: 1 } })).toEqual(['v0-empty', 'v1'])
    expect(namesOf({ snapshots: { versions: [0] } })).toEqual(['v0-empty', 'v0'])
    expect(() => namesOf({ snapshots: { versions: [3] } })).toThrow('a version from 0 to 2')
  })
})
