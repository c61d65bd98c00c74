// Goal: what the report says of a history is what happened in it: what each version changed, by which statement in
// which line, and what a power failure would leave.
import { describe, expect, it } from 'vitest'
import { loadSimulator } from '../../src/faults/index.ts'
import { findLocation } from '../../src/history/location.ts'
import { latestVersionOf } from '../../src/migrator/plan.ts'
import type { ProblemSubject } from '../../src/problem.ts'
import { defineConfig } from '../../src/proof/suite.ts'
import { readContracts } from '../../src/report/read/contracts.ts'
import { findLines, readHistory } from '../../src/report/read/history.ts'
import { traceTimeline } from '../../src/report/read/timeline.ts'
import { forum } from '../support/forum.ts'

/** The source of four versions: a table, another that refers to it, a column and indexes, an index dropped. */
const source = `export const migrations = [
  { version: 1, name: 'notes', up: (c) => c.exec(\`
    CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL);
    CREATE INDEX note_text ON note (text);
  \`) },
  { version: 2, name: 'tags', up: (c) => c.exec(\`CREATE TABLE tag (
      name TEXT, note INTEGER REFERENCES note ON DELETE CASCADE, expires_at INTEGER)\`) },
  { version: 3, name: 'more', up: (c) => c.exec(\`ALTER TABLE note ADD COLUMN changed_at INTEGER DEFAULT 0;
      CREATE INDEX tag_name ON tag (name); CREATE INDEX tag_some ON tag (note) WHERE name IS NOT NULL\`) },
  { version: 4, name: 'less', up: (c) => c.exec('DROP INDEX note_text') },
]`

const statements = [
  ['CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL)', 'CREATE INDEX note_text ON note (text)'],
  [
    'CREATE TABLE tag (\n      name TEXT, note INTEGER REFERENCES note ON DELETE CASCADE, expires_at INTEGER)',
  ],
  [
    'ALTER TABLE note ADD COLUMN changed_at INTEGER DEFAULT 0',
    'CREATE INDEX tag_name ON tag (name)',
    'CREATE INDEX tag_some ON tag (note) WHERE name IS NOT NULL',
  ],
  ['DROP INDEX note_text'],
]

const suite = defineConfig({
  name: 'notes',
  fixtures: '/nowhere',
  migrations: statements.map((own, place) => ({
    version: place + 1,
    name: ['notes', 'tags', 'more', 'less'][place] ?? '',
    up: (connection) => connection.exec(own.join(';\n')),
  })),
  tables: [
    { name: 'note', since: 1, columns: { id: { type: 'INTEGER' } }, key: ['id'] },
    {
      name: 'tag',
      since: 2,
      columns: { expires_at: { type: 'INTEGER' } },
      indexes: { tag_expires_at: ['expires_at'] },
      expiry: { column: 'expires_at', index: 'tag_expires_at' },
    },
  ],
  contracts: [
    {
      name: 'a note',
      table: 'note',
      since: 1,
      sql: 'SELECT * FROM note WHERE id = ?',
      parameters: [1],
      access: { index: 'rowid' },
    },
    {
      name: 'its tags',
      table: 'tag',
      since: 2,
      sql: 'SELECT * FROM tag WHERE note = ?',
      parameters: [1],
      access: { index: 'tag_note' },
    },
    {
      name: 'gone',
      table: 'note',
      since: 1,
      until: 4,
      sql: 'SELECT * FROM nowhere',
      parameters: [],
      access: { scan: 'a test' },
    },
  ],
})

const history = readHistory(suite, () => ({ path: 'src/migrations.ts', text: source }))

describe('the history', () => {
  it('has every version, and an empty one before them', () => {
    expect(history.versions.map(({ version, name }) => [version, name])).toEqual([
      [0, 'an empty database'],
      [1, 'notes'],
      [2, 'tags'],
      [3, 'more'],
      [4, 'less'],
    ])
  })

  it('says what each version changed', () => {
    const changes = history.versions.map(({ differences }) =>
      differences.map(({ kind, type, name, aspect }) => `${kind} ${type} ${name}: ${aspect}`),
    )
    expect(changes).toEqual([
      [],
      [
        'added table schema_version: existence',
        'added table note: existence',
        'added index note_text: existence',
      ],
      ['added table tag: existence'],
      [
        'added table note: column changed_at',
        'added index tag_name: existence',
        'added index tag_some: existence',
      ],
      ['removed index note_text: existence'],
    ])
  })

  it('has the statements of each migration, each once, with the line on which it begins', () => {
    const lines = history.versions.slice(1).map((version) => version.statements.map(({ line }) => line))
    expect(lines).toEqual([[3, 4], [6], [8, 9, 9], [10]])
    expect(history.versions.slice(1).map((version) => version.statements.map(({ sql }) => sql))).toEqual(
      statements,
    )
  })

  it('says of a foreign key that no index finds the children: one on another column or on some rows does not', () => {
    expect(history.edges).toMatchObject([{ parent: 'note', child: 'tag', onDelete: 'CASCADE', index: null }])
  })

  it('says of an expiry that its index is missing', () => {
    expect(history.expiries).toMatchObject([{ table: 'tag', index: 'tag_expires_at', exists: false }])
  })
})

describe('the contracts', () => {
  it('are those of the latest version, each with its plan and whether it is kept', () => {
    const { outcome, contracts, problems } = readContracts(suite)
    expect(outcome).toBe('failed')
    expect(contracts).toMatchObject([
      { name: 'a note', plan: [{ access: 'search', index: 'rowid' }] },
      { name: 'its tags', plan: [{ access: 'scan', index: null }] },
    ])
    expect(problems).toMatchObject([
      {
        code: 'contracts',
        subject: { type: 'contract', name: 'its tags', table: 'tag' },
        actual: 'a scan of tag',
      },
    ])
  })
})

type LineCase = readonly [
  name: string,
  text: string,
  sought: readonly string[],
  lines: readonly (number | null)[],
]

describe('the line of a statement', () => {
  const cases: readonly LineCase[] = [
    ['is found in another indentation', 'a\n  SELECT\n    1;', ['SELECT 1'], [2]],
    ['is found with other line ends', 'a\r\nSELECT\r\n1;', ['SELECT\n1'], [2]],
    [
      'is that of the second one where it comes twice',
      'SELECT 1;\nSELECT 1;',
      ['SELECT 1', 'SELECT 1'],
      [1, 2],
    ],
    ['is not known where the text is put together', "'SELECT ' + one", ['SELECT 1'], [null]],
    ['is found after one that is not known', 'x\nSELECT 2', ['SELECT 1', 'SELECT 2'], [null, 2]],
  ]

  it.for(cases)('%s', ([, text, sought, lines]) => {
    expect(findLines(text, sought)).toEqual(lines)
  })
})

describe('where an object comes from', () => {
  const cases: readonly (readonly [subject: ProblemSubject, version: number | null, line: number | null])[] =
    [
      [{ type: 'table', name: 'note' }, null, 3],
      [{ type: 'column', name: 'note.text', table: 'note' }, null, 3],
      [{ type: 'index', name: 'note_text', table: 'note' }, null, 4],
      [{ type: 'column', name: 'TAG.name', table: 'TAG' }, null, 6],
      [{ type: 'foreign key', name: 'tag (note)', table: 'tag' }, null, 6],
      [{ type: 'table', name: 'note' }, 3, 8],
      [{ type: 'migration', name: 'v2' }, 2, 6],
      [{ type: 'mutant', name: 'v4/note_text/index-dropped/1', table: 'note_text' }, 4, 10],
      [{ type: 'database', name: 'note' }, null, null],
    ]

  it.for(cases)('%o (caused by: %s) is line %s', ([subject, version, line]) => {
    expect(findLocation(history.versions, { subject, version })?.line ?? null).toBe(line)
  })

  it('is not known without a history', () => {
    expect(findLocation([], { subject: { type: 'table', name: 'note' }, version: null })).toBeNull()
  })
})

describe('the time line of the disk', () => {
  it('has a point for each operation, and ends at the latest version', async () => {
    const latest = latestVersionOf(forum.plan)
    const options = { snapshot: `v${latest - 1}`, journalMode: 'delete', seed: 1, unitBytes: 4096 } as const
    const { operations, points } = traceTimeline(await loadSimulator(), forum, options)
    expect(operations.length).toBeGreaterThan(20)
    expect(points.map(({ afterOperation }) => afterOperation)).toEqual([
      ...operations.keys(),
      operations.length,
    ])
    expect(points.at(0)?.versions.map(({ version }) => version)).toEqual([latest - 1])
    expect(points.at(-1)?.versions.map(({ version }) => version)).toEqual([latest])
    for (const { images, bad, versions } of points) {
      expect(bad + versions.reduce((sum, each) => sum + each.images, 0)).toBe(images)
    }
    expect(points.every(({ bad }) => bad === 0)).toBe(true)
  })
})
