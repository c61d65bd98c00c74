import type { Migration, MigrationConnection } from 'migration-proof'

/**
 * The first versioned schema. It adopts the files of the time before versions: what they already hold is
 * left as it is, and only what is missing is created.
 */
export const v1InitialSchema: Migration = {
  version: 1,
  name: 'initial schema',
  up: (connection) => {
    createSchemaVersionTable(connection)
    createRecordTable(connection)
    createActorTable(connection)
    createLexiconTable(connection)
    createOauthSessionsTable(connection)
    createOauthStatesTable(connection)
  },
}

function createSchemaVersionTable(connection: MigrationConnection) {
  connection.exec(`
    CREATE TABLE IF NOT EXISTS schema_version (
      version INTEGER PRIMARY KEY,
      applied_at TEXT NOT NULL DEFAULT (datetime('now'))
    );
  `)
}

function createRecordTable(connection: MigrationConnection) {
  connection.exec(`
    CREATE TABLE IF NOT EXISTS record (
      uri TEXT PRIMARY KEY NOT NULL,
      cid TEXT NOT NULL,
      did TEXT NOT NULL,
      collection TEXT NOT NULL,
      json TEXT NOT NULL,
      indexed_at TEXT NOT NULL DEFAULT (datetime('now'))
    );
    CREATE INDEX IF NOT EXISTS idx_record_did ON record(did);
    CREATE INDEX IF NOT EXISTS idx_record_collection ON record(collection);
    CREATE INDEX IF NOT EXISTS idx_record_did_collection ON record(did, collection);
    CREATE INDEX IF NOT EXISTS idx_record_indexed_at ON record(indexed_at DESC);
  `)
}

function createActorTable(connection: MigrationConnection) {
  connection.exec(`
    CREATE TABLE IF NOT EXISTS actor (
      did TEXT PRIMARY KEY NOT NULL,
      handle TEXT,
      indexed_at TEXT NOT NULL
    );
    CREATE INDEX IF NOT EXISTS idx_actor_handle ON actor(handle);
    CREATE INDEX IF NOT EXISTS idx_actor_indexed_at ON actor(indexed_at DESC);
  `)
}

function createLexiconTable(connection: MigrationConnection) {
  connection.exec(`
    CREATE TABLE IF NOT EXISTS lexicon (
      id TEXT PRIMARY KEY NOT NULL,
      json TEXT NOT NULL,
      created_at TEXT NOT NULL DEFAULT (datetime('now'))
    );
    CREATE INDEX IF NOT EXISTS idx_lexicon_created_at ON lexicon(created_at DESC);
  `)
}

function createOauthSessionsTable(connection: MigrationConnection) {
  connection.exec(`
    CREATE TABLE IF NOT EXISTS oauth_sessions (
      session_id TEXT PRIMARY KEY,
      access_token TEXT NOT NULL,
      refresh_token TEXT,
      did TEXT NOT NULL,
      handle TEXT NOT NULL,
      expires_at INTEGER,
      created_at INTEGER NOT NULL DEFAULT (unixepoch())
    );
  `)
}

function createOauthStatesTable(connection: MigrationConnection) {
  connection.exec(`
    CREATE TABLE IF NOT EXISTS oauth_states (
      state_id TEXT PRIMARY KEY,
      code_verifier TEXT NOT NULL,
      code_challenge TEXT NOT NULL,
      login_hint TEXT NOT NULL,
      created_at INTEGER NOT NULL DEFAULT (unixepoch())
    );
  `)
}
