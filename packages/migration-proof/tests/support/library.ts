import Database from 'better-sqlite3'
import { databaseName } from '../../src/faults/index.ts'
import { betterSqliteConnection, definePlan, type Migration, migrate } from '../../src/index.ts'

/** A small history of another project: none of its migrations can be run twice. */
const migrations: readonly Migration[] = [
  {
    version: 1,
    name: 'authors',
    up: (connection) => {
      connection.exec('CREATE TABLE author (id INTEGER PRIMARY KEY, name TEXT NOT NULL)')
    },
  },
  {
    version: 2,
    name: 'books',
    up: (connection) => {
      connection.exec(`
        CREATE TABLE book (
          id INTEGER PRIMARY KEY,
          author_id INTEGER NOT NULL REFERENCES author(id) ON DELETE CASCADE,
          title TEXT NOT NULL
        );
        CREATE INDEX idx_book_author ON book(author_id);
        INSERT INTO book (author_id, title) SELECT id, 'First of ' || name FROM author;
      `)
    },
  },
  {
    version: 3,
    name: 'shelves',
    up: (connection) => {
      connection.exec(`
        ALTER TABLE book ADD COLUMN shelf TEXT;
        CREATE INDEX idx_author_name ON author(name);
      `)
    },
  },
]

export const libraryPlan = definePlan(migrations)

/** A disk with a library of version 1: 60 authors on four pages. */
export function libraryFiles(): ReadonlyMap<string, Uint8Array> {
  const database = new Database(':memory:')
  try {
    migrate(betterSqliteConnection(database), libraryPlan, { target: 1 })
    const insert = database.prepare('INSERT INTO author (name) VALUES (?)')
    for (let number = 1; number <= 60; number++) insert.run(`Author ${'x'.repeat(100)} ${number}`)
    return new Map([[databaseName, new Uint8Array(database.serialize())]])
  } finally {
    database.close()
  }
}
