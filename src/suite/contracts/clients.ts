import type { ContractAccess, ContractDeclaration } from 'migration-proof'
import { NOW, primaryKeyOf } from './keys.ts'

const DELETE_CLIENT = 'DELETE FROM oauth_client WHERE client_id = ?'
const CLIENT_ID = 'https://app.example/client-metadata.json'

/** `oauth_client`, and how SQLite finds the children that a deleted client takes along. */
export const clientContracts: readonly ContractDeclaration[] = [
  {
    name: 'find a client',
    table: 'oauth_client',
    sql: 'SELECT * FROM oauth_client WHERE client_id = ?',
    parameters: [CLIENT_ID],
    access: { index: primaryKeyOf('oauth_client') },
  },
  {
    name: 'list all clients but one, newest first',
    table: 'oauth_client',
    sql: 'SELECT * FROM oauth_client WHERE client_id != ? ORDER BY created_at DESC',
    parameters: [CLIENT_ID],
    access: { scan: 'nearly all of them are wanted, and a server has few' },
    sorts: 'a server has few clients',
  },
  {
    name: 'update a client',
    table: 'oauth_client',
    sql: 'UPDATE oauth_client SET client_name = ?, updated_at = ? WHERE client_id = ?',
    parameters: ['An app', NOW, CLIENT_ID],
    access: { index: primaryKeyOf('oauth_client') },
  },
  {
    name: 'delete a client',
    table: 'oauth_client',
    sql: DELETE_CLIENT,
    parameters: [CLIENT_ID],
    access: { index: primaryKeyOf('oauth_client') },
  },
  childrenOfDeletedClient('oauth_access_token', { index: 'idx_oauth_access_token_client_id' }),
  childrenOfDeletedClient('oauth_refresh_token', { index: 'idx_oauth_refresh_token_client_id' }),
  childrenOfDeletedClient('oauth_auth_request', { index: 'idx_oauth_auth_request_client_id' }),
  childrenOfDeletedClient('oauth_par_request', {
    scan: 'client_id has no index: the delete of a client reads every pushed request, which live for minutes',
  }),
]

/** SQLite's plan of a DELETE shows how its cascades find their rows, where foreign keys are on. */
function childrenOfDeletedClient(table: string, access: ContractAccess): ContractDeclaration {
  return {
    name: `delete a client, and with it its rows of ${table}`,
    table,
    sql: DELETE_CLIENT,
    parameters: [CLIENT_ID],
    access,
  }
}
