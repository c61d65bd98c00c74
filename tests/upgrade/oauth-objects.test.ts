// Goal: the indexes and foreign keys of version 6, written here once more by hand, as SQLite's pragmas show them.

import { openSnapshot } from 'migration-proof'
import { describe, expect, it } from 'vitest'
import { runMigrations } from '../../src/migrations/index.ts'
import suite from '../../src/suite/index.ts'

const target = 6

const indexes = {
  idx_oauth_access_token_client_id: ['oauth_access_token', 'client_id'],
  idx_oauth_access_token_dpop_jkt: ['oauth_access_token', 'dpop_jkt'],
  idx_oauth_access_token_expires_at: ['oauth_access_token', 'expires_at'],
  idx_oauth_access_token_user_id: ['oauth_access_token', 'user_id'],
  idx_oauth_atp_request_expires_at: ['oauth_atp_request', 'expires_at'],
  idx_oauth_atp_session_access_token: ['oauth_atp_session', 'access_token'],
  idx_oauth_atp_session_did: ['oauth_atp_session', 'did'],
  idx_oauth_auth_request_client_id: ['oauth_auth_request', 'client_id'],
  idx_oauth_auth_request_expires_at: ['oauth_auth_request', 'expires_at'],
  idx_oauth_dpop_nonce_expires_at: ['oauth_dpop_nonce', 'expires_at'],
  idx_oauth_par_request_expires_at: ['oauth_par_request', 'expires_at'],
  idx_oauth_refresh_token_client_id: ['oauth_refresh_token', 'client_id'],
  idx_oauth_refresh_token_expires_at: ['oauth_refresh_token', 'expires_at'],
}

const children = ['oauth_access_token', 'oauth_refresh_token', 'oauth_par_request', 'oauth_auth_request']

describe.for(suite.snapshots.filter(({ version }) => version <= target))(
  '$name upgraded to v6',
  ({ name }) => {
    it('has the 13 OAuth indexes, each on its column', () => {
      using snapshot = openSnapshot(suite.fixtures, name, { on: 'memory' })
      runMigrations(snapshot.database, { target })
      const rows = snapshot.connection.all(`
      SELECT i.name, i.tbl_name, group_concat(c.name) AS columns
      FROM sqlite_schema AS i, pragma_index_info(i.name) AS c
      WHERE i.type = 'index' AND i.name LIKE 'idx\\_oauth\\_%' ESCAPE '\\' GROUP BY i.name ORDER BY i.name
    `)
      const found = Object.fromEntries(rows.map((row) => [row.name, [row.tbl_name, row.columns]]))
      expect(found).toEqual(indexes)
    })

    it.for(children)('lets %s refer to oauth_client, and follow it when it is deleted', (child) => {
      using snapshot = openSnapshot(suite.fixtures, name, { on: 'memory' })
      runMigrations(snapshot.database, { target })
      expect(snapshot.connection.all(`PRAGMA foreign_key_list(${child})`)).toEqual([
        {
          id: 0n,
          seq: 0n,
          table: 'oauth_client',
          from: 'client_id',
          to: 'client_id',
          on_update: 'NO ACTION',
          on_delete: 'CASCADE',
          match: 'NONE',
        },
      ])
    })
  },
)
