import type { Waiver } from 'migration-proof'

const PLANNED =
  "The plan's DDL is kept to the letter, so that a file of this project and one of the server are the same."

/** The weaknesses that the planned schema has, and keeps. */
export const waivers: readonly Waiver[] = [
  {
    code: 'pk-nullable',
    objects: [
      'oauth_sessions.session_id',
      'oauth_states.state_id',
      'oauth_client.client_id',
      'oauth_access_token.token',
      'oauth_refresh_token.token',
      'oauth_par_request.request_uri',
      'oauth_dpop_nonce.nonce',
      'oauth_auth_request.session_id',
      'oauth_atp_request.oauth_state',
    ],
    reason: `${PLANNED} The server makes each of these keys itself, and never writes NULL.`,
  },
  {
    code: 'fk-child-unindexed',
    objects: ['oauth_par_request (client_id)'],
    reason: `${PLANNED} Pushed requests live for minutes, so that the table stays small.`,
  },
  {
    code: 'missing-foreign-key',
    objects: ['oauth_access_token (session_id, session_iteration)', 'oauth_refresh_token (access_token)'],
    reason: `${PLANNED} Tokens may outlive the session and the token that they came from: each has an expiry of its own.`,
  },
  {
    code: 'connection-fk-off',
    objects: ['every connection'],
    reason:
      'No schema can change it. The server and this package switch foreign keys on, and this package reads it back.',
  },
  {
    code: 'fk-check-needed',
    objects: ['every check of a file'],
    reason: 'No schema can change it. Every proof here runs both pragmas, and judges what changed.',
  },
  {
    code: 'replace-cascades',
    objects: ['oauth_client'],
    reason: 'The server inserts and updates clients, and never replaces one: no declared statement does.',
  },
  {
    code: 'untyped-expiry',
    objects: [
      'oauth_sessions.expires_at',
      'oauth_access_token.expires_at',
      'oauth_refresh_token.expires_at',
      'oauth_par_request.expires_at',
      'oauth_dpop_nonce.expires_at',
      'oauth_auth_request.expires_at',
      'oauth_atp_session.access_token_expires_at',
      'oauth_atp_request.expires_at',
    ],
    reason: `${PLANNED} The server binds whole seconds, never text.`,
  },
  {
    code: 'expiry-unserved',
    objects: ['oauth_sessions.expires_at'],
    reason: 'The server no longer writes the table since v6; its rows stay for those who go back to v5.',
  },
  {
    code: 'expiry-unserved',
    objects: ['oauth_atp_session.access_token_expires_at'],
    reason: `${PLANNED} The column says when to renew a token, not when its row may go.`,
  },
  {
    code: 'contract-scans',
    objects: [
      "'find the newest row of oauth_access_token of a session that is not revoked'",
      "'find the newest row of oauth_refresh_token of a session that is not revoked'",
      "'find the highest iteration of an atp_oauth_state'",
    ],
    reason: `${PLANNED} The indexes that were tried belong in a version of their own.`,
  },
  {
    code: 'expression-defeats-index',
    objects: [
      "'list the newest 1000 events of the last hours'",
      "'delete the events that are older than some hours'",
    ],
    reason:
      "The statements are the server's. It keeps a week of events at most, so that the scan has an end.",
  },
  {
    code: 'unused-index',
    objects: [
      'idx_record_indexed_at',
      'idx_oauth_access_token_user_id',
      'idx_oauth_atp_session_did',
      'idx_oauth_atp_session_access_token',
    ],
    reason: `${PLANNED} An operator may still look for rows by them.`,
  },
  {
    code: 'redundant-index',
    objects: ['idx_record_did'],
    reason: 'Released with v1, and every file has it. Only a version of its own may drop it.',
  },
  {
    code: 'min-engine-version',
    objects: ['oauth_sessions.created_at', 'oauth_states.created_at'],
    reason: 'Released with v1. The server embeds a newer engine, and no statement of v6 writes these tables.',
  },
  {
    code: 'secret-in-plain-text',
    objects: [
      'oauth_sessions.access_token',
      'oauth_sessions.refresh_token',
      'oauth_states.code_verifier',
      'oauth_client.client_secret',
      'oauth_client.registration_access_token',
      'oauth_access_token.token',
      'oauth_refresh_token.token',
      'oauth_refresh_token.access_token',
      'oauth_dpop_nonce.nonce',
      'oauth_auth_request.nonce',
      'oauth_atp_session.dpop_key',
      'oauth_atp_session.access_token',
      'oauth_atp_session.refresh_token',
      'oauth_atp_request.nonce',
      'oauth_atp_request.pkce_verifier',
      'oauth_atp_request.dpop_private_key',
    ],
    reason: `${PLANNED} The server looks tokens up by their value. Copies and backups that this package makes are readable by their owner alone.`,
  },
]
