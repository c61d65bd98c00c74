import { readFileSync } from 'node:fs'
import path from 'node:path'
import Database from 'better-sqlite3'
import { preparedConnection, type RowCounter } from '../../src/harness/behaviour/index.ts'
import type { Connection } from '../../src/harness/index.ts'
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

/** A database of the latest golden schema with the fault in it. */
export function openBroken(
  { in: name, from, to }: Pick<Canary, 'in' | 'from' | 'to'>,
  counter: RowCounter,
): Connection {
  const ddl = readFileSync(path.join(suite.fixtures, 'schemas', `v${latestVersion}.sql`), 'utf8')
  const statements = ddl.split(/(?<=;)\n/)
  const place = statements.findIndex((statement) => new RegExp(`(TABLE|INDEX) ${name} `).test(statement))
  const statement = statements[place]
  if (statement === undefined || !statement.includes(from)) {
    throw new RangeError(`The golden schema has no '${from}' in ${name}: mend the canary`)
  }
  const database = new Database(':memory:')
  database.exec(statements.with(place, statement.replace(from, to)).join('\n'))
  return counter.watch(preparedConnection(database))
}

const DROPPED = { from: 'CREATE', to: '-- CREATE' } as const

/** Faults that the behaviour checks must see, each by itself. */
export const schemaCanaries: readonly Canary[] = [
  {
    broken: 'a cascade turned into NO ACTION',
    in: 'oauth_auth_request',
    from: 'ON DELETE CASCADE',
    to: 'ON DELETE NO ACTION',
    named: 'oauth_auth_request → oauth_client',
  },
  {
    broken: 'a cascade turned into SET NULL',
    in: 'oauth_par_request',
    from: 'ON DELETE CASCADE',
    to: 'ON DELETE SET NULL',
    named: 'oauth_par_request → oauth_client',
  },
  {
    broken: 'a cascade turned into RESTRICT',
    in: 'oauth_access_token',
    from: 'ON DELETE CASCADE',
    to: 'ON DELETE RESTRICT',
    named: 'oauth_access_token → oauth_client',
  },
  {
    broken: 'a cascade of updates added',
    in: 'oauth_access_token',
    from: 'ON DELETE CASCADE',
    to: 'ON DELETE CASCADE ON UPDATE CASCADE',
    named: 'oauth_access_token → oauth_client',
  },
  {
    broken: 'a reference made deferred',
    in: 'oauth_refresh_token',
    from: 'ON DELETE CASCADE',
    to: 'ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED',
    named: 'oauth_refresh_token → oauth_client',
  },
  {
    broken: 'a reference to another table',
    in: 'oauth_refresh_token',
    from: 'oauth_client (client_id)',
    to: 'oauth_dpop_nonce (nonce)',
    named: 'oauth_refresh_token',
  },
  {
    broken: 'a reference dropped',
    in: 'oauth_par_request',
    from: "DEFAULT '{}',\n  FOREIGN KEY (client_id) REFERENCES oauth_client (client_id) ON DELETE CASCADE",
    to: "DEFAULT '{}'",
    named: 'oauth_par_request → oauth_client',
  },
  {
    broken: 'NOT NULL removed',
    in: 'oauth_client',
    from: 'client_name TEXT NOT NULL',
    to: 'client_name TEXT',
    named: 'oauth_client.client_name',
  },
  {
    broken: 'NOT NULL added',
    in: 'oauth_client',
    from: 'scope TEXT',
    to: 'scope TEXT NOT NULL',
    named: 'oauth_client.scope',
  },
  {
    broken: 'NOT NULL added to a key',
    in: 'oauth_client',
    from: 'client_id TEXT PRIMARY KEY',
    to: 'client_id TEXT PRIMARY KEY NOT NULL',
    named: 'oauth_client.client_id',
  },
  {
    broken: 'a default changed',
    in: 'oauth_client',
    from: 'DEFAULT 86400',
    to: 'DEFAULT 86401',
    named: 'oauth_client.access_token_expiration',
  },
  {
    broken: 'a default changed in case',
    in: 'oauth_access_token',
    from: "DEFAULT 'Bearer'",
    to: "DEFAULT 'bearer'",
    named: 'oauth_access_token.token_type',
  },
  {
    broken: 'a default changed in type',
    in: 'oauth_client',
    from: "metadata TEXT NOT NULL DEFAULT '{}'",
    to: "metadata TEXT NOT NULL DEFAULT x'7b7d'",
    named: 'oauth_client.metadata',
  },
  {
    broken: 'a default removed',
    in: 'oauth_refresh_token',
    from: 'DEFAULT 0',
    to: '',
    named: 'oauth_refresh_token.revoked',
  },
  {
    broken: 'a default added',
    in: 'oauth_client',
    from: 'jwks TEXT',
    to: "jwks TEXT DEFAULT ''",
    named: 'oauth_client.jwks',
  },
  {
    broken: 'the time as default replaced by a constant',
    in: 'record',
    from: "DEFAULT (datetime('now'))",
    to: "DEFAULT '2025-11-25 00:00:00'",
    named: 'record.indexed_at',
  },
  {
    broken: 'the time as default in milliseconds',
    in: 'oauth_states',
    from: 'DEFAULT (unixepoch())',
    to: 'DEFAULT (unixepoch() * 1000)',
    named: 'oauth_states.created_at',
  },
  {
    broken: 'a type changed to TEXT',
    in: 'oauth_dpop_nonce',
    from: 'expires_at INTEGER',
    to: 'expires_at TEXT',
    named: 'oauth_dpop_nonce.expires_at',
  },
  {
    broken: 'a type changed to REAL',
    in: 'jetstream_cursor',
    from: 'cursor INTEGER',
    to: 'cursor REAL',
    named: 'jetstream_cursor.cursor',
  },
  {
    broken: 'a type changed to BLOB',
    in: 'config',
    from: 'value TEXT',
    to: 'value BLOB',
    named: 'config.value',
  },
  {
    broken: 'a collation added',
    in: 'actor',
    from: 'handle TEXT',
    to: 'handle TEXT COLLATE NOCASE',
    named: 'actor.handle',
  },
  { broken: 'a column renamed', in: 'lexicon', from: 'json TEXT', to: 'document TEXT', named: 'lexicon' },
  {
    broken: 'a column added',
    in: 'lexicon',
    from: 'json TEXT NOT NULL',
    to: 'json TEXT NOT NULL, revision TEXT',
    named: 'lexicon',
  },
  {
    broken: 'two columns swapped',
    in: 'config',
    from: "value TEXT NOT NULL,\n  updated_at TEXT NOT NULL DEFAULT (datetime('now'))",
    to: "updated_at TEXT NOT NULL DEFAULT (datetime('now')),\n  value TEXT NOT NULL",
    named: 'config',
  },
  {
    broken: 'a primary key dropped',
    in: 'oauth_dpop_nonce',
    from: 'nonce TEXT PRIMARY KEY',
    to: 'nonce TEXT',
    named: 'oauth_dpop_nonce',
  },
  {
    broken: 'a primary key swapped',
    in: 'oauth_atp_session',
    from: '(session_id, iteration)',
    to: '(iteration, session_id)',
    named: 'oauth_atp_session',
  },
  {
    broken: 'a primary key shortened',
    in: 'oauth_atp_session',
    from: '(session_id, iteration)',
    to: '(session_id)',
    named: 'oauth_atp_session',
  },
  {
    broken: 'AUTOINCREMENT dropped',
    in: 'jetstream_activity',
    from: ' AUTOINCREMENT',
    to: '',
    named: 'jetstream_activity.id',
  },
  {
    broken: 'AUTOINCREMENT added',
    in: 'schema_version',
    from: 'PRIMARY KEY',
    to: 'PRIMARY KEY AUTOINCREMENT',
    named: 'schema_version.version',
  },
  {
    broken: 'a row number that is none',
    in: 'jetstream_cursor',
    from: 'INTEGER PRIMARY KEY',
    to: 'INT PRIMARY KEY',
    named: 'jetstream_cursor.id',
  },
  {
    broken: 'a CHECK dropped',
    in: 'jetstream_cursor',
    from: ' CHECK (id = 1)',
    to: '',
    named: 'jetstream_cursor',
  },
  {
    broken: 'a CHECK with another constant',
    in: 'jetstream_cursor',
    from: 'id = 1',
    to: 'id = 2',
    named: 'jetstream_cursor',
  },
  {
    broken: 'a CHECK made wider',
    in: 'jetstream_cursor',
    from: 'id = 1',
    to: 'id >= 1',
    named: 'jetstream_cursor',
  },
  { broken: 'UNIQUE added', in: 'actor', from: 'handle TEXT', to: 'handle TEXT UNIQUE', named: 'actor' },
  { broken: 'STRICT added', in: 'oauth_dpop_nonce', from: ');', to: ') STRICT;', named: 'oauth_dpop_nonce' },
  { broken: 'WITHOUT ROWID added', in: 'record', from: ');', to: ') WITHOUT ROWID;', named: 'record' },
  { broken: 'a table dropped', in: 'config', from: 'TABLE config', to: 'TABLE settings', named: 'config' },
  {
    broken: 'an index dropped',
    in: 'idx_oauth_refresh_token_expires_at',
    ...DROPPED,
    named: 'idx_oauth_refresh_token_expires_at',
  },
  {
    broken: 'an index that no statement uses dropped',
    in: 'idx_oauth_access_token_user_id',
    ...DROPPED,
    named: 'idx_oauth_access_token_user_id',
  },
  {
    broken: 'an index on another column',
    in: 'idx_record_cid',
    from: '(cid)',
    to: '(json)',
    named: 'idx_record_cid',
  },
  {
    broken: 'an index with its columns swapped',
    in: 'idx_record_did_collection',
    from: '(did, collection)',
    to: '(collection, did)',
    named: 'idx_record_did_collection',
  },
  {
    broken: 'an index with one more column',
    in: 'idx_record_did',
    from: '(did)',
    to: '(did, json)',
    named: 'idx_record_did',
  },
  {
    broken: 'an index in the other direction',
    in: 'idx_lexicon_created_at',
    from: ' DESC',
    to: '',
    named: 'idx_lexicon_created_at',
  },
  {
    broken: 'an index with a collation',
    in: 'idx_actor_handle',
    from: '(handle)',
    to: '(handle COLLATE NOCASE)',
    named: 'idx_actor_handle',
  },
  {
    broken: 'an index on some rows only',
    in: 'idx_oauth_refresh_token_expires_at',
    from: ';',
    to: ' WHERE expires_at IS NOT NULL;',
    named: 'idx_oauth_refresh_token_expires_at',
  },
  {
    broken: 'an index made unique',
    in: 'idx_actor_handle',
    from: 'CREATE INDEX',
    to: 'CREATE UNIQUE INDEX',
    named: 'actor',
  },
  {
    broken: 'an index added',
    in: 'idx_oauth_par_request_expires_at',
    from: ';',
    to: '; CREATE INDEX idx_more ON oauth_par_request (client_id);',
    named: 'oauth_par_request.client_id',
  },
]
