// Goal: no table of one's own is taken for one that a virtual table keeps behind it, so that its rows are not left out.
import Database from 'better-sqlite3'
import { expect, it } from 'vitest'
import { betterSqliteConnection } from '../../src/engines/better-sqlite3.ts'
import { ordinaryTables } from '../../src/snapshots/tables.ts'

it('lists the tables with rows of their own, in whatever case they are written', () => {
  const database = new Database(':memory:')
  database.exec(`CREATE VIRTUAL TABLE Notes USING fts5 (text); CREATE TABLE notes_archive (text);
    CREATE TABLE Notes_drafts (id INTEGER PRIMARY KEY AUTOINCREMENT); CREATE TABLE plain (a)`)
  expect(ordinaryTables(betterSqliteConnection(database))).toEqual(['notes_archive', 'Notes_drafts', 'plain'])
  database.close()
})
