// Goal: on every upgraded file, deleting a client deletes its children, and only those.
import { describe, expect, it } from 'vitest'
import { type Connection, edgesAt, openSnapshot } from '../../src/harness/index.ts'
import { latestVersion, runMigrations } from '../../src/migrations/index.ts'
import suite from '../../src/suite/index.ts'

/** What a row of each child needs beside its key and its client. */
const childRows: Readonly<Record<string, string>> = {
  oauth_access_token: `INSERT INTO oauth_access_token (token, client_id, created_at, expires_at) VALUES (?, ?, 1, 2)`,
  oauth_refresh_token: `INSERT INTO oauth_refresh_token (token, client_id, access_token, user_id, created_at)
    VALUES (?, ?, 'access', 'did:plc:user', 1)`,
  oauth_par_request: `INSERT INTO oauth_par_request (request_uri, client_id, authorization_request, created_at, expires_at)
    VALUES (?, ?, '{}', 1, 2)`,
  oauth_auth_request: `INSERT INTO oauth_auth_request (session_id, client_id, redirect_uri, response_type, created_at, expires_at)
    VALUES (?, ?, 'https://app.example/callback', 'code', 1, 2)`,
}

const edges = edgesAt(suite.facts, latestVersion)
const matrix = suite.snapshots.flatMap(({ name }) =>
  edges.map(({ parent, child, columns }) => ({ name, parent, child, column: columns.join() })),
)

describe('the edges', () => {
  it('are the four children of oauth_client, each with a cascade', () => {
    expect(edges.map(({ parent, child, onDelete }) => `${parent} → ${child} ${onDelete}`)).toEqual([
      'oauth_client → oauth_access_token CASCADE',
      'oauth_client → oauth_refresh_token CASCADE',
      'oauth_client → oauth_par_request CASCADE',
      'oauth_client → oauth_auth_request CASCADE',
    ])
  })
})

describe.for(matrix)('$name upgraded to v6: $parent → $child', ({ name, parent, child, column }) => {
  it('deletes the children of the deleted parent, and only those', () => {
    using snapshot = openUpgraded(name)
    const { connection } = snapshot
    addFamilies(connection, child)
    expect(childrenByClient(connection, child, column)).toEqual({ kept: 2n, removed: 2n })
    connection.exec(`DELETE FROM ${parent} WHERE client_id = 'removed'`)
    expect(childrenByClient(connection, child, column)).toEqual({ kept: 2n })
  })

  it('leaves the children alone on a connection that has foreign keys off', () => {
    using snapshot = openUpgraded(name)
    const { connection } = snapshot
    addFamilies(connection, child)
    connection.exec(`PRAGMA foreign_keys = OFF; DELETE FROM ${parent} WHERE client_id = 'removed'`)
    expect(childrenByClient(connection, child, column)).toEqual({ kept: 2n, removed: 2n })
  })
})

function openUpgraded(name: string) {
  const snapshot = openSnapshot(suite.fixtures, name, { on: 'memory' })
  snapshot.database.pragma('foreign_keys = ON')
  runMigrations(snapshot.database)
  return snapshot
}

/** Two clients with two children each. */
function addFamilies(connection: Connection, child: string) {
  for (const client of ['kept', 'removed']) {
    connection.all(
      `INSERT INTO oauth_client (client_id, client_name, redirect_uris, grant_types, response_types,
         token_endpoint_auth_method, client_type, created_at, updated_at)
       VALUES (?, 'An app', '[]', '[]', '[]', 'none', 'public', 1, 1)`,
      [client],
    )
    for (const number of [1, 2]) connection.all(childRows[child] ?? '', [`${client}-${number}`, client])
  }
}

function childrenByClient(connection: Connection, child: string, column: string) {
  const rows = connection.all(`SELECT ${column} AS client, count(*) AS children FROM ${child} GROUP BY 1`)
  return Object.fromEntries(rows.map(({ client, children }) => [client, children]))
}
