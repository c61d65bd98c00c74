// Goal: a schema that was compared with its version once is not compared again, and any other schema is.
import { describe, expect, it } from 'vitest'
import { migrate, SchemaDriftError } from '../../../src/harness/index.ts'
import { preflight } from '../../../src/harness/migrator/preflight.ts'
import type { Connection } from '../../../src/harness/sql/connection.ts'
import { openToy, toyPlan } from './toy-plan.ts'

/** Notes what is asked of a database. */
function listen(connection: Connection): { readonly connection: Connection; readonly asked: string[] } {
  const asked: string[] = []
  return {
    asked,
    connection: {
      exec: (sql) => connection.exec(sql),
      all: (sql, parameters) => {
        asked.push(sql)
        return connection.all(sql, parameters)
      },
      get inTransaction() {
        return connection.inTransaction
      },
      openMemory: () => connection.openMemory(),
      close: () => connection.close(),
    },
  }
}

/** A database at the latest version, and what else it holds. */
function latestWith(more: string): Connection {
  const connection = openToy()
  migrate(connection, toyPlan)
  connection.exec(more)
  return connection
}

/** Looks at such a database, and returns whether the schema was taken apart for it. */
function isReadApart(more: string): boolean {
  const { connection, asked } = listen(latestWith(more))
  preflight(connection, toyPlan)
  return asked.some((sql) => sql.includes('pragma_table_xinfo'))
}

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

describe('a schema', () => {
  it('is read apart once, and again when another object is added', () => {
    isReadApart('CREATE TABLE own (id INTEGER PRIMARY KEY)')
    expect(isReadApart('CREATE TABLE own (id INTEGER PRIMARY KEY)')).toBe(false)
    expect(isReadApart('CREATE TABLE own (id INTEGER PRIMARY KEY, more TEXT)')).toBe(true)
  })

  it('with a virtual table is read apart each time: its columns are not in its SQL', () => {
    const virtual = 'CREATE VIRTUAL TABLE words USING fts5 (word)'
    expect([isReadApart(virtual), isReadApart(virtual)]).toEqual([true, true])
  })

  it.for(others)('with %s is refused after the right one was accepted', ([, sql]) => {
    preflight(latestWith(''), toyPlan)
    const connection = latestWith(sql)
    expect(() => preflight(connection, toyPlan)).toThrow(SchemaDriftError)
    expect(() => preflight(connection, toyPlan)).toThrow(SchemaDriftError)
  })
})
