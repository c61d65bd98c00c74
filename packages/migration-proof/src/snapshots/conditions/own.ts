import { generateRows } from '../../rows/generate.ts'
import { findTable } from '../../schema/model.ts'
import { readSchema } from '../../schema/read.ts'
import type { Connection } from '../../sql/connection.ts'
import { foldName, quoteName } from '../../sql/names.ts'
import { readContent } from '../content-hash.ts'
import { FixtureError } from '../errors.ts'
import { ordinaryTables } from '../tables.ts'
import { storedColumns } from '../typed-rows.ts'
import { type ConditionedFile, changeCopy } from './file.ts'

/** A person added a table, and, where there is a table to add them to, an index and a trigger. */
export function withOwnObjects(bytes: Uint8Array, folder: string): ConditionedFile {
  const ownObjects = ['own_notes']
  const file = changeCopy(bytes, folder, 'own-objects', (connection) => {
    const table = largestTable(connection)
    connection.exec('CREATE TABLE own_notes (id INTEGER PRIMARY KEY, note TEXT NOT NULL)')
    connection.exec(`INSERT INTO own_notes (note) VALUES ('a note of one''s own')`)
    const [column] = table === undefined ? [] : storedColumns(connection, table)
    if (table === undefined || column === undefined) return
    connection.exec(`CREATE INDEX own_index ON ${quoteName(table)} (${quoteName(column)})`)
    connection.exec(
      `CREATE TRIGGER own_trigger AFTER INSERT ON ${quoteName(table)}
       BEGIN INSERT INTO own_notes (note) VALUES ('a row was added'); END`,
    )
    ownObjects.push('own_index', 'own_trigger')
  })
  return { path: file, ownObjects, addedRows: new Map() }
}

/**
 * Rows whose parent is gone, left behind by connections that never switched foreign keys on. They are in a
 * table of the snapshot where it has a foreign key, otherwise in two tables of a person's own.
 *
 * @throws {FixtureError} when no table with a foreign key takes such a row
 */
export function withOldOrphans(bytes: Uint8Array, folder: string): ConditionedFile {
  const ownObjects: string[] = []
  const addedRows = new Map<string, number>()
  const file = changeCopy(bytes, folder, 'old-orphans', (connection) => {
    connection.exec('PRAGMA foreign_keys = OFF')
    const children = ordinaryTables(connection).filter((table) => referencesAnother(connection, table))
    if (children.length === 0) {
      connection.exec('CREATE TABLE own_parent (id INTEGER PRIMARY KEY)')
      connection.exec('CREATE TABLE own_child (parent_id INTEGER REFERENCES own_parent (id))')
      connection.exec('INSERT INTO own_child (parent_id) VALUES (42)')
      ownObjects.push('own_parent', 'own_child')
    }
    const child = children.find((table) => generateRows(connection, table, 1, 'missing') === 1)
    if (child !== undefined) addedRows.set(child, 1)
    requireOrphan(connection)
  })
  return { path: file, ownObjects, addedRows }
}

function largestTable(connection: Connection): string | undefined {
  const ordinary = new Set(ordinaryTables(connection))
  const [largest] = readContent(connection)
    .tables.filter(({ name }) => ordinary.has(name))
    .toSorted((left, right) => right.rows - left.rows)
  return largest?.name
}

function referencesAnother(connection: Connection, table: string): boolean {
  const keys = findTable(readSchema(connection), table)?.foreignKeys ?? []
  return keys.some(({ parent }) => foldName(parent) !== foldName(table))
}

function requireOrphan(connection: Connection): void {
  if (connection.all('PRAGMA foreign_key_check').length > 0) return
  throw new FixtureError('field condition', {
    expected: 'a table with a foreign key that takes a row without its parent',
    actual: 'none',
    fix: 'give one of them a row whose parent is missing by hand',
  })
}
