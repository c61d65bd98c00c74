import Database from 'better-sqlite3'
import { betterSqliteConnection, type Connection, definePlan, type Migration } from '../../src/index.ts'

/** A short history: a table, an index on it, a table that refers to it. */
export const toyMigrations: readonly Migration[] = [
  {
    version: 1,
    name: 'authors',
    up: (connection) => {
      connection.exec('CREATE TABLE IF NOT EXISTS author (id INTEGER PRIMARY KEY, name TEXT NOT NULL)')
    },
  },
  {
    version: 2,
    name: 'author names',
    up: (connection) => {
      connection.exec('CREATE INDEX IF NOT EXISTS author_name ON author (name)')
    },
  },
  {
    version: 3,
    name: 'books',
    up: (connection) => {
      connection.exec(`
        CREATE TABLE IF NOT EXISTS book (
          id INTEGER PRIMARY KEY,
          author_id INTEGER NOT NULL REFERENCES author (id) ON DELETE CASCADE,
          title TEXT NOT NULL
        );
        CREATE INDEX IF NOT EXISTS book_author ON book (author_id);
      `)
    },
  },
]

export const toyPlan = definePlan(toyMigrations)

/** The toy history with one version put in place of its own. */
export function toyPlanWith(migration: Migration) {
  return definePlan(toyMigrations.map((own) => (own.version === migration.version ? migration : own)))
}

/** An empty database in memory. */
export function openToy(): Connection {
  return betterSqliteConnection(new Database(':memory:'))
}

/** Names of all that the schema holds, in their order. */
export function objectNames(connection: Connection): string[] {
  return connection
    .all(`SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite%' ORDER BY rowid`)
    .map(({ name }) => String(name))
}

/** The versions that are noted. */
export function versionsOf(connection: Connection): number[] {
  return connection
    .all('SELECT version FROM schema_version ORDER BY version')
    .map(({ version }) => Number(version))
}

/** Does nothing in the empty database that shows what a version is, which comes first; only in the one that is migrated. */
export function afterTrial(up: Migration['up']): Migration['up'] {
  let isTrial = true
  return (connection) => {
    if (!isTrial) up(connection)
    isTrial = false
  }
}
