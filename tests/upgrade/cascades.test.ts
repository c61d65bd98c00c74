// Goal: on every upgraded file, deleting a parent does to its children what the facts say, and only to those.

import { type Connection, edgesAt, factsAt, openSnapshot, type SqlValue } from 'migration-proof'
import { describe, expect, it } from 'vitest'
import { latestVersion, runMigrations } from '../../src/migrations/index.ts'
import suite from '../../src/suite/index.ts'

const { tables } = factsAt(suite.facts, latestVersion)
const cascades = edgesAt(suite.facts, latestVersion).filter(({ onDelete }) => onDelete === 'CASCADE')
const matrix = suite.snapshots.flatMap(({ name }) =>
  cascades.map(({ parent, child, columns, parentColumns }) => ({
    name,
    parent,
    child,
    column: columns.join(),
    parentColumn: parentColumns.join(),
  })),
)

describe('the edges of v6', () => {
  it('are the four children of oauth_client, each with a cascade', () => {
    const edges = edgesAt(suite.facts, 6)
    expect(edges.map(({ parent, child, onDelete }) => `${parent} → ${child} ${onDelete}`)).toEqual([
      'oauth_client → oauth_access_token CASCADE',
      'oauth_client → oauth_refresh_token CASCADE',
      'oauth_client → oauth_par_request CASCADE',
      'oauth_client → oauth_auth_request CASCADE',
    ])
  })
})

describe.for(matrix)('$name upgraded: $parent → $child', ({ name, parent, child, column, parentColumn }) => {
  it('deletes the children of the deleted parent, and only those', () => {
    using snapshot = openUpgraded(name)
    const { connection } = snapshot
    const before = countByParent(connection, child, column)
    addFamilies(connection)
    expect(countByParent(connection, child, column)).toEqual({ ...before, kept: 2n, removed: 2n })
    connection.exec(`DELETE FROM ${parent} WHERE ${parentColumn} = 'removed'`)
    expect(countByParent(connection, child, column)).toEqual({ ...before, kept: 2n })
  })

  it('leaves the children alone on a connection that has foreign keys off', () => {
    using snapshot = openUpgraded(name)
    const { connection } = snapshot
    const before = countByParent(connection, child, column)
    addFamilies(connection)
    connection.exec(`PRAGMA foreign_keys = OFF; DELETE FROM ${parent} WHERE ${parentColumn} = 'removed'`)
    expect(countByParent(connection, child, column)).toEqual({ ...before, kept: 2n, removed: 2n })
  })

  /** Two parents with two children each. */
  function addFamilies(connection: Connection) {
    for (const key of ['kept', 'removed']) {
      insert(connection, parent, { [parentColumn]: key }, key)
      for (const number of [1, 2]) insert(connection, child, { [column]: key }, `${key}-${number}`)
    }
  }
})

function openUpgraded(name: string) {
  const snapshot = openSnapshot(suite.fixtures, name, { on: 'memory' })
  snapshot.database.pragma('foreign_keys = ON')
  runMigrations(snapshot.database)
  return snapshot
}

/** A row with the given values, and in each other column that needs one the text, or 1 where it is a number. */
function insert(connection: Connection, name: string, given: Record<string, SqlValue>, text: string) {
  const columns = tables.find((table) => table.name === name)?.columns ?? []
  const needed = columns.filter((column) => column.key || (column.notNull && column.default === undefined))
  const placeholders = needed.map((column) => [column.name, column.type === 'INTEGER' ? 1n : text])
  const row = { ...Object.fromEntries(placeholders), ...given }
  const names = Object.keys(row)
  const values = names.map(() => '?')
  connection.all(
    `INSERT INTO ${name} (${names.join(', ')}) VALUES (${values.join(', ')})`,
    Object.values<SqlValue>(row),
  )
}

function countByParent(connection: Connection, child: string, column: string) {
  const rows = connection.all(`SELECT ${column} AS parent, count(*) AS children FROM ${child} GROUP BY 1`)
  return Object.fromEntries(rows.map(({ parent, children }) => [parent, children]))
}
