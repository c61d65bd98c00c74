const noHandle = ['actor.handle ""', 'an account that had no handle when it was fetched'] as const
const noHint = ['oauth_states.login_hint ""', 'a login begun with an empty form'] as const

/**
 * Where a snapshot breaks a rule on purpose, as files of long ago do: [the cell, why]. The list is complete in both
 * directions: what is not listed here is an error of the rows, and what is listed must be there.
 */
export const deviations: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  'v0-first-release': [
    ['record.indexed_at ""', "written by a person's own script"],
    noHandle,
    ['actor.handle "mallory\\u0000.example.com"', 'a hostile identity document'],
    ['actor.handle BLOB of 19 bytes', 'bound as bytes'],
    ['lexicon.json BLOB of 542 bytes', "loaded with the shell's readfile()"],
  ],
  'v0-unversioned': [
    ['oauth_sessions.handle ""', 'a login of a local test account'],
    ['oauth_sessions.expires_at 9223372036854775807', 'never, as the largest integer'],
    ['oauth_sessions.expires_at "never"', 'never, as a word'],
    ['oauth_sessions.created_at REAL 1762300000.5', 'a clock with fractions'],
    noHint,
    ['oauth_states.login_hint "layla\\u0000.example.com"', 'a hostile form'],
    ['oauth_states.login_hint "https://pds.example.net"', 'a login by the address of a server'],
    ['oauth_states.created_at "2025-11-04 21:10:00"', "datetime('now') instead of unixepoch()"],
  ],
  v1: [
    noHandle,
    ['oauth_sessions.session_id ""', 'an empty cookie'],
    ['oauth_sessions.expires_at 0', 'expired since 1970'],
    ['oauth_sessions.expires_at 9007199254740993', 'never, as 2^53 + 1'],
    ['oauth_sessions.expires_at "Wed, 05 Nov 2025 23:00:00 GMT"', 'the date of a cookie'],
    ['oauth_sessions.created_at REAL 1762413877.25', 'a clock with fractions'],
    noHint,
    ['oauth_states.created_at 1762375000123', 'milliseconds instead of seconds'],
  ],
  v2: [
    ['oauth_sessions.expires_at 9007199254740993', 'never, as 2^53 + 1'],
    ['oauth_sessions.expires_at -1', 'never, as minus one'],
    ['oauth_sessions.expires_at REAL Infinity', 'never, as infinity'],
    ['oauth_sessions.created_at -9223372036854775808', 'the smallest integer'],
    noHint,
    ['oauth_states.login_hint "فرهاد"', 'a login by a name that is no handle'],
    ['config.value BLOB of 24 bytes', 'a picture as a setting'],
  ],
  v3: [
    ['oauth_sessions.session_id NULL', 'the key lacks NOT NULL'],
    ['oauth_sessions.session_id NULL', 'and so takes it twice'],
    ['oauth_sessions.access_token BLOB of 20 bytes', 'bound as bytes'],
    ['oauth_sessions.expires_at 9223372036854775807', 'never, as the largest integer'],
    ['oauth_sessions.created_at "yesterday"', 'a word in an INTEGER column'],
    ['oauth_states.state_id "state\\u0000with-nul"', 'a key that length() cuts short'],
    noHint,
    ['oauth_states.created_at REAL 1762604000.75', 'a clock with fractions'],
  ],
  v4: [
    noHandle,
    ['oauth_sessions.handle ""', 'a login of an account with no handle'],
    ['oauth_sessions.expires_at 9007199254740995', 'never, as 2^53 + 3'],
    ['oauth_sessions.created_at "CURRENT_TIMESTAMP"', 'the name of a default, bound as text'],
    noHint,
  ],
  v5: [
    noHandle,
    ['oauth_sessions.expires_at "2025-12-01T00:00:00Z"', 'a date in an INTEGER column'],
    ['oauth_sessions.created_at 0', 'a clock that was never set'],
    ['oauth_sessions.created_at REAL 1763000000.125', 'a clock with fractions'],
    noHint,
    ['config.key "theme\\u0000"', 'a key that length() cuts short'],
  ],
}

/** Collections that a snapshot keeps records of without having loaded their lexicon. */
export const withoutLexicon: Readonly<Record<string, readonly string[]>> = {
  v2: ['app.bsky.graph.follow'],
}
