import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import type { Connection } from 'migration-proof'
import { preparedConnection, type RowCounter } from 'migration-proof/behaviour'
import { latestVersion } from '../../src/migrations/index.ts'
import suite from '../../src/suite/index.ts'

/** One planted fault: a part of the statement that makes an object is replaced by another. */
export interface Canary {
  /** What is broken, as a person would say it. */
  readonly broken: string
  /** The table or index whose statement is changed. */
  readonly in: string
  readonly from: string
  readonly to: string
  /** The object that must be named. */
  readonly named: string
}

/** A broken database, and the version whose golden schema it would have. */
export interface BrokenDatabase {
  readonly connection: Connection
  readonly version: number
}

/** A database of the newest golden schema that has the part in question, with the fault in it. */
export function openBroken(
  { in: name, from, to }: Pick<Canary, 'in' | 'from' | 'to'>,
  counter: RowCounter,
): BrokenDatabase {
  const object = new RegExp(`(TABLE|INDEX) (IF NOT EXISTS )?["'\`[]?${name}["'\`\\]]?[\\s(]`)
  for (let version = latestVersion; version > 0; version--) {
    const ddl = readFileSync(join(suite.fixtures, 'schemas', `v${version}.sql`), 'utf8')
    const statements = ddl.split(/(?<=;)\n/)
    const index = statements.findIndex((statement) => object.test(statement) && statement.includes(from))
    const statement = statements[index]
    if (statement === undefined) continue
    const database = new Database(':memory:')
    database.exec(statements.with(index, statement.replace(from, to)).join('\n'))
    return { connection: counter.watch(preparedConnection(database)), version }
  }
  throw new RangeError(`No golden schema has '${from}' in ${name}: correct the canary`)
}

/** Faults that the behaviour checks must see, each by itself. */
export const schemaCanaries: readonly Canary[] = [
  ...faultsIn('oauth_auth_request', [
    [
      'a cascade turned into NO ACTION',
      'ON DELETE CASCADE',
      'ON DELETE NO ACTION',
      'oauth_auth_request → oauth_client',
    ],
  ]),
  ...faultsIn('oauth_par_request', [
    [
      'a cascade turned into SET NULL',
      'ON DELETE CASCADE',
      'ON DELETE SET NULL',
      'oauth_par_request → oauth_client',
    ],
    [
      'a reference dropped',
      "DEFAULT '{}',\n  FOREIGN KEY (client_id) REFERENCES oauth_client (client_id) ON DELETE CASCADE",
      "DEFAULT '{}'",
      'oauth_par_request → oauth_client',
    ],
  ]),
  ...faultsIn('oauth_access_token', [
    [
      'a cascade turned into RESTRICT',
      'ON DELETE CASCADE',
      'ON DELETE RESTRICT',
      'oauth_access_token → oauth_client',
    ],
    [
      'a cascade of updates added',
      'ON DELETE CASCADE',
      'ON DELETE CASCADE ON UPDATE CASCADE',
      'oauth_access_token → oauth_client',
    ],
    ['a default changed in case', "DEFAULT 'Bearer'", "DEFAULT 'bearer'", 'oauth_access_token.token_type'],
  ]),
  ...faultsIn('oauth_refresh_token', [
    [
      'a reference made deferred',
      'ON DELETE CASCADE',
      'ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED',
      'oauth_refresh_token → oauth_client',
    ],
    [
      'a reference to another table',
      'oauth_client (client_id)',
      'oauth_dpop_nonce (nonce)',
      'oauth_refresh_token',
    ],
    ['a default removed', 'DEFAULT 0', '', 'oauth_refresh_token.revoked'],
  ]),
  ...faultsIn('oauth_client', [
    ['NOT NULL removed', 'client_name TEXT NOT NULL', 'client_name TEXT', 'oauth_client.client_name'],
    ['NOT NULL added', 'scope TEXT', 'scope TEXT NOT NULL', 'oauth_client.scope'],
    [
      'NOT NULL added to a key',
      'client_id TEXT PRIMARY KEY',
      'client_id TEXT PRIMARY KEY NOT NULL',
      'oauth_client.client_id',
    ],
    ['a default changed', 'DEFAULT 86400', 'DEFAULT 86401', 'oauth_client.access_token_expiration'],
    [
      'a default changed in type',
      "metadata TEXT NOT NULL DEFAULT '{}'",
      "metadata TEXT NOT NULL DEFAULT x'7b7d'",
      'oauth_client.metadata',
    ],
    ['a default added', 'jwks TEXT', "jwks TEXT DEFAULT ''", 'oauth_client.jwks'],
  ]),
  ...faultsIn('record', [
    [
      'the time as default replaced by a constant',
      "DEFAULT (datetime('now'))",
      "DEFAULT '2025-11-25 00:00:00'",
      'record.indexed_at',
    ],
    ['WITHOUT ROWID added', ');', ') WITHOUT ROWID;', 'record'],
  ]),
  ...faultsIn('oauth_states', [
    [
      'the time as default in milliseconds',
      'DEFAULT (unixepoch())',
      'DEFAULT (unixepoch() * 1000)',
      'oauth_states.created_at',
    ],
  ]),
  ...faultsIn('oauth_dpop_nonce', [
    ['a type changed to TEXT', 'expires_at INTEGER', 'expires_at TEXT', 'oauth_dpop_nonce.expires_at'],
    ['a primary key dropped', 'nonce TEXT PRIMARY KEY', 'nonce TEXT', 'oauth_dpop_nonce'],
    ['STRICT added', ');', ') STRICT;', 'oauth_dpop_nonce'],
  ]),
  ...faultsIn('jetstream_cursor', [
    ['a type changed to REAL', 'cursor INTEGER', 'cursor REAL', 'jetstream_cursor.cursor'],
    ['a row number that is none', 'INTEGER PRIMARY KEY', 'INT PRIMARY KEY', 'jetstream_cursor.id'],
    ['a CHECK dropped', ' CHECK (id = 1)', '', 'jetstream_cursor'],
    ['a CHECK with another constant', 'id = 1', 'id = 2', 'jetstream_cursor'],
    ['a CHECK made wider', 'id = 1', 'id >= 1', 'jetstream_cursor'],
  ]),
  ...faultsIn('config', [
    ['a type changed to BLOB', 'value TEXT', 'value BLOB', 'config.value'],
    [
      'two columns swapped',
      "value TEXT NOT NULL,\n  updated_at TEXT NOT NULL DEFAULT (datetime('now'))",
      "updated_at TEXT NOT NULL DEFAULT (datetime('now')),\n  value TEXT NOT NULL",
      'config',
    ],
    ['a table dropped', 'TABLE config', 'TABLE settings', 'config'],
  ]),
  ...faultsIn('actor', [
    ['a collation added', 'handle TEXT', 'handle TEXT COLLATE NOCASE', 'actor.handle'],
    ['UNIQUE added', 'handle TEXT', 'handle TEXT UNIQUE', 'actor'],
  ]),
  ...faultsIn('lexicon', [
    ['a column renamed', 'json TEXT', 'document TEXT', 'lexicon'],
    ['a column added', 'json TEXT NOT NULL', 'json TEXT NOT NULL, revision TEXT', 'lexicon'],
  ]),
  ...faultsIn('oauth_atp_session', [
    ['a primary key swapped', '(session_id, iteration)', '(iteration, session_id)', 'oauth_atp_session'],
    ['a primary key shortened', '(session_id, iteration)', '(session_id)', 'oauth_atp_session'],
  ]),
  ...faultsIn('jetstream_activity', [
    ['AUTOINCREMENT dropped', ' AUTOINCREMENT', '', 'jetstream_activity.id'],
  ]),
  ...faultsIn('schema_version', [
    ['AUTOINCREMENT added', 'PRIMARY KEY', 'PRIMARY KEY AUTOINCREMENT', 'schema_version.version'],
  ]),
  ...faultsIn('idx_oauth_refresh_token_expires_at', [
    ['an index dropped', 'CREATE', '-- CREATE', 'idx_oauth_refresh_token_expires_at'],
    [
      'an index on some rows only',
      ';',
      ' WHERE expires_at IS NOT NULL;',
      'idx_oauth_refresh_token_expires_at',
    ],
  ]),
  ...faultsIn('idx_oauth_access_token_user_id', [
    ['an index that no statement uses dropped', 'CREATE', '-- CREATE', 'idx_oauth_access_token_user_id'],
  ]),
  ...faultsIn('idx_record_cid', [['an index on another column', '(cid)', '(json)', 'idx_record_cid']]),
  ...faultsIn('idx_record_did_collection', [
    [
      'an index with its columns swapped',
      '(did, collection)',
      '(collection, did)',
      'idx_record_did_collection',
    ],
  ]),
  ...faultsIn('idx_record_did', [
    ['an index with one more column', '(did)', '(did, json)', 'idx_record_did'],
  ]),
  ...faultsIn('idx_lexicon_created_at', [
    ['an index in the other direction', ' DESC', '', 'idx_lexicon_created_at'],
  ]),
  ...faultsIn('idx_actor_handle', [
    ['an index with a collation', '(handle)', '(handle COLLATE NOCASE)', 'idx_actor_handle'],
    ['an index made unique', 'CREATE INDEX', 'CREATE UNIQUE INDEX', 'actor'],
  ]),
  ...faultsIn('idx_oauth_par_request_expires_at', [
    [
      'an index added',
      ';',
      '; CREATE INDEX idx_more ON oauth_par_request (client_id);',
      'oauth_par_request.client_id',
    ],
  ]),
]

/** What is broken, the part of the statement, what takes its place, and the object that must be named. */
type Fault = readonly [broken: string, from: string, to: string, named: string]

function faultsIn(name: string, faults: readonly Fault[]): Canary[] {
  return faults.map(([broken, from, to, named]) => ({ broken, in: name, from, to, named }))
}
