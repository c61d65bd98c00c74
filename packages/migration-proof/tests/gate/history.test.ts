// Goal: whatever of a released state is no longer as it was is named, with the statement and its line; and nothing
// else is.
import { describe, expect, it } from 'vitest'
import { findChangedHistory } from '../../src/gate/history.ts'
import type { Side } from '../../src/gate/side.ts'
import { sha256 } from '../../src/snapshots/hash.ts'
import { makeSide, migrationOf, released } from './side.ts'

const { schemas, snapshots } = released
const [notes, tags] = (released.recorded ?? []).map(({ statements }) => statements.map(({ sql }) => sql))
const [note = ''] = notes ?? []
const [tag = '', tagIndex = ''] = tags ?? []

/** The released state with other migrations, whose ledger is as it was released. */
function edited(...migrations: readonly Parameters<typeof migrationOf>[]): Side {
  const side = makeSide(
    migrations.map((migration) => migrationOf(...migration)),
    { schemas, snapshots },
  )
  return { ...side, ledger: released.ledger }
}

const cases = [
  {
    name: 'a statement that was changed',
    head: edited([1, note], [2, 'CREATE TABLE tag (name TEXT PRIMARY KEY)', tagIndex]),
    found: ['migration-edited', 'migrations/v2', 'migrations/v2-some.ts', 2],
    expected: '`CREATE TABLE tag (name TEXT PRIMARY KEY NOT NULL)`',
    actual: '`CREATE TABLE tag (name TEXT PRIMARY KEY)`',
  },
  {
    name: 'a statement that is gone',
    head: edited([1, note], [2, tagIndex]),
    found: ['migration-edited', 'migrations/v2', 'migrations/v2-some.ts', 2],
    expected: '`CREATE TABLE tag (name TEXT PRIMARY KEY NOT NULL)`',
    actual: 'none',
  },
  {
    name: 'a statement too many',
    head: edited([1, note, 'CREATE INDEX note_text ON note (text)'], [2, tag, tagIndex]),
    found: ['migration-edited', 'migrations/v1', 'migrations/v1-some.ts', 6],
    expected: 'no further statement',
    actual: '`CREATE INDEX note_text ON note (text)`',
  },
  {
    name: 'a version that is gone',
    head: edited([1, note]),
    found: ['version-removed', 'migrations/v2', null, null],
    expected: 'the migration v2, as it was released',
    actual: 'none of that version; the latest is v1',
  },
  {
    name: 'a golden schema that was changed',
    head: { ...released, schemas: new Map([['v1', `${note.replace('text', 'words')};\n`]]) },
    found: ['schema-edited', 'schemas/v1', 'fixtures/schemas/v1.sql', 3],
    expected: 'the text that was released',
    actual: 'another one, from line 3 on: `words TEXT NOT NULL`',
  },
  {
    name: 'a golden schema that is gone',
    head: { ...released, schemas: new Map() },
    found: ['schema-edited', 'schemas/v1', 'fixtures/schemas/v1.sql', null],
    expected: 'the golden schema that was released',
    actual: 'no such file',
  },
  {
    name: 'a snapshot that was built again',
    head: { ...released, snapshots: new Map([['v1', sha256('another file')]]) },
    found: ['snapshot-edited', 'snapshots/v1', 'fixtures/snapshots/v1.db', null],
    expected: `the file that was released, of SHA-256 ${sha256('a file').slice(0, 12)}`,
    actual: `a file of SHA-256 ${sha256('another file').slice(0, 12)}`,
  },
] as const

const folders: Readonly<Record<string, string>> = {
  migration: 'migrations',
  'golden schema': 'schemas',
  snapshot: 'snapshots',
}

describe('the gate', () => {
  it('finds nothing where nothing was changed', () => {
    expect(findChangedHistory(released, released)).toEqual([])
  })

  it('finds nothing where a version was added', () => {
    const head = makeSide(
      [...(released.recorded ?? []), migrationOf(3, 'CREATE TABLE person (id INTEGER)')],
      {
        schemas,
        snapshots,
      },
    )
    expect(findChangedHistory(released, head)).toEqual([])
  })

  it.for(cases)('names $name', ({ head, found, expected, actual }) => {
    const problems = findChangedHistory(released, head)
    expect(
      problems.map(({ code, subject, location }) => [
        code,
        `${folders[subject.type]}/${subject.name}`,
        location?.file ?? null,
        location?.line ?? null,
      ]),
    ).toEqual([found])
    expect(problems).toMatchObject([{ expected, actual }])
  })

  it('says where a long statement begins to differ', () => {
    const columns = Array.from({ length: 30 }, (_, place) => `column_${place} TEXT`)
    const before = makeSide([migrationOf(1, `CREATE TABLE wide (${columns.join(', ')})`)])
    const after = makeSide([
      migrationOf(1, `CREATE TABLE wide (${columns.with(20, 'column_20 BLOB').join(', ')})`),
    ])
    const [problem] = findChangedHistory(before, after)
    expect(problem?.expected).toMatch(/^`CREATE TABLE wide … TEXT, column_21 TEXT/)
    expect(problem?.actual).toMatch(/^`CREATE TABLE wide … BLOB, column_21 TEXT/)
  })

  it('names a version that has another number now', () => {
    const head = edited([1, note], [2, 'CREATE TABLE person (id INTEGER)'], [3, tag, tagIndex])
    expect(findChangedHistory(released, head)).toMatchObject([
      {
        code: 'version-renumbered',
        subject: { type: 'migration', name: 'v2' },
        location: { file: 'migrations/v3-some.ts', line: 2 },
      },
    ])
  })

  it('names an entry of the ledger that was rewritten, or taken out', () => {
    const { ledger } = released
    if (ledger === null) throw new Error('The released state has a ledger')
    const rewritten = ledger.schemas.map((entry) => ({ ...entry, hash: sha256('other') }))
    const head = { ...released, ledger: { ...ledger, schemas: rewritten, snapshots: [] } }
    expect(findChangedHistory(released, head)).toMatchObject([
      {
        code: 'ledger-rewritten',
        subject: { type: 'golden schema', name: 'v1' },
        location: { file: 'fixtures/manifest.json' },
      },
      { code: 'ledger-rewritten', subject: { type: 'snapshot', name: 'v1' }, actual: 'no entry' },
    ])
  })

  it('sees an edit also where the base cannot be loaded', () => {
    const head = edited([1, note], [2, tagIndex])
    const problems = findChangedHistory({ ...released, recorded: null, present: null }, head)
    expect(problems).toMatchObject([
      { code: 'migration-edited', subject: { type: 'migration', name: 'v2' }, location: { line: 2 } },
    ])
  })
})
