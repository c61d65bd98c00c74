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

const planWithoutSort = {
  engine: 'turso',
  check: 'contracts',
  reason: 'Turso sorts the rows all the same; its plan does not say so.',
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
  ...(
    [
      ['list the records of an account, newest first', 'a search of record with idx_record_did'],
      ['list the newest 100 records of a collection', 'a search of record with idx_record_collection'],
      ['list all clients but one, newest first', 'a scan of oauth_client'],
      [
        'find the newest row of oauth_access_token of a session that is not revoked',
        'a scan of oauth_access_token',
      ],
      [
        'find the newest row of oauth_refresh_token of a session that is not revoked',
        'a scan of oauth_refresh_token',
      ],
      ['find the highest iteration of an atp_oauth_state', 'a scan of oauth_atp_session'],
    ] as const
  ).map(([statement, actual]) => ({ ...planWithoutSort, object: `statement '${statement}'`, actual })),
  ...['access_token', 'refresh_token', 'auth_request', 'par_request'].map((table) => ({
    ...planWithoutCascade,
    object: `statement 'delete a client, and with it its rows of oauth_${table}'`,
  })),
]
