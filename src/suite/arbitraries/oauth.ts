import * as fc from 'fast-check'
import { keys, mostly } from './values.ts'

/**
 * Client identifiers of RFC 7591, and of the AT Protocol, where they are the address of a document. They are
 * few, so that children find their parents.
 */
export const clientIds = fc.constantFrom(
  'https://app.example/client-metadata.json',
  'client-1',
  'CLIENT-1',
  'client-1\u0000',
  '',
)
/** Bearer tokens of RFC 6750. */
export const tokenKeys = keys(
  'mF_9.B5f-4.1JqM',
  'tGzv3JOkF0XG5Qx2TlKWIA',
  'Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU=',
)
export const tokens = mostly('mF_9.B5f-4.1JqM', 'tGzv3JOkF0XG5Qx2TlKWIA')
export const tokenTypes = mostly('Bearer', 'DPoP')
/** References of RFC 9126. */
export const requestUris = keys(
  'urn:ietf:params:oauth:request_uri:6esc_11ACC5bwc014ltc14eY22c',
  'urn:example:bwc4JK',
)
export const nonceKeys = keys('eyJ7S_zG.eyJH0-Z.HX4w-7v', 'n-0S6_WzA2Mj')
export const nonces = mostly('eyJ7S_zG.eyJH0-Z.HX4w-7v', 'n-0S6_WzA2Mj')
export const stateKeys = keys('af0ifjsldkj', 'xyz')
export const states = mostly('af0ifjsldkj', 'xyz')
export const sessionKeys = keys('0193-session', '0194-session')
export const sessionIds = mostly('0193-session', '0194-session')
export const scopes = mostly('atproto', 'atproto transition:generic', 'openid')
/** Verifier and challenge of RFC 7636, appendix B. */
export const verifiers = mostly('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk')
export const challenges = mostly('E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM')
/** The thumbprint of a key, from RFC 9449. */
export const thumbprints = mostly('0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I')
export const jsonWebKeys = mostly(
  '{"kty":"EC","crv":"P-256","x":"l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs"}',
)
export const redirectUris = mostly('https://app.example/callback', 'http://127.0.0.1/')
export const servers = mostly('https://bsky.social', 'https://pds.example')
export const metadata = mostly('{}', '{"dpop_bound_access_tokens":true}')
