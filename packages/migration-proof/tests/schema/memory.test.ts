// Goal: a catalog is parsed once, any other catalog is parsed again, and no file is taken for another.
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { betterSqliteConnection } from '../../src/engines/better-sqlite3.ts'
import { readSchema } from '../../src/index.ts'
import type { Connection } from '../../src/sql/connection.ts'
import { schemaOf } from './schema-of.ts'

const book = 'CREATE TABLE book (id INTEGER PRIMARY KEY, title TEXT)'

describe('a catalog', () => {
  it('gives the same schema again, in another database too', () => {
    expect(schemaOf(book)).toBe(schemaOf(book))
  })

  it.for([
    ['another object', `${book}; CREATE TABLE own (id INTEGER PRIMARY KEY)`],
    ['one object less', ''],
    ['another word', book.replace('TEXT', 'BLOB')],
    ['another name of an index', `${book}; CREATE INDEX book_title ON book (title)`],
  ])('with %s is read again', ([, sql = '']) => {
    const known = schemaOf(book)
    expect(schemaOf(sql)).not.toEqual(known)
  })

  it('is remembered behind another one', () => {
    const isRemembered = (number: number) => {
      const page = schemaOf(`CREATE TABLE page_${number} (id)`)
      schemaOf(`CREATE TABLE cover_${number} (id)`)
      return schemaOf(`CREATE TABLE page_${number} (id)`) === page
    }
    // Once in so many all are forgotten, but not twice in a row.
    expect([isRemembered(1), isRemembered(2)]).toContain(true)
  })

  it('is forgotten behind many', () => {
    const first = schemaOf(book)
    for (let number = 0; number < 2_000; number++) schemaOf(`CREATE TABLE book_${number} (id)`)
    expect(schemaOf(book)).not.toBe(first)
  })

  it('with a virtual table is read again each time: its columns are not in its SQL', () => {
    const virtual = 'CREATE VIRTUAL TABLE words USING fts5 (word)'
    expect(schemaOf(virtual)).toEqual(schemaOf(virtual))
    expect(schemaOf(virtual)).not.toBe(schemaOf(virtual))
  })

  it.for([
    ['an index', `${book}; CREATE INDEX book_title ON book (title DESC)`],
    ['a key', 'CREATE TABLE book (title, PRIMARY KEY (title DESC))'],
    ['a key without a rowid', 'CREATE TABLE book (title, PRIMARY KEY (title DESC)) WITHOUT ROWID'],
  ])('with DESC in %s is read again in a file of the first format, which ignores it', ([, sql = '']) => {
    const known = schemaOf(sql)
    expect(directionsIn(known)).toEqual([true])
    const old = readSchema(openFirstFormat(sql))
    expect(directionsIn(old)).toEqual([false])
  })
})

/** Whether each column of an index or a key goes down. */
function directionsIn({ tables }: ReturnType<typeof schemaOf>): boolean[] {
  return [...tables.values()].flatMap(({ indexes }) =>
    indexes.flatMap(({ columns }) => columns.map(({ descending }) => descending)),
  )
}

/** A database of schema format 1: https://www.sqlite.org/fileformat2.html#schema_format_number */
function openFirstFormat(sql: string): Connection {
  const empty = new Database(':memory:')
  empty.exec('CREATE TABLE first (a); DROP TABLE first')
  const bytes = empty.serialize()
  empty.close()
  bytes.writeUInt32BE(1, 44)
  const database = new Database(bytes)
  database.exec(sql)
  return betterSqliteConnection(database)
}
