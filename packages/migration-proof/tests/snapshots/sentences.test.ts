/**
 * Goal: the errors of building, drafting, opening and reading fixtures are whole sentences that say where, what
 * was expected, what was found, and what to do.
 */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { definePlan } from '../../src/migrator/plan.ts'
import { userVersion } from '../../src/migrator/version-store.ts'
import { buildSnapshot, fillDatabase } from '../../src/snapshots/build.ts'
import { withEncoding } from '../../src/snapshots/conditions/encoding.ts'
import { withOldOrphans } from '../../src/snapshots/conditions/own.ts'
import { draftGolden, draftRowsOf } from '../../src/snapshots/draft.ts'
import { FixtureError, LedgerError } from '../../src/snapshots/errors.ts'
import { Field, readLedger } from '../../src/snapshots/ledger.ts'
import { loadSnapshot } from '../../src/snapshots/open.ts'
import { readBytes } from '../../src/snapshots/paths.ts'
import { makePrivateFolder } from '../../src/snapshots/private-folder.ts'
import { makeFrozenSuite, makeSuite, writeText } from './library.ts'
import { makeImage, openMemory } from './memory.ts'

/** What is thrown, which must be an error of fixtures or of the ledger. */
function caught(run: () => unknown): FixtureError | LedgerError {
  try {
    run()
  } catch (error) {
    if (error instanceof FixtureError || error instanceof LedgerError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

function privateFolder(): string {
  const folder = makePrivateFolder()
  onTestFinished(folder.remove)
  return folder.path
}

describe('a text that cannot be built', () => {
  const fill = (schema: string, rows: string) => () => fillDatabase(openMemory(), 'v2', { schema, rows })

  it('names the statement, the error of SQLite and its cause', () => {
    const error = caught(fill('CREATE TABEL t (a);', ''))
    expect(error.message).toBe(
      `schemas/v2: expected 'CREATE TABEL t (a)' to run, found the error 'near "TABEL": syntax error'; fix the statement.`,
    )
    expect(error.cause).toMatchObject({ code: 'SQLITE_ERROR' })
  })

  it('names a trigger as part of the schema', () => {
    const error = caught(
      fill('CREATE TABLE t (a); CREATE TRIGGER r AFTER INSERT ON nothing BEGIN SELECT 1; END;', ''),
    )
    expect(error).toMatchObject({ fixture: 'schemas/v2' })
  })

  it.for([
    [70, false],
    [71, true],
  ] as const)('shows a first line of %s characters, cut: %s', ([length, isCut]) => {
    const line = `INSERT INTO nothing VALUES ('`.padEnd(length, 'x')
    const shown = isCut ? `${line.slice(0, 69)}…` : line
    expect(caught(fill('CREATE TABLE t (a);', `\n${line}\n');`)).message).toMatch(
      `rows/v2: expected '${shown}' to run, found`,
    )
  })

  it.for([
    ['CREATE TABLE c (p REFERENCES p (id));', 'row 1'],
    ['CREATE TABLE c (p PRIMARY KEY REFERENCES p (id)) WITHOUT ROWID;', 'row without a rowid'],
  ] as const)('names a row without its parent: %s', ([table, row]) => {
    const schema = `CREATE TABLE p (id INTEGER PRIMARY KEY); ${table}`
    expect(caught(fill(schema, 'INSERT INTO c VALUES (2);')).message).toBe(
      `rows/v2: expected every row to have its parent, found table c, ${row} without its parent in p; add the parent.`,
    )
  })

  it('names a table without rows', () => {
    const file = join(privateFolder(), 'v2.db')
    const build = () => buildSnapshot('v2', { schema: 'CREATE TABLE t (a);', rows: '' }, file)
    expect(caught(build).message).toBe(
      'rows/v2: expected rows in every table, found no row in table t; write at least one.',
    )
  })

  it('never takes the place of a file of zero bytes', () => {
    const file = join(privateFolder(), 'v0.db')
    writeFileSync(file, 'precious')
    expect(() => buildSnapshot('v0', null, file)).toThrow('EEXIST')
  })
})

describe('what cannot be drafted', () => {
  const old = { name: 'v0-old', version: 0, form: 'old', origin: 'here', releases: [] }
  const byHand = 'found none; write it by hand: no migration leaves this form behind.'

  it('is written by hand where no migration leaves it behind', () => {
    const suite = makeSuite()
    expect(caught(() => draftGolden(suite, { ...old, versioned: false })).message).toBe(
      `schemas/v0-old: expected the file schemas/v0-old.sql, ${byHand}`,
    )
    expect(caught(() => draftRowsOf(suite, old)).message).toBe(
      `rows/v0-old: expected the file rows/v0-old.sql, ${byHand}`,
    )
  })

  it('names the table, and the file to write', () => {
    const never = {
      version: 1,
      name: 'never',
      up: (connection: { exec(sql: string): void }) => connection.exec('CREATE TABLE never (a CHECK (0))'),
    }
    const suite = makeSuite({ plan: definePlan([never], userVersion()), snapshots: [] })
    const first = { ...old, name: 'v1', version: 1, form: 'versioned' }
    expect(caught(() => draftRowsOf(suite, first)).message).toBe(
      'rows/v1: expected rows that can be drafted, found no row that table never accepts: no row was found that meets CHECK (0); write the INSERT statements of rows/v1.sql by hand.',
    )
  })
})

describe('a draft', () => {
  const question = /^-- DRAFT, made from the migrations: (.*)\n/

  it('asks of a schema whether it is what the version shall be, in the words of the version before', () => {
    const suite = makeSuite()
    const before =
      'CREATE TABLE author (\n  id INTEGER PRIMARY KEY AUTOINCREMENT, -- never used twice\n  name TEXT NOT NULL, born REAL);'
    writeText(suite, 'schemas/v1.sql', before)
    const draft = draftGolden(suite, { name: 'v2', version: 2, versioned: true })
    expect(question.exec(draft)?.[1]).toBe('is this the intended schema of version 2?')
    expect(draft).toContain(before)
  })

  it('asks of rows whether they look like those of the field', () => {
    const first = { name: 'v1', version: 1, form: 'versioned', origin: 'here', releases: [] }
    expect(question.exec(draftRowsOf(makeSuite(), first))?.[1]).toBe('does each row look like real data?')
  })
})

describe('a snapshot that cannot be loaded', () => {
  const load = (fixtures: string, name: string) => caught(() => loadSnapshot(fixtures, name)).message

  it('is not in the ledger, has no file, or has another one', () => {
    const { fixtures } = makeFrozenSuite()
    const file = join(fixtures, 'snapshots/v1.db')
    const freeze = 'found none; freeze it with `npx migration-proof freeze`.'
    expect(load(fixtures, 'v9')).toBe(`snapshots/v9: expected an entry in the ledger, ${freeze}`)
    writeFileSync(file, 'other')
    expect(load(fixtures, 'v1')).toMatch(
      /^snapshots\/v1: expected a file of SHA-256 [0-9a-f]{64}, found [0-9a-f]{64}; restore the file from version control: a frozen snapshot never changes\.$/,
    )
    rmSync(file)
    expect(load(fixtures, 'v1')).toBe(`snapshots/v1: expected the file ${file}, ${freeze}`)
  })

  it('is no missing file where a folder is in its place', () => {
    expect(() => readBytes(privateFolder())).toThrow('EISDIR')
  })
})

describe('a ledger that cannot be read', () => {
  const restore = 'restore the ledger from version control.'

  it('is missing', () => {
    const { fixtures } = makeSuite()
    expect(caught(() => readLedger(fixtures)).message).toBe(
      `${join(fixtures, 'manifest.json')}: expected the ledger of the fixtures, found no such file; freeze the fixtures with \`npx migration-proof freeze\`.`,
    )
  })

  it('is no JSON, and the error of the parser is its cause', () => {
    const suite = makeSuite()
    writeText(suite, 'manifest.json', '{')
    const error = caught(() => readLedger(suite.fixtures))
    expect(error.cause).toBeInstanceOf(SyntaxError)
    const message = error.cause instanceof Error ? error.cause.message : ''
    expect(error.message).toBe(
      `${join(suite.fixtures, 'manifest.json')}: expected JSON, found the error '${message}'; ${restore}`,
    )
  })

  it('is of a newer harness', () => {
    const suite = makeSuite()
    writeText(suite, 'manifest.json', '{ "format": 3 }')
    expect(caught(() => readLedger(suite.fixtures)).message).toMatch(
      /\$\.format: expected format 1 or 2, found 3; use the version of the harness that wrote this ledger\.$/,
    )
  })

  const hash = 'a'.repeat(64)
  const long = 'x'.repeat(58)
  const cases: readonly (readonly [string, unknown, (field: Field) => unknown, string, string])[] = [
    ['null for an object', null, (field) => field.get('name'), 'an object', 'null'],
    ['a list for an object', [], (field) => field.get('name'), 'an object', '[]'],
    ['a fraction for a count', 1.5, (field) => field.count(), 'a whole number', '1.5'],
    ['text of 60 characters for a list', long, (field) => field.map(String), 'an array', `"${long}"`],
    ['text of 61 characters for a list', `${long}x`, (field) => field.map(String), 'an array', `"${long}…`],
    [
      'a hash after something else',
      `g${hash}`,
      (field) => field.hash(),
      '64 hexadecimal digits',
      `"g${hash.slice(0, 57)}…`,
    ],
    [
      'a hash before something else',
      `${hash}g`,
      (field) => field.hash(),
      '64 hexadecimal digits',
      `"${hash.slice(0, 58)}…`,
    ],
  ]

  it.for(cases)('has %s', ([, value, read, expected, actual]) => {
    expect(caught(() => read(new Field('file', '$', value))).message).toBe(
      `file, $: expected ${expected}, found ${actual}; ${restore}`,
    )
  })
})

describe('a condition that cannot be made', () => {
  it('is old orphans where no table takes one', () => {
    const bytes = makeImage(
      'CREATE TABLE p (id INTEGER PRIMARY KEY)',
      'CREATE TABLE c (p INTEGER REFERENCES p (id) CHECK (p IS NULL))',
    )
    expect(caught(() => withOldOrphans(bytes, privateFolder())).message).toBe(
      'field condition: expected a table with a foreign key that takes a row without its parent, found none; give one of them a row whose parent is missing by hand.',
    )
  })

  it('is another encoding where text is no valid UTF-8', () => {
    const bytes = makeImage('CREATE TABLE t (a)', `INSERT INTO t VALUES (CAST(x'c328' AS TEXT))`)
    expect(caught(() => withEncoding(bytes, privateFolder(), 'UTF-16le')).message).toMatch(
      /^copy in UTF-16le: expected the same rows, found table t: 1 rows .* found; give the snapshot text that is valid UTF-8\.$/,
    )
  })
})

it('an error says by its name which kind it is', () => {
  const diagnosis = { expected: 'this', actual: 'that', fix: 'fix it' }
  expect(new FixtureError('rows/v1', diagnosis).name).toBe('FixtureError')
  expect(new LedgerError({ where: 'here', ...diagnosis }).name).toBe('LedgerError')
})
