import type { Migration, MigrationConnection } from 'migration-proof'

/**
 * The tables of the server's own OAuth authorization server and of its bridge to AT Protocol accounts.
 * `oauth_client` comes first: four of the others refer to it, and lose their rows with their client.
 */
export const v6Oauth: Migration = {
  version: 6,
  name: 'OAuth tables',
  up: (connection) => {
    createOauthClientTable(connection)
    createOauthAccessTokenTable(connection)
    createOauthRefreshTokenTable(connection)
    createOauthParRequestTable(connection)
    createOauthDpopNonceTable(connection)
    createOauthAuthRequestTable(connection)
    createOauthAtpSessionTable(connection)
    createOauthAtpRequestTable(connection)
  },
}

/** Registered OAuth clients (RFC 7591). */
function createOauthClientTable(connection: MigrationConnection) {
  connection.exec(`
    CREATE TABLE IF NOT EXISTS oauth_client (
      client_id TEXT PRIMARY KEY,
      client_secret TEXT,
      client_name TEXT NOT NULL,
      redirect_uris TEXT NOT NULL,
      grant_types TEXT NOT NULL,
      response_types TEXT NOT NULL,
      scope TEXT,
      token_endpoint_auth_method TEXT NOT NULL,
      client_type TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      updated_at INTEGER NOT NULL,
      metadata TEXT NOT NULL DEFAULT '{}',
      access_token_expiration INTEGER NOT NULL DEFAULT 86400,
      refresh_token_expiration INTEGER NOT NULL DEFAULT 1209600,
      require_redirect_exact INTEGER NOT NULL DEFAULT 1,
      registration_access_token TEXT,
      jwks TEXT
    );
  `)
}

/** Access tokens that were issued (RFC 6749), bound to a DPoP key where there is one (RFC 9449). */
function createOauthAccessTokenTable(connection: MigrationConnection) {
  connection.exec(`
    CREATE TABLE IF NOT EXISTS oauth_access_token (
      token TEXT PRIMARY KEY,
      token_type TEXT NOT NULL DEFAULT 'Bearer',
      client_id TEXT NOT NULL,
      user_id TEXT,
      session_id TEXT,
      session_iteration INTEGER,
      scope TEXT,
      created_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL,
      revoked INTEGER NOT NULL DEFAULT 0,
      dpop_jkt TEXT,
      FOREIGN KEY (client_id) REFERENCES oauth_client(client_id) ON DELETE CASCADE
    );
    CREATE INDEX IF NOT EXISTS idx_oauth_access_token_expires_at
    ON oauth_access_token(expires_at);
    CREATE INDEX IF NOT EXISTS idx_oauth_access_token_client_id
    ON oauth_access_token(client_id);
    CREATE INDEX IF NOT EXISTS idx_oauth_access_token_user_id
    ON oauth_access_token(user_id);
    CREATE INDEX IF NOT EXISTS idx_oauth_access_token_dpop_jkt
    ON oauth_access_token(dpop_jkt);
  `)
}

/** Refresh tokens that were issued; one without an expiry never expires. */
function createOauthRefreshTokenTable(connection: MigrationConnection) {
  connection.exec(`
    CREATE TABLE IF NOT EXISTS oauth_refresh_token (
      token TEXT PRIMARY KEY,
      access_token TEXT NOT NULL,
      client_id TEXT NOT NULL,
      user_id TEXT NOT NULL,
      session_id TEXT,
      scope TEXT,
      created_at INTEGER NOT NULL,
      expires_at INTEGER,
      revoked INTEGER NOT NULL DEFAULT 0,
      FOREIGN KEY (client_id) REFERENCES oauth_client(client_id) ON DELETE CASCADE
    );
    CREATE INDEX IF NOT EXISTS idx_oauth_refresh_token_expires_at
    ON oauth_refresh_token(expires_at);
    CREATE INDEX IF NOT EXISTS idx_oauth_refresh_token_client_id
    ON oauth_refresh_token(client_id);
  `)
}

/** Pushed authorization requests (RFC 9126). */
function createOauthParRequestTable(connection: MigrationConnection) {
  connection.exec(`
    CREATE TABLE IF NOT EXISTS oauth_par_request (
      request_uri TEXT PRIMARY KEY,
      authorization_request TEXT NOT NULL,
      client_id TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL,
      subject TEXT,
      metadata TEXT NOT NULL DEFAULT '{}',
      FOREIGN KEY (client_id) REFERENCES oauth_client(client_id) ON DELETE CASCADE
    );
    CREATE INDEX IF NOT EXISTS idx_oauth_par_request_expires_at
    ON oauth_par_request(expires_at);
  `)
}

/** DPoP nonces that were handed out (RFC 9449). */
function createOauthDpopNonceTable(connection: MigrationConnection) {
  connection.exec(`
    CREATE TABLE IF NOT EXISTS oauth_dpop_nonce (
      nonce TEXT PRIMARY KEY,
      expires_at INTEGER NOT NULL
    );
    CREATE INDEX IF NOT EXISTS idx_oauth_dpop_nonce_expires_at
    ON oauth_dpop_nonce(expires_at);
  `)
}

/** Authorization requests of clients, while the user signs in elsewhere. */
function createOauthAuthRequestTable(connection: MigrationConnection) {
  connection.exec(`
    CREATE TABLE IF NOT EXISTS oauth_auth_request (
      session_id TEXT PRIMARY KEY,
      client_id TEXT NOT NULL,
      redirect_uri TEXT NOT NULL,
      scope TEXT,
      state TEXT,
      code_challenge TEXT,
      code_challenge_method TEXT,
      response_type TEXT NOT NULL,
      nonce TEXT,
      login_hint TEXT,
      created_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL,
      FOREIGN KEY (client_id) REFERENCES oauth_client(client_id) ON DELETE CASCADE
    );
    CREATE INDEX IF NOT EXISTS idx_oauth_auth_request_expires_at
    ON oauth_auth_request(expires_at);
    CREATE INDEX IF NOT EXISTS idx_oauth_auth_request_client_id
    ON oauth_auth_request(client_id);
  `)
}

/** Sessions with the AT Protocol servers of the users, one row for each renewal. */
function createOauthAtpSessionTable(connection: MigrationConnection) {
  connection.exec(`
    CREATE TABLE IF NOT EXISTS oauth_atp_session (
      session_id TEXT NOT NULL,
      iteration INTEGER NOT NULL,
      did TEXT,
      session_created_at INTEGER NOT NULL,
      atp_oauth_state TEXT NOT NULL,
      signing_key_jkt TEXT NOT NULL,
      dpop_key TEXT NOT NULL,
      access_token TEXT,
      refresh_token TEXT,
      access_token_created_at INTEGER,
      access_token_expires_at INTEGER,
      access_token_scopes TEXT,
      session_exchanged_at INTEGER,
      exchange_error TEXT,
      PRIMARY KEY (session_id, iteration)
    );
    CREATE INDEX IF NOT EXISTS idx_oauth_atp_session_did
    ON oauth_atp_session(did);
    CREATE INDEX IF NOT EXISTS idx_oauth_atp_session_access_token
    ON oauth_atp_session(access_token);
  `)
}

/** Authorization requests of this server to AT Protocol servers. */
function createOauthAtpRequestTable(connection: MigrationConnection) {
  connection.exec(`
    CREATE TABLE IF NOT EXISTS oauth_atp_request (
      oauth_state TEXT PRIMARY KEY,
      authorization_server TEXT NOT NULL,
      nonce TEXT NOT NULL,
      pkce_verifier TEXT NOT NULL,
      signing_public_key TEXT NOT NULL,
      dpop_private_key TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL
    );
    CREATE INDEX IF NOT EXISTS idx_oauth_atp_request_expires_at
    ON oauth_atp_request(expires_at);
  `)
}
