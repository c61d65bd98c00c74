/**
 * Goal: freezing only adds. What is missing is drafted, waits for a person, and is then pinned; what is pinned
 * and has changed is a failure that names it, unless the rewriting of that one was asked for.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Migration } from '../../src/migrator/migration.ts'
import { definePlan } from '../../src/migrator/plan.ts'
import { userVersion } from '../../src/migrator/version-store.ts'
import { checkFixtures } from '../../src/snapshots/check.ts'
import { defaultSnapshots, type FixtureSuite } from '../../src/snapshots/declaration.ts'
import type { FixtureError } from '../../src/snapshots/errors.ts'
import { freezeMissing } from '../../src/snapshots/freeze.ts'
import { readLedger } from '../../src/snapshots/ledger.ts'
import { openSnapshot } from '../../src/snapshots/open.ts'
import {
  createAuthors,
  createBooks,
  createLoans,
  declarations,
  goldens,
  makeFrozenSuite,
  makeSuite,
  makeWrittenSuite,
  rows,
  writeText,
} from './library.ts'

const everything = [
  'schemas/v1',
  'schemas/v2',
  'schemas/v3',
  'migrations/v1',
  'migrations/v2',
  'migrations/v3',
  'snapshots/v0-empty',
  'snapshots/v1',
  'snapshots/v2',
]

describe('freezing what is missing', () => {
  it('pins golden schemas, migrations and snapshots that are written and reviewed', () => {
    const suite = makeWrittenSuite()
    expect(freezeMissing(suite)).toMatchObject({ frozen: everything, drafted: [], failures: [] })
    expect(checkFixtures(suite)).toEqual({ checked: expect.arrayContaining(everything), failures: [] })
  })

  it('records what each snapshot is and holds', () => {
    const { snapshots } = readLedger(makeFrozenSuite().fixtures)
    expect(snapshots).toMatchObject([
      { name: 'v0-empty', version: 0, form: 'empty', releases: [], engine: 'none', tables: [] },
      {
        name: 'v1',
        version: 1,
        form: 'versioned',
        origin: 'the first release',
        releases: ['1.0'],
        engine: expect.stringMatching(/^3\.\d+\.\d+$/),
        tables: [
          { name: 'author', rows: 2 },
          { name: 'sqlite_sequence', rows: 1 },
        ],
      },
      { name: 'v2', version: 2, releases: [], tables: [{ name: 'author' }, { name: 'book', rows: 2 }, {}] },
    ])
  })

  it('writes nothing when nothing is missing', () => {
    const suite = makeFrozenSuite()
    const before = readAll(suite)
    expect(freezeMissing(suite)).toMatchObject({ frozen: [], drafted: [], failures: [] })
    expect(readAll(suite)).toEqual(before)
  })

  it('builds a missing file of a frozen snapshot again, to the byte', () => {
    const suite = makeFrozenSuite()
    const before = readAll(suite)
    rmSync(join(suite.fixtures, 'snapshots/v1.db'))
    expect(freezeMissing(suite)).toMatchObject({ restored: ['snapshots/v1'], frozen: [], failures: [] })
    expect(readAll(suite)).toEqual(before)
  })

  it('does not restore a file from a text that says something else today', () => {
    const suite = makeFrozenSuite()
    rmSync(join(suite.fixtures, 'snapshots/v1.db'))
    writeText(suite, 'rows/v1.sql', String(rows.v1).replace('1929.8', '1929.7'))
    expect(namesOf(freezeMissing(suite).failures)).toEqual(['snapshots/v1'])
    expect(readdirSync(join(suite.fixtures, 'snapshots'))).not.toContain('v1.db')
  })

  it('takes a file that a release left behind, when the text says the same', () => {
    const suite = makeWrittenSuite()
    const left = readFileSync(join(makeFrozenSuite().fixtures, 'snapshots/v1.db'))
    left.writeUInt32BE(3_050_004, 96)
    writeText(suite, 'snapshots/v1.db', '')
    writeFileSync(join(suite.fixtures, 'snapshots/v1.db'), left)
    expect(freezeMissing(suite).failures).toEqual([])
    expect(readLedger(suite.fixtures).snapshots[1]).toMatchObject({ name: 'v1', engine: '3.50.4' })
  })

  it('refuses a file that holds something else than the text, and names the table', () => {
    const suite = makeWrittenSuite()
    const other = readFileSync(join(makeFrozenSuite().fixtures, 'snapshots/v2.db'))
    writeText(suite, 'snapshots/v1.db', '')
    writeFileSync(join(suite.fixtures, 'snapshots/v1.db'), other)
    const { failures } = freezeMissing(suite)
    expect(namesOf(failures)).toEqual(['snapshots/v1'])
  })

  it('freezes no snapshot whose golden schema was not reviewed', () => {
    const suite = makeWrittenSuite()
    rmSync(join(suite.fixtures, 'schemas/v1.sql'))
    const report = freezeMissing(suite)
    expect(report).toMatchObject({ drafted: ['schemas/v1'], awaitingReview: ['schemas/v1'], failures: [] })
    // The migrations after it wait for its own.
    const waits = (name: string) => name.endsWith('/v1') || name.startsWith('migrations/')
    expect(report.frozen).toEqual(everything.filter((name) => !waits(name)))
  })

  it('refuses rows of another version than the snapshot is declared as', () => {
    const suite = makeWrittenSuite()
    writeText(suite, 'rows/v1.sql', String(rows.v1).replace('user_version = 1', 'user_version = 2'))
    const { failures } = freezeMissing(suite)
    expect(failures.map(({ message }) => message)).toEqual([
      expect.stringContaining('rows/v1: expected a database of version 1, found version 2'),
    ])
  })

  it('takes over the origin and the releases that are declared later', () => {
    const suite = makeFrozenSuite()
    const snapshots = declarations.map((declaration) => ({ ...declaration, releases: ['1.0', '1.1'] }))
    const later = { ...suite, snapshots }
    expect(namesOf(checkFixtures(later).failures)).toContain('snapshots/v2')
    const { described, failures } = freezeMissing(later)
    expect({ described, failures }).toEqual({
      described: ['snapshots/v0-empty', 'snapshots/v1', 'snapshots/v2'],
      failures: [],
    })
    expect(checkFixtures(later).failures).toEqual([])
  })
})

describe('a version that has no fixtures yet', () => {
  const fresh = () => makeSuite({ snapshots: defaultSnapshots(makeSuite().plan) })

  it('is drafted, and nothing is frozen from a draft', () => {
    const suite = fresh()
    const drafts = ['schemas/v1', 'schemas/v2', 'schemas/v3', 'rows/v1', 'rows/v2']
    for (const drafted of [drafts, []]) {
      expect(freezeMissing(suite)).toMatchObject({
        drafted,
        awaitingReview: drafts,
        frozen: ['snapshots/v0-empty'].slice(drafted.length === 0 ? 1 : 0),
        failures: [],
      })
    }
    expect(namesOf(checkFixtures(suite).failures)).toEqual(
      everything.filter((name) => name !== 'snapshots/v0-empty').toSorted(byKind),
    )
  })

  it('says in the draft that it is one, and in the check what to do with it', () => {
    const suite = fresh()
    freezeMissing(suite)
    expect(readFileSync(join(suite.fixtures, 'schemas/v3.sql'), 'utf8')).toMatch(/^-- DRAFT/)
    const [first] = checkFixtures(suite).failures
    expect(first?.message).toContain('schemas/v1.sql is a draft that is not reviewed')
  })

  it('waits, accepted or not, until each clause that a rebuild lost is fixed or its line deleted', () => {
    const create = {
      version: 1,
      name: 'notes',
      up: runs('CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE)'),
    }
    const rebuild = {
      version: 2,
      name: 'rebuild',
      up: runs(`CREATE TABLE copy (id INTEGER PRIMARY KEY, text TEXT UNIQUE); INSERT INTO copy SELECT * FROM note;
        DROP TABLE note; ALTER TABLE copy RENAME TO note`),
    }
    const suite = makeSuite({
      plan: definePlan([create, rebuild], userVersion()),
      snapshots: declarations.slice(1),
    })
    const line = '-- lost: note: text NOT NULL; delete this line only if that is intended'
    freezeMissing(suite)
    const report = freezeMissing(suite, { acceptDrafts: true })
    expect(report).toMatchObject({
      awaitingReview: ['schemas/v2'],
      losses: [{ fixture: 'schemas/v2', lines: [line] }],
      frozen: ['schemas/v1', 'migrations/v1', 'snapshots/v1'],
    })
    const text = readFileSync(join(suite.fixtures, 'schemas/v2.sql'), 'utf8')
    writeText(suite, 'schemas/v2.sql', text.split('\n').slice(2).join('\n'))
    expect(freezeMissing(suite)).toMatchObject({ awaitingReview: ['schemas/v2'], frozen: [] })
    expect(checkFixtures(suite).failures[0]?.message).toMatch(
      /correct the migration, or delete 1 line '-- lost:'/,
    )
    writeText(
      suite,
      'schemas/v2.sql',
      text
        .split('\n')
        .filter((found) => !found.startsWith('--'))
        .join('\n'),
    )
    expect(freezeMissing(suite)).toMatchObject({
      losses: [],
      frozen: ['schemas/v2', 'migrations/v2', 'snapshots/v2'],
    })
  })

  it('pins no later migration while one waits, which would then seem to be inserted among them', () => {
    const create = {
      version: 1,
      name: 'notes',
      up: runs('CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL)'),
    }
    const rebuild = {
      version: 2,
      name: 'rebuild',
      up: runs(`CREATE TABLE copy (id INTEGER PRIMARY KEY, text TEXT); INSERT INTO copy SELECT * FROM note;
        DROP TABLE note; ALTER TABLE copy RENAME TO note`),
    }
    const index = { version: 3, name: 'index', up: runs('CREATE INDEX note_text ON note (text)') }
    const suite = makeSuite({
      plan: definePlan([create, rebuild, index], userVersion()),
      snapshots: declarations.slice(1),
    })
    freezeMissing(suite)
    expect(freezeMissing(suite, { acceptDrafts: true })).toMatchObject({
      awaitingReview: ['schemas/v2'],
      frozen: expect.not.arrayContaining(['migrations/v3']),
    })
    const text = readFileSync(join(suite.fixtures, 'schemas/v2.sql'), 'utf8')
    writeText(suite, 'schemas/v2.sql', text.replaceAll(/^--.*\n/gm, ''))
    const report = freezeMissing(suite)
    expect(report.failures).toEqual([])
    expect(report.frozen).toEqual(expect.arrayContaining(['migrations/v2', 'migrations/v3']))
    expect(checkFixtures(suite).failures).toEqual([])
  })

  it('names each object and option that a rebuild lost', () => {
    const create = {
      version: 1,
      name: 'notes',
      up: runs(`CREATE TABLE note (id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT) STRICT; CREATE TABLE log (note);
        CREATE INDEX note_text ON note (text); CREATE INDEX unwanted ON note (id, text);
        CREATE TRIGGER logged AFTER UPDATE ON note BEGIN INSERT INTO log VALUES (old.id); END;
        CREATE VIEW texts AS SELECT text FROM note; CREATE VIEW logs AS SELECT note FROM log`),
    }
    const rebuild = {
      version: 2,
      name: 'rebuild',
      up: runs(`DROP VIEW texts; DROP VIEW logs; DROP INDEX unwanted; CREATE TABLE copy (id INTEGER PRIMARY KEY, text TEXT);
        INSERT INTO copy SELECT * FROM note; DROP TABLE note; ALTER TABLE copy RENAME TO note`),
    }
    const suite = makeSuite({
      plan: definePlan([create, rebuild], userVersion()),
      snapshots: declarations.slice(1),
    })
    const lost = ['view texts', 'index note_text', 'trigger logged', 'STRICT', 'AUTOINCREMENT']
    expect(freezeMissing(suite).losses).toEqual([
      {
        fixture: 'schemas/v2',
        lines: lost.map((what) => `-- lost: note: ${what}; delete this line only if that is intended`),
      },
    ])
  })

  it('is frozen once a person has read the drafts and deleted their first lines', () => {
    const suite = fresh()
    freezeMissing(suite)
    for (const file of ['schemas/v1', 'schemas/v2', 'schemas/v3', 'rows/v1', 'rows/v2']) {
      const text = readFileSync(join(suite.fixtures, `${file}.sql`), 'utf8')
      writeText(suite, `${file}.sql`, text.split('\n').slice(2).join('\n'))
    }
    const report = freezeMissing(suite)
    expect(report.failures).toEqual([])
    expect([...report.frozen, 'snapshots/v0-empty'].toSorted()).toEqual(everything.toSorted())
    expect(checkFixtures(suite).failures).toEqual([])
  })

  it('is frozen when all drafts are accepted, those of an earlier run and no newer ones', () => {
    const suite = fresh()
    expect(freezeMissing(suite, { acceptDrafts: true }).frozen).toEqual(['snapshots/v0-empty'])
    expect(freezeMissing(suite, { acceptDrafts: true })).toMatchObject({ awaitingReview: [], failures: [] })
    expect(checkFixtures(suite).failures).toEqual([])
  })

  it('keeps every line of an accepted draft but those that say that it is one', () => {
    const suite = fresh()
    freezeMissing(suite)
    const file = join(suite.fixtures, 'schemas/v1.sql')
    const [mark, , , ...schema] = readFileSync(file, 'utf8').split('\n')
    writeText(suite, 'schemas/v1.sql', [mark, ...schema].join('\n'))
    freezeMissing(suite, { acceptDrafts: true })
    expect(readFileSync(file, 'utf8')).toBe(schema.join('\n'))
  })

  it('gets its draft from the snapshot before it, upgraded', () => {
    const suite = makeFrozenSuite()
    const later = withLoanDates(suite)
    expect(freezeMissing(later)).toMatchObject({
      drafted: ['schemas/v4', 'rows/v3'],
      frozen: [],
      failures: [],
    })
    expect(freezeMissing(later, { acceptDrafts: true }).frozen).toEqual([
      'schemas/v4',
      'migrations/v4',
      'snapshots/v3',
    ])
    withOpen(openSnapshot(later.fixtures, 'v3', { on: 'memory' }), ({ connection }) => {
      expect(connection.all('SELECT isbn, author_id FROM book ORDER BY isbn')).toEqual([
        { isbn: '978-0-06-051275-9', author_id: 7n },
        { isbn: 'zwölf', author_id: 7n },
      ])
      expect(connection.all('SELECT isbn FROM loan')).toHaveLength(4)
    })
  })

  it('is named when its snapshot is not declared', () => {
    const suite = makeFrozenSuite()
    const later = { ...withLoanDates(suite), snapshots: declarations }
    const { failures, drafted } = freezeMissing(later)
    expect(namesOf(failures)).toEqual(['snapshots/v3'])
    expect(failures[0]?.message).toContain('declare it in the suite')
    expect(drafted).toEqual([])
    expect(namesOf(checkFixtures(later).failures)).toEqual(['snapshots/v3', 'schemas/v4', 'migrations/v4'])
  })

  it('asks for schema and rows by hand where no migration leaves its form behind', () => {
    const unversioned = {
      name: 'v0-old',
      version: 0,
      form: 'unversioned',
      origin: 'before versions',
      releases: [],
    }
    const { failures } = freezeMissing(makeWrittenSuite({ snapshots: [unversioned, ...declarations] }))
    expect(namesOf(failures)).toEqual(['schemas/v0-old', 'rows/v0-old'])
    expect(failures[0]?.message).toContain('write it by hand')
  })
})

describe('history that changed', () => {
  const cases: readonly (readonly [string, (suite: FixtureSuite) => Partial<FixtureSuite>, string])[] = [
    [
      'a golden schema that was edited',
      (suite) => write(suite, 'schemas/v2.sql', String(goldens.v2).replace('cover BLOB', 'cover TEXT')),
      'schemas/v2',
    ],
    ['a golden schema that was deleted', (suite) => remove(suite, 'schemas/v2.sql'), 'schemas/v2'],
    ['a snapshot with one changed byte', (suite) => flipByte(suite, 'snapshots/v2.db'), 'snapshots/v2'],
    [
      'a snapshot that is declared no more',
      () => ({ snapshots: declarations.toSpliced(0, 1) }),
      'snapshots/v0-empty',
    ],
    [
      'a snapshot that is declared as another version',
      () => ({
        snapshots: [...declarations, { ...declaration('v1'), name: 'v2-old', version: 2 }].map((entry) =>
          entry.name === 'v2' ? { ...entry, version: 1 } : entry,
        ),
      }),
      'snapshots/v2',
    ],
    [
      'a migration whose statements changed',
      () => ({
        plan: definePlan(
          [
            createAuthors,
            {
              ...createBooks,
              up: (connection) => {
                createBooks.up(connection)
                connection.exec('CREATE INDEX idx_book_state ON book (state)')
              },
            },
            createLoans,
          ],
          userVersion(),
        ),
      }),
      'migrations/v2',
    ],
    [
      'a migration that was removed',
      () => ({ plan: definePlan([createAuthors, createBooks], userVersion()) }),
      'migrations/v3',
    ],
  ]

  it.for(cases)('%s is named, and nothing is written', ([, change, fixture]) => {
    const frozen = makeFrozenSuite()
    const suite = { ...frozen, ...change(frozen) }
    const before = readAll(suite)
    expect(namesOf(freezeMissing(suite).failures)).toEqual([fixture])
    expect(namesOf(checkFixtures(suite).failures)).toContain(fixture)
    expect(readAll(suite)).toEqual(before)
  })

  it('is not seen in line ends that Git changed', () => {
    const suite = makeFrozenSuite()
    for (const name of ['schemas/v1.sql', 'schemas/v2.sql', 'rows/v1.sql', 'rows/v2.sql', 'manifest.json']) {
      const text = readFileSync(join(suite.fixtures, name), 'utf8')
      writeText(suite, name, text.replaceAll('\n', '\r\n'))
    }
    expect(checkFixtures(suite).failures).toEqual([])
    expect(freezeMissing(suite).failures).toEqual([])
  })
})

describe('rewriting history', () => {
  it('rewrites the one snapshot that was named, and says so with both hashes', () => {
    const suite = makeFrozenSuite()
    const before = readLedger(suite.fixtures)
    writeText(suite, 'rows/v1.sql', String(rows.v1).replace('1929.8', '1929.75'))
    expect(namesOf(checkFixtures(suite).failures)).toEqual(['snapshots/v1'])
    const { rewritten, failures } = freezeMissing(suite, { refreeze: 'snapshots/v1' })
    const after = readLedger(suite.fixtures)
    expect(failures).toEqual([])
    expect(rewritten).toEqual([
      { fixture: 'snapshots/v1', before: before.snapshots[1]?.fileHash, after: after.snapshots[1]?.fileHash },
    ])
    expect(rewritten[0]?.before).not.toBe(rewritten[0]?.after)
    expect(after.snapshots[2]).toEqual(before.snapshots[2])
    expect(checkFixtures(suite).failures).toEqual([])
  })

  it('rewrites schema, snapshot and migration of one version when the version is named and all of them changed', () => {
    const suite = makeFrozenSuite()
    const longer = String(goldens.v1).replace('born REAL', 'born REAL, died REAL')
    const createAuthorsLonger = {
      ...createAuthors,
      up: (connection: { exec(sql: string): void }) => connection.exec(longer),
    }
    const later = {
      ...suite,
      plan: definePlan([createAuthorsLonger, createBooks, createLoans], userVersion()),
    }
    writeText(suite, 'schemas/v1.sql', longer)
    const { rewritten } = freezeMissing(later, { refreeze: 'v1' })
    expect(rewritten.map(({ fixture }) => fixture)).toEqual(['schemas/v1', 'snapshots/v1', 'migrations/v1'])
  })

  it('leaves what did not change as it was, though another version of SQLite would write other bytes', () => {
    const suite = makeFrozenSuite()
    const file = join(suite.fixtures, 'snapshots/v1.db')
    const left = readFileSync(file)
    left.writeUInt32BE(3_050_004, 96)
    writeFileSync(file, left)
    freezeMissing(suite, { refreeze: 'snapshots/v1' })
    const before = readAll(suite)
    expect(freezeMissing(suite, { refreeze: 'v1' })).toMatchObject({
      rewritten: [],
      frozen: [],
      failures: [],
    })
    expect(readAll(suite)).toEqual(before)
    expect(checkFixtures(suite).failures).toEqual([])
  })

  it('rewrites a migration alone, where nothing else of its version changed', () => {
    const suite = makeFrozenSuite()
    const more = {
      ...createLoans,
      up: (connection: Parameters<typeof createLoans.up>[0]) => {
        createLoans.up(connection)
        connection.exec('DELETE FROM loan WHERE 0')
      },
    }
    const later = { ...suite, plan: definePlan([createAuthors, createBooks, more], userVersion()) }
    const { rewritten, frozen } = freezeMissing(later, { refreeze: 'v3' })
    expect(rewritten.map(({ fixture }) => fixture)).toEqual(['migrations/v3'])
    expect(frozen).toEqual(['migrations/v3'])
  })

  it('leaves what else changed a failure', () => {
    const suite = makeFrozenSuite()
    flipByte(suite, 'snapshots/v2.db')
    const { failures, rewritten } = freezeMissing(suite, { refreeze: 'v1' })
    expect(namesOf(failures)).toEqual(['snapshots/v2'])
    expect(rewritten).toEqual([])
  })

  it('keeps the old entry when the new one cannot be made', () => {
    const suite = makeFrozenSuite()
    const before = readLedger(suite.fixtures)
    writeText(suite, 'rows/v1.sql', 'INSERT INTO nothing VALUES (1);')
    expect(namesOf(freezeMissing(suite, { refreeze: 'snapshots/v1' }).failures)).toEqual(['rows/v1'])
    expect(readLedger(suite.fixtures)).toEqual(before)
  })

  it('refuses a name under which nothing is frozen', () => {
    expect(() => freezeMissing(makeFrozenSuite(), { refreeze: 'v9' })).toThrow(
      'v9: expected a frozen fixture',
    )
  })
})

describe('checking', () => {
  it('names the table whose rows the text changed', () => {
    const suite = makeFrozenSuite()
    writeText(suite, 'rows/v2.sql', String(rows.v2).replace("'on loan'", "'on shelf'"))
    const { failures } = checkFixtures(suite)
    expect(failures.map(({ message }) => message)).toEqual([expect.stringContaining('table book: 2 rows')])
  })

  it('names a write-ahead log beside a snapshot, but not what a reader leaves there, which holds nothing', () => {
    const suite = makeFrozenSuite()
    writeText(suite, 'snapshots/v1.db-wal', '')
    writeText(suite, 'snapshots/v1.db-shm', 'shared memory')
    writeText(suite, 'snapshots/v2.db-wal', 'frames')
    expect(namesOf(checkFixtures(suite).failures)).toEqual(['snapshots/v2.db-wal'])
  })

  it('names a missing file, and one that belongs to nothing', () => {
    const suite = makeFrozenSuite()
    rmSync(join(suite.fixtures, 'snapshots/v1.db'))
    writeText(suite, 'rows/v7.sql', '')
    expect(namesOf(checkFixtures(suite).failures)).toEqual(['snapshots/v1', 'rows/v7.sql'])
  })
})

function declaration(name: string) {
  const found = declarations.find((entry) => entry.name === name)
  if (found === undefined) throw new Error(`no declaration ${name}`)
  return found
}

function withLoanDates(suite: FixtureSuite): FixtureSuite {
  const addDates = {
    version: 4,
    name: 'loan dates',
    up: (connection: { exec(sql: string): void }) =>
      connection.exec('ALTER TABLE loan ADD COLUMN since TEXT'),
  }
  return {
    ...suite,
    plan: definePlan([createAuthors, createBooks, createLoans, addDates], userVersion()),
    snapshots: [
      ...declarations,
      { name: 'v3', version: 3, form: 'versioned', origin: 'release 3', releases: ['3.0'] },
    ],
  }
}

function namesOf(failures: readonly FixtureError[]): string[] {
  return failures.map(({ fixture }) => fixture)
}

function readAll({ fixtures }: FixtureSuite): Record<string, string> {
  const files = readdirSync(fixtures, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  )
  return Object.fromEntries(
    files.map(({ parentPath, name }) => {
      const file = join(parentPath, name)
      return [relative(fixtures, file), readFileSync(file).toString('base64')]
    }),
  )
}

function write(suite: FixtureSuite, name: string, text: string) {
  writeText(suite, name, text)
  return {}
}

function remove({ fixtures }: FixtureSuite, name: string) {
  rmSync(join(fixtures, name))
  return {}
}

function flipByte({ fixtures }: FixtureSuite, name: string) {
  const file = join(fixtures, name)
  const bytes = readFileSync(file)
  bytes.writeUInt8((bytes.at(-1) ?? 0) ^ 1, bytes.length - 1)
  writeFileSync(file, bytes)
  return {}
}

function withOpen<Thing extends { close(): void }>(thing: Thing, use: (thing: Thing) => void): void {
  try {
    use(thing)
  } finally {
    thing.close()
  }
}

/** The order of the check: schemas, snapshots, migrations. */
function byKind(left: string, right: string): number {
  const kinds = ['schemas', 'snapshots', 'migrations']
  const kindOf = (name: string) => kinds.findIndex((kind) => name.startsWith(kind))
  return kindOf(left) - kindOf(right)
}

function runs(sql: string): Migration['up'] {
  return (connection) => connection.exec(sql)
}
