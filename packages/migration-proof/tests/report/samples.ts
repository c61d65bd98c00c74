import { makeProblem, subjectTypes } from '../../src/problem.ts'
import type { HistoryTable, HistoryVersion, Results } from '../../src/report/model.ts'
import { parseResults } from '../../src/report/parse.ts'

const inFirst = { file: 'src/migrations/v1-notes.ts', line: 8 }
const inSecond = { file: 'src/migrations/v2-tags.ts', line: 8 }

/** Results in which every part was run and has a problem. */
export function sampleResults(): Results {
  return {
    format: 2,
    suite: 'notes',
    packageVersion: '1.2.3',
    commit: '0123456789abcdef0123456789abcdef01234567',
    startedAt: '2026-01-02T03:04:05.678Z',
    durationMilliseconds: 12_345.6,
    outcome: 'failed',
    upgrades: {
      outcome: 'failed',
      durationMilliseconds: 30,
      limitedTo: null,
      checks: [
        { name: 'golden', proves: 'has the golden schema' },
        { name: 'rows', proves: 'holds every row' },
      ],
      snapshots: [
        {
          snapshot: 'v1',
          from: 1,
          to: 2,
          outcome: 'failed',
          checks: [
            {
              check: 'upgrade',
              outcome: 'passed',
              notCompared: null,
              exceptions: ['note.text'],
              problems: [],
              durationMilliseconds: 1,
            },
            {
              check: 'facts',
              outcome: 'not-applicable',
              notCompared: 'no tables declared',
              exceptions: [],
              problems: [],
              durationMilliseconds: 1,
            },
            {
              check: 'golden',
              outcome: 'failed',
              notCompared: null,
              exceptions: [],
              problems: [
                makeProblem('golden', {
                  subject: { type: 'table', name: 'tag' },
                  expected: 'CASCADE',
                  actual: 'NO ACTION',
                  version: 2,
                  seenIn: ['v1'],
                  why: 'Users hold such files, and their upgrade is not proven.',
                  fix: 'npx migration-proof verify --snapshot v1',
                  location: inSecond,
                }),
              ],
              durationMilliseconds: 2,
            },
          ],
        },
      ],
    },
    findings: {
      outcome: 'failed',
      durationMilliseconds: 40,
      limitedTo: null,
      engineVersion: '3.50.4',
      problems: [
        makeProblem('pk-nullable', {
          severity: 'warning',
          subject: { type: 'column', name: 'note.id', table: 'note' },
          expected: 'no such weakness',
          actual: 'INSERT with id NULL, twice: accepted twice',
          why: 'SQLite takes NULL in a PRIMARY KEY that is no INTEGER.',
          fix: 'add NOT NULL',
          source: 'https://www.sqlite.org/quirks.html',
          evidence: [{ ran: 'INSERT with id NULL, twice', happened: 'accepted twice' }],
          location: inFirst,
        }),
        makeProblem('waiver-unused', {
          subject: { type: 'waiver', name: 'pk-nullable' },
          expected: 'a finding of pk-nullable at gone.id',
          actual: 'none',
          why: 'It would hide the next weakness of its kind.',
          fix: 'delete the waiver',
        }),
      ],
      untriedTables: [],
    },
    mutation: {
      outcome: 'failed',
      durationMilliseconds: 50,
      limitedTo: 'the mutants of version 2',
      mutants: 2,
      behaviourRate: 0.5,
      problems: [
        makeProblem('mutant-survived', {
          subject: { type: 'mutant', name: 'v2/tag/column-dropped/1', table: 'tag' },
          version: 2,
          expected: 'at least one check that kills it',
          actual: 'none sees that it has no column id',
          why: 'The same mistake would pass every test.',
          fix: 'extend the golden schema',
          location: inSecond,
        }),
      ],
      operators: [{ operator: 'column-dropped', mutants: 2, kills: { golden: 1, faults: null } }],
      checks: [
        {
          check: 'golden',
          judged: 2,
          kills: 1,
          killedAlone: ['v2/tag/column-dropped/2'],
          milliseconds: 9,
          keptBecause: 'it knows every column',
        },
      ],
      equivalents: [],
    },
    crash: {
      outcome: 'failed',
      durationMilliseconds: 60,
      limitedTo: null,
      seed: 1,
      images: 7,
      bad: 1,
      hash: 'abc',
      points: 3,
      faults: 4,
      imagesPerSecond: 70,
      imagesMilliseconds: 100,
      totalMilliseconds: 110,
      threads: 2,
      problems: [
        makeProblem('half-done', {
          subject: { type: 'upgrade', name: 'the upgrade of v1 in journal mode wal' },
          expected: 'one whole version, from which the upgrade goes on',
          actual: 'version 1, schema of 2',
          why: 'The server could not start again.',
          fix: 'npx migration-proof crash --replay 1/v1/wal/512/2.0',
          seenIn: ['1/v1/wal/512/2.0'],
        }),
      ],
      kept: [],
      parts: [
        {
          kind: 'power-loss',
          path: 'v1',
          journalMode: 'wal',
          seed: 1,
          effort: 'full',
          unitBytes: 512,
          points: 3,
          images: 7,
          faults: 0,
          refused: 0,
          reruns: 2,
          bad: 1,
          durationMilliseconds: 100,
        },
      ],
      timeline: {
        path: 'v1',
        journalMode: 'wal',
        seed: 1,
        unitBytes: 512,
        operations: [
          { kind: 'write', file: 'app.db-wal', bytes: 32, text: 'write app.db-wal offset 0 length 32' },
          { kind: 'acknowledge', file: null, bytes: null, text: 'version 2 is committed' },
        ],
        points: [
          { afterOperation: 0, images: 1, versions: [{ version: 1, images: 1 }], bad: 0 },
          { afterOperation: 1, images: 2, versions: [{ version: 1, images: 1 }], bad: 1 },
          { afterOperation: 2, images: 1, versions: [{ version: 2, images: 1 }], bad: 0 },
        ],
      },
    },
    contracts: {
      outcome: 'failed',
      durationMilliseconds: 5,
      limitedTo: null,
      version: 2,
      engineVersion: '3.50.4',
      contracts: [
        {
          name: 'tags of a note',
          table: 'tag',
          since: 2,
          sql: 'SELECT name FROM tag WHERE note = ?',
          expected: 'a search of tag with tag_note',
          reason: null,
          plan: [
            {
              table: 'tag',
              access: 'scan',
              index: null,
              covering: false,
              usesTransientIndex: false,
              usesTempBTree: false,
            },
          ],
        },
      ],
      problems: [
        makeProblem('contracts', {
          subject: { type: 'contract', name: 'tags of a note', table: 'tag' },
          expected: 'a search of tag with tag_note',
          actual: 'a scan of tag',
          why: 'The application runs it: SELECT name FROM tag WHERE note = ?',
          fix: 'add the index that serves it',
          location: inSecond,
        }),
      ],
    },
    fuzz: {
      outcome: 'failed',
      durationMilliseconds: 70,
      limitedTo: null,
      version: 2,
      rows: 300,
      properties: [
        {
          name: 'constraints of tag',
          seed: 42,
          runs: 100,
          rows: 300,
          outcome: 'failed',
          repeat: 'npm run report -- --seed 42',
          durationMilliseconds: 70,
        },
      ],
      problems: [
        makeProblem('behaviour', {
          subject: { type: 'table', name: 'tag' },
          expected: 'SQLITE_CONSTRAINT_NOTNULL for tag.name',
          actual: 'a row',
          why: 'The table does something else with a row than was declared.',
          fix: 'npm run report -- --seed 42',
          seenIn: ['constraints of tag'],
        }),
      ],
    },
    gate: {
      outcome: 'failed',
      durationMilliseconds: 80,
      limitedTo: null,
      base: 'v1.2.2',
      baseConfig: 'loaded',
      newWaivers: [{ code: 'pk-nullable', objects: ['column note.id'], reason: 'no one writes NULL there' }],
      harnessVersion: '0.1.0',
      problems: [
        makeProblem('migration-edited', {
          subject: { type: 'migration', name: 'v1' },
          location: inFirst,
          expected: 'the statements of its release',
          actual: 'others',
          why: 'users hold files that were made by it',
          fix: 'git checkout v1.2.2 -- src/migrations/v1-notes.ts',
        }),
      ],
    },
    history: {
      versions: [emptyVersion, versionOne(), versionTwo()],
      edges: [
        {
          child: 'tag',
          columns: ['note'],
          parent: 'note',
          parentColumns: ['id'],
          onDelete: 'CASCADE',
          onUpdate: 'NO ACTION',
          index: null,
        },
      ],
      expiries: [
        { table: 'tag', column: 'expires_at', index: 'tag_expires_at', exists: true, nullNeverExpires: true },
      ],
    },
    engines: {
      source: 'docs/engines.md',
      minimum: [{ migration: 'v1, notes', oldest: '3.38.5', limit: '3.36.0: an INSERT fails' }],
      tried: [{ sqlite: '3.38.5', origin: 'sql.js 1.7.0' }],
    },
  }
}

/** What a name of a table may be, for all that SQLite cares. */
export const hostile = `<script>alert(1)</script><img src=x onerror=alert(2)>"'\`|\n# [a](javascript:b) %%{init}%% "] } \u202E ]]>{{0}}--><!--`

/** The sample, with the hostile name in place of every text that a database or a person may choose. */
export function hostileResults(): Results {
  const free = new Set(
    `suite packageVersion commit expected actual name aspect text reason fix source ran happened acceptedBecause
    seenIn operator check keptBecause path file table child parent sql repeat migration oldest
    limit sqlite origin why base type default index snapshot check proves limitedTo code`.split(/\s+/),
  )
  const fixed = new Set<string>(['CREATE INDEX', ...subjectTypes])
  const replace = (key: string, value: unknown): unknown => {
    if (Array.isArray(value)) return value.map((item) => replace(key, item))
    if (typeof value === 'string') return free.has(key) && !fixed.has(value) ? `${value} ${hostile}` : value
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, replace(name, item)]))
  }
  return parseResults(JSON.stringify(replace('', sampleResults())), 'the sample')
}

/** Results in which nothing was run. */
export function unrunResults(): Results {
  const { format, suite, packageVersion, commit, startedAt, durationMilliseconds } = sampleResults()
  const head = { format, suite, packageVersion, commit, startedAt, durationMilliseconds }
  const parts = { upgrades: null, findings: null, mutation: null, crash: null, contracts: null }
  return { ...head, outcome: 'passed', ...parts, fuzz: null, gate: null, history: null, engines: null }
}

/** Results in which every part was run and passed. */
export function provenResults(): Results {
  const { upgrades, findings, mutation, crash, contracts, fuzz, gate, ...rest } = sampleResults()
  if (!upgrades || !findings || !mutation || !crash || !contracts || !fuzz || !gate)
    throw new Error('no sample')
  const passed = { outcome: 'passed', limitedTo: null } as const
  return {
    ...rest,
    outcome: 'passed',
    upgrades: { ...upgrades, ...passed, snapshots: [] },
    findings: { ...findings, ...passed, problems: [] },
    mutation: { ...mutation, ...passed, problems: [] },
    crash: { ...crash, ...passed, bad: 0, problems: [] },
    contracts: { ...contracts, ...passed, contracts: [], problems: [] },
    fuzz: { ...fuzz, ...passed, properties: [], problems: [] },
    gate: { ...gate, ...passed, problems: [] },
  }
}

const emptyVersion: HistoryVersion = {
  version: 0,
  name: 'an empty database',
  tables: [],
  views: [],
  triggers: [],
  differences: [],
  statements: [],
  dataChanges: [],
}

function versionOne(): HistoryVersion {
  return {
    ...emptyVersion,
    version: 1,
    name: 'notes',
    tables: [makeTable('note', ['id', 'text'])],
    differences: [
      {
        type: 'table',
        name: 'note',
        table: 'note',
        aspect: 'existence',
        kind: 'added',
        before: 'none',
        after: '(id TEXT PRIMARY KEY, text TEXT)',
      },
    ],
    statements: [
      { sql: 'CREATE TABLE note (id TEXT, text TEXT)', file: 'src/migrations/v1-notes.ts', line: 8 },
    ],
  }
}

function versionTwo(): HistoryVersion {
  const tag: HistoryTable = {
    ...makeTable('tag', ['name', 'note', 'expires_at']),
    foreignKeys: [
      {
        columns: ['note'],
        parent: 'note',
        parentColumns: ['id'],
        onDelete: 'CASCADE',
        onUpdate: 'NO ACTION',
      },
    ],
  }
  return {
    ...versionOne(),
    dataChanges: [
      { table: 'note', change: 'text becomes trim(text)', reason: 'spaces were typed by mistake' },
    ],
    version: 2,
    name: 'tags',
    tables: [makeTable('note', ['id', 'text', 'changed_at']), tag],
    differences: [
      {
        type: 'table',
        name: 'tag',
        table: 'tag',
        aspect: 'existence',
        kind: 'added',
        before: 'none',
        after: '(name TEXT, note TEXT)',
      },
      {
        type: 'table',
        name: 'note',
        table: 'note',
        aspect: 'column changed_at',
        kind: 'added',
        before: 'none',
        after: 'INTEGER',
      },
    ],
    statements: [
      {
        sql: 'CREATE TABLE tag (name TEXT, note TEXT REFERENCES note ON DELETE CASCADE, expires_at INTEGER)',
        file: 'src/migrations/v2-tags.ts',
        line: 8,
      },
      {
        sql: 'ALTER TABLE note ADD COLUMN changed_at INTEGER',
        file: 'src/migrations/v2-tags.ts',
        line: 14,
      },
    ],
  }
}

function makeTable(name: string, columns: readonly string[]): HistoryTable {
  return {
    name,
    columns: columns.map((column, place) => ({
      name: column,
      type: 'TEXT',
      notNull: false,
      default: null,
      keyPosition: place === 0 ? 1 : 0,
    })),
    indexes: [
      {
        name: `${name}_first`,
        columns: [columns[0] ?? ''],
        unique: false,
        where: null,
        origin: 'CREATE INDEX',
      },
    ],
    foreignKeys: [],
    checks: [],
    strict: false,
    withoutRowid: false,
  }
}
