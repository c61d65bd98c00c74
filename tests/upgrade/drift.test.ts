// Goal: a file whose schema is not its version's is refused before the first step, and stays byte for byte.
import { readFileSync } from 'node:fs'
import Database from 'better-sqlite3'
import { openSnapshot, SchemaDriftError } from 'migration-proof'
import { describe, expect, it } from 'vitest'
import { openDatabase, runMigrations } from '../../src/migrations/index.ts'
import suite from '../../src/suite/index.ts'

const drifts = [
  {
    name: 'v2',
    what: 'an oauth_client table of another shape',
    change: 'CREATE TABLE oauth_client (client_id TEXT PRIMARY KEY, client_name INTEGER)',
    message: /Name that version 6 needs, table oauth_client, column client_secret: expected TEXT, found none/,
  },
  {
    name: 'v0-first-release',
    what: 'a record table that lacks a column',
    change: 'ALTER TABLE record DROP COLUMN json',
    message: /Name that version 1 needs, table record, column json/,
  },
  {
    name: 'v5',
    what: 'an index on another column',
    change: 'DROP INDEX idx_record_cid; CREATE INDEX idx_record_cid ON record(did)',
    message: /Schema at version 5, index idx_record_cid/,
  },
  {
    name: 'v5',
    what: 'a table that is gone',
    change: 'DROP TABLE jetstream_cursor',
    message: /Schema at version 5, table jetstream_cursor/,
  },
]

describe.for(drifts)('$name with $what', ({ name, change, message }) => {
  it('is refused when it is opened', () => {
    using snapshot = openSnapshot(suite.fixtures, name, { on: 'disk' })
    snapshot.database.exec(change)
    const before = readFileSync(snapshot.path)
    expect(() => openDatabase(snapshot.path)).toThrow(SchemaDriftError)
    expect(() => openDatabase(snapshot.path)).toThrow(message)
    expect(readFileSync(snapshot.path).equals(before)).toBe(true)
  })

  it.for(['each', 'all'] as const)('is refused by a migration in a transaction for %s', (transaction) => {
    using snapshot = openSnapshot(suite.fixtures, name, { on: 'disk' })
    snapshot.database.exec(change)
    const before = readFileSync(snapshot.path)
    const plain = new Database(snapshot.path)
    expect(() => runMigrations(plain, { transaction })).toThrow(message)
    plain.close()
    expect(readFileSync(snapshot.path).equals(before)).toBe(true)
  })
})
