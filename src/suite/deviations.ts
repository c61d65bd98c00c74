import type { DeviationDeclaration } from 'migration-proof'

const noUnixepoch = {
  before: '3.38',
  actual: 'SQLITE_ERROR',
  reason:
    'unixepoch() came with 3.38. Older engines take it in CREATE TABLE, and refuse each INSERT that leaves the column out.',
}

const defaultInParentheses = {
  engine: 'turso',
  check: 'facts',
  actual: 'DEFAULT (',
  reason: 'Turso reports a default with the parentheses around it, and fills in the same value.',
} as const

const planWithoutCascade = {
  engine: 'turso',
  check: 'contracts',
  actual: 'a search of oauth_client with sqlite_autoindex_oauth_client_1',
  reason:
    'The plan of Turso does not show how it finds the rows that a deleted client takes with it. It deletes them.',
} as const

/** What engines do otherwise than better-sqlite3. */
export const deviations: readonly DeviationDeclaration[] = [
  ...['oauth_sessions.created_at', 'oauth_states.created_at'].flatMap((column) => [
    { ...noUnixepoch, check: 'missing values', object: `column ${column}` },
    { ...noUnixepoch, check: 'defaults', object: `column ${column}` },
  ]),
  ...[
    'schema_version',
    'record',
    'lexicon',
    'oauth_sessions',
    'oauth_states',
    'config',
    'jetstream_cursor',
  ].map((table) => ({ ...defaultInParentheses, object: `table ${table}, column` })),
  {
    engine: 'turso',
    check: 'facts',
    object: 'table oauth_atp_session, column',
    actual: 'iteration INTEGER NOT NULL key 1',
    reason: 'Turso reports the first position for each column of a key, and keeps the key as it is declared.',
  },
  ...['access_token', 'refresh_token', 'auth_request', 'par_request'].map((table) => ({
    ...planWithoutCascade,
    object: `statement 'delete a client, and with it its rows of oauth_${table}'`,
  })),
]
