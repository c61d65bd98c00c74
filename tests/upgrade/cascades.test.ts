// Goal: on every file that is upgraded to version 6, deleting a client takes its children along, and only those. Written
// by hand: it uses SQLite's own answers and `runMigrations`, and nothing that the harness knows of the tables.

import { type Connection, openSnapshot } from 'migration-proof'
import { describe, expect, it } from 'vitest'
import { runMigrations } from '../../src/migrations/index.ts'
import suite from '../../src/suite/index.ts'

const target = 6

/** How a child of a client is inserted: the key of the child, then that of the client. */
const inserts = {
  oauth_access_token:
    'INSERT INTO oauth_access_token (token, client_id, created_at, expires_at) VALUES (?, ?, 1, 2)',
  oauth_refresh_token: `INSERT INTO oauth_refresh_token (token, client_id, access_token, user_id, created_at)
    VALUES (?, ?, 'access', 'user', 1)`,
  oauth_par_request: `INSERT INTO oauth_par_request (request_uri, client_id, authorization_request, created_at, expires_at)
    VALUES (?, ?, '{}', 1, 2)`,
  oauth_auth_request: `INSERT INTO oauth_auth_request
    (session_id, client_id, redirect_uri, response_type, created_at, expires_at)
    VALUES (?, ?, 'https://app.example/callback', 'code', 1, 2)`,
}
const children = Object.entries(inserts)

const insertClient = `INSERT INTO oauth_client (client_id, client_name, redirect_uris, grant_types, response_types,
    token_endpoint_auth_method, client_type, created_at, updated_at)
  VALUES (?, 'An app', '[]', 'authorization_code', 'code', 'none', 'public', 1, 1)`

describe.for(suite.snapshots.filter(({ version }) => version <= target))(
  '$name upgraded to v6',
  ({ name }) => {
    it('has the four children of oauth_client, each with a cascade, and no other foreign key', () => {
      using snapshot = openUpgraded(name)
      const edges = snapshot.connection.all(`
      SELECT t.name AS child, f."table" AS parent, f."from", f."to", f.on_delete
      FROM sqlite_schema AS t, pragma_foreign_key_list(t.name) AS f WHERE t.type = 'table'
    `)
      expect(edges.map((edge) => Object.values(edge).join(' ')).sort()).toEqual(
        children.map(([child]) => `${child} oauth_client client_id client_id CASCADE`).sort(),
      )
    })

    it.for(children)('deletes the children of the deleted client in %s, and only those', ([child]) => {
      using snapshot = openUpgraded(name)
      const { connection } = snapshot
      const before = countByClient(connection, child)
      addFamilies(connection)
      expect(countByClient(connection, child)).toEqual({ ...before, kept: 2n, removed: 2n })
      connection.exec(`DELETE FROM oauth_client WHERE client_id = 'removed'`)
      expect(countByClient(connection, child)).toEqual({ ...before, kept: 2n })
    })

    it.for(children)('leaves those of %s alone on a connection that has foreign keys off', ([child]) => {
      using snapshot = openUpgraded(name)
      const { connection } = snapshot
      const before = countByClient(connection, child)
      addFamilies(connection)
      connection.exec(`PRAGMA foreign_keys = OFF; DELETE FROM oauth_client WHERE client_id = 'removed'`)
      expect(countByClient(connection, child)).toEqual({ ...before, kept: 2n, removed: 2n })
    })
  },
)

function openUpgraded(name: string) {
  const snapshot = openSnapshot(suite.fixtures, name, { on: 'memory' })
  snapshot.database.pragma('foreign_keys = ON')
  runMigrations(snapshot.database, { target })
  return snapshot
}

/** Two clients with two children of each kind. */
function addFamilies(connection: Connection) {
  for (const client of ['kept', 'removed']) {
    connection.all(insertClient, [client])
    for (const [, insert] of children)
      for (const number of [1, 2]) connection.all(insert, [`${client}-${number}`, client])
  }
}

function countByClient(connection: Connection, child: string) {
  const rows = connection.all(`SELECT client_id, count(*) AS children FROM ${child} GROUP BY 1`)
  return Object.fromEntries(rows.map(({ client_id, children: count }) => [client_id, count]))
}
