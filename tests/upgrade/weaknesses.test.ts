// Goal: the schema shows every weakness that its specification knows, and each is waived, with its reason.
import { findWeaknesses } from 'migration-proof'
import { describe, expect, it } from 'vitest'
import suite from '../../src/suite/index.ts'

/** The last section of the specification, and where each weakness is. */
const known: readonly (readonly [code: string, objects: readonly string[]])[] = [
  [
    'pk-nullable',
    [
      'oauth_client.client_id',
      'oauth_access_token.token',
      'oauth_refresh_token.token',
      'oauth_par_request.request_uri',
      'oauth_dpop_nonce.nonce',
      'oauth_auth_request.session_id',
      'oauth_atp_request.oauth_state',
    ],
  ],
  ['untyped-expiry', ['oauth_access_token.expires_at', 'oauth_dpop_nonce.expires_at']],
  ['fk-child-unindexed', ['oauth_par_request (client_id)']],
  [
    'contract-scans',
    [
      "'find the newest row of oauth_access_token of a session that is not revoked'",
      "'find the newest row of oauth_refresh_token of a session that is not revoked'",
      "'find the highest iteration of an atp_oauth_state'",
    ],
  ],
  ['expiry-unserved', ['oauth_sessions.expires_at', 'oauth_atp_session.access_token_expires_at']],
  [
    'unused-index',
    ['idx_oauth_access_token_user_id', 'idx_oauth_atp_session_did', 'idx_oauth_atp_session_access_token'],
  ],
  [
    'expression-defeats-index',
    ["'list the newest 1000 events of the last hours'", "'delete the events that are older than some hours'"],
  ],
  [
    'missing-foreign-key',
    ['oauth_refresh_token (access_token)', 'oauth_access_token (session_id, session_iteration)'],
  ],
  ['connection-fk-off', ['every connection']],
  ['min-engine-version', ['oauth_sessions.created_at', 'oauth_states.created_at']],
  ['redundant-index', ['idx_record_did']],
  [
    'secret-in-plain-text',
    [
      'oauth_client.client_secret',
      'oauth_client.registration_access_token',
      'oauth_access_token.token',
      'oauth_atp_session.access_token',
      'oauth_atp_session.refresh_token',
      'oauth_atp_session.dpop_key',
      'oauth_atp_request.dpop_private_key',
      'oauth_atp_request.pkce_verifier',
      'oauth_states.code_verifier',
      'oauth_dpop_nonce.nonce',
    ],
  ],
]

/** Tables that a later version dropped. */
const gone = suite.facts.tables.filter(({ until }) => until !== undefined).map(({ name }) => name)
const isLeft = (object: string) => !gone.some((name) => new RegExp(`\\b${name}\\b`).test(object))

describe('the schema', () => {
  const report = findWeaknesses(suite)

  it.for(known)('shows %s where the specification knows it', ([code, objects]) => {
    const found = report.problems
      .filter((problem) => problem.code === code)
      .map(({ subject: { type, name } }) => (type === 'contract' ? `'${name}'` : name))
    expect(found).toEqual(expect.arrayContaining(objects.filter(isLeft)))
  })

  it('has every finding waived, by a waiver that is needed', () => {
    expect(report.problems.filter(({ status }) => status !== 'accepted')).toEqual([])
  })
})
