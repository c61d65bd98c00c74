/** Values of the AT Protocol: https://atproto.com/specs/at-uri-scheme and the pages beside it. */
export const dids = [
  'did:plc:ewvi7nxzyoun6zhxrhs64oiz',
  'did:plc:z72i7hdynmk6r22z27h6tvur',
  'did:web:alice.example',
]
export const handles = ['alice.example', 'bob.bsky.social', 'handle.invalid']
export const collections = ['app.bsky.feed.post', 'app.bsky.feed.like', 'xyz.statusphere.status']

/** Bearer tokens of RFC 6750. */
export const tokens = [
  'mF_9.B5f-4.1JqM',
  'tGzv3JOkF0XG5Qx2TlKWIA',
  'Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU=',
]
export const nonces = ['eyJ7S_zG.eyJH0-Z.HX4w-7v', 'n-0S6_WzA2Mj']
export const states = ['af0ifjsldkj', 'xyz']
export const sessions = ['0193-session', '0194-session']
export const scopes = ['atproto', 'atproto transition:generic', 'openid']
/** Verifier and challenge of RFC 7636, appendix B. */
export const verifiers = ['dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk']
export const challenges = ['E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM']
/** The thumbprint of a key, from RFC 9449. */
export const thumbprints = ['0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I']
export const jsonWebKeys = ['{"kty":"EC","crv":"P-256","x":"l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs"}']
export const redirectUris = ['https://app.example/callback', 'http://127.0.0.1/']
export const metadata = ['{}', '{"dpop_bound_access_tokens":true}']
