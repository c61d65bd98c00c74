// Goal: before a migration, what prevents it is distinguished from what it may take over or leave alone.
import { describe, expect, it } from 'vitest'
import {
  definePlan,
  type Migration,
  MigrationFailedError,
  migrate,
  SchemaDriftError,
} from '../../src/index.ts'
import { findExtras, preflight } from '../../src/migrator/preflight.ts'
import type { Connection } from '../../src/sql/connection.ts'
import { objectNames, openToy, toyMigrations, toyPlan } from './toy-plan.ts'

/** A toy database at a version, and what else it holds. */
function openAt(version: number, more = ''): Connection {
  const connection = openToy()
  migrate(connection, toyPlan, { target: version })
  connection.exec(more)
  return connection
}

const triggerNamed = (name: string, body = 'SELECT 1') =>
  `CREATE TRIGGER ${name} AFTER INSERT ON author BEGIN ${body}; END`

/** Version 4 makes a trigger. */
const withTrigger = definePlan([
  ...toyMigrations,
  {
    version: 4,
    name: 'a trigger',
    up: (db) => db.exec(triggerNamed('count_authors').replace('TRIGGER', 'TRIGGER IF NOT EXISTS')),
  },
])

describe('a person’s own object', () => {
  it('may be a trigger of the name of a later table', () => {
    const connection = openAt(2, triggerNamed('book'))
    const { extras } = migrate(connection, toyPlan)
    expect(extras).toEqual([{ type: 'trigger', name: 'book', table: 'author' }])
    expect(objectNames(connection)).toEqual(expect.arrayContaining(['book', 'book_author']))
  })

  it('may be a table of the name of a later trigger', () => {
    const connection = openAt(3, 'CREATE TABLE count_authors (id INTEGER PRIMARY KEY)')
    expect(migrate(connection, withTrigger).extras).toMatchObject([{ type: 'table', name: 'count_authors' }])
  })

  it('is taken over when it is a later trigger to the letter', () => {
    const connection = openAt(3, triggerNamed('COUNT_AUTHORS'))
    expect(migrate(connection, withTrigger)).toMatchObject({ applied: [4], extras: [] })
  })

  it('is refused when it is another trigger of a later name', () => {
    const connection = openAt(3, triggerNamed('count_authors', 'SELECT 2'))
    expect(() => preflight(connection, withTrigger)).toThrow(
      /^Name that version 4 needs, trigger count_authors, body: /,
    )
  })

  it('stands in the way of its version and of no earlier target', () => {
    const connection = openAt(1, 'CREATE TABLE book (id INTEGER PRIMARY KEY)')
    expect(preflight(connection, toyPlan, 2).extras).toMatchObject([{ type: 'table', name: 'book' }])
    expect(() => preflight(connection, toyPlan, 3)).toThrow(SchemaDriftError)
  })
})

describe('a look at a database', () => {
  it('says nothing of a version that the plan does not know', () => {
    const connection = openAt(
      3,
      'INSERT INTO schema_version (version) VALUES (9); CREATE TABLE note (text TEXT)',
    )
    expect(preflight(connection, toyPlan)).toEqual({ version: 9, isUnknown: true, extras: [] })
  })

  it('finds other extras for another version of the same schema', () => {
    const connection = openAt(2)
    expect(findExtras(connection, toyPlan, 2)).toEqual([])
    expect(findExtras(connection, toyPlan, 1)).toMatchObject([{ type: 'index', name: 'author_name' }])
  })

  it('leaves a later migration that fails in any database to the run itself', () => {
    const failing: Migration = { version: 4, name: 'bad', up: (db) => db.exec('DROP TABLE no_such_table') }
    const connection = openAt(2, 'CREATE TABLE note (text TEXT)')
    expect(() => migrate(connection, definePlan([...toyMigrations, failing]))).toThrow(MigrationFailedError)
    expect(objectNames(connection)).toContain('book')
  })
})

const others: readonly (readonly [string, string])[] = [
  [
    'another type of a column',
    `DROP TABLE book;
     CREATE TABLE book (
       id INTEGER PRIMARY KEY,
       author_id INTEGER NOT NULL REFERENCES author (id) ON DELETE CASCADE,
       title BLOB NOT NULL
     );
     CREATE INDEX book_author ON book (author_id)`,
  ],
  ['an index less', 'DROP INDEX book_author'],
  ['an index over another column', 'DROP INDEX book_author; CREATE INDEX book_author ON book (title)'],
]

describe('a comparison', () => {
  it.for(others)('refuses %s after the right one was accepted, and again', ([, sql]) => {
    preflight(openAt(3), toyPlan)
    const connection = openAt(3, sql)
    expect(() => preflight(connection, toyPlan)).toThrow(SchemaDriftError)
    expect(() => preflight(connection, toyPlan)).toThrow(SchemaDriftError)
  })

  it('of one version, or up to one version, says nothing of another', () => {
    const connection = openAt(3)
    const extrasTo = (target: number) => preflight(connection, toyPlan, target).extras.map(({ name }) => name)
    expect(extrasTo(3)).toEqual([])
    connection.exec('DELETE FROM schema_version WHERE version > 1')
    expect(extrasTo(3)).toEqual([])
    expect(extrasTo(2)).toEqual(['book', 'book_author'])
    expect(extrasTo(1)).toEqual(['book', 'author_name', 'book_author'])
  })
})
