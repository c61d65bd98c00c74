import type { Cell, FixtureDatabase } from './open.ts'

/** Something that the field has and a snapshot must hold. */
export interface Kind {
  readonly name: string
  /** The table without which a version cannot hold it. */
  readonly needs: string
  readonly isIn: (db: FixtureDatabase) => boolean
}

const anyCell =
  (matches: (cell: Cell) => boolean) =>
  (db: FixtureDatabase): boolean =>
    db.cells.some(matches)

const anyText = (pattern: RegExp) => anyCell(({ value }) => typeof value === 'string' && pattern.test(value))

const anyRow =
  (table: string, condition: string) =>
  (db: FixtureDatabase): boolean =>
    db.holds(`SELECT count(*) FROM ${table} WHERE ${condition}`)

const integerClass = ({ declared, value }: Cell): boolean =>
  declared === 'INTEGER' && typeof value === 'bigint'

/** A table that is not STRICT keeps text and fractions in an INTEGER column, and bytes in any. */
const isWrongTyped = ({ declared, value }: Cell): boolean =>
  value instanceof Uint8Array || (declared === 'INTEGER' && value !== null && typeof value !== 'bigint')

/** Beyond 2^53, and not one of the few that a double still distinguishes from its neighbours. */
const isLostInDouble = (cell: Cell): boolean =>
  integerClass(cell) && typeof cell.value === 'bigint' && BigInt(Number(cell.value)) !== cell.value

const isWideJson = ({ column, value }: Cell): boolean =>
  (column === 'json' || column === 'event_json') &&
  typeof value === 'string' &&
  Buffer.byteLength(value) > 4096

const inRecords = (name: string, condition: string): Kind => ({
  name,
  needs: 'record',
  isIn: anyRow('record', condition),
})

const text: readonly Kind[] = [
  { name: 'multi-byte text', needs: 'record', isIn: anyText(/[\u0800-\uffff]/) },
  { name: 'right-to-left text', needs: 'record', isIn: anyText(/\p{Script=Arabic}|\p{Script=Hebrew}/u) },
  { name: 'an emoji', needs: 'record', isIn: anyText(/[\u{1f300}-\u{1faff}]/u) },
  {
    name: 'an emoji joined by ZWJ',
    needs: 'record',
    isIn: anyText(/\p{Extended_Pictographic}[\ufe0f\u{1f3fb}-\u{1f3ff}]?\u200d\S/u),
  },
  { name: 'text with NUL inside', needs: 'record', isIn: anyText(/\0/) },
  { name: 'an empty string', needs: 'record', isIn: anyText(/^$/) },
  { name: 'text with a semicolon', needs: 'record', isIn: anyText(/;/) },
  { name: 'JSON larger than a page', needs: 'record', isIn: anyCell(isWideJson) },
  { name: 'a value of the wrong type', needs: 'record', isIn: anyCell(isWrongTyped) },
  { name: 'an integer that a double loses', needs: 'oauth_sessions', isIn: anyCell(isLostInDouble) },
]

const network: readonly Kind[] = [
  inRecords('a post', "collection = 'app.bsky.feed.post'"),
  inRecords('a reply', "json_valid(json) AND json ->> '$.reply.parent.uri' IS NOT NULL"),
  inRecords('a like', "collection = 'app.bsky.feed.like'"),
  inRecords('a follow', "collection = 'app.bsky.graph.follow'"),
  inRecords('a profile', "collection = 'app.bsky.actor.profile'"),
  inRecords('a blob', `json LIKE '%"$type":"blob"%'`),
  inRecords(
    'a record of a custom lexicon',
    "collection NOT LIKE 'app.bsky.%' AND collection IN (SELECT id FROM lexicon)",
  ),
  inRecords('a record of a did:web', "did LIKE 'did:web:%'"),
  { name: 'a did:plc', needs: 'actor', isIn: anyRow('actor', "did LIKE 'did:plc:%'") },
  { name: 'a did:web', needs: 'actor', isIn: anyRow('actor', "did LIKE 'did:web:%'") },
  { name: 'a handle that is NULL', needs: 'actor', isIn: anyRow('actor', 'handle IS NULL') },
]

/** When the server was last used, in seconds: sessions are open or expired as seen from then. */
const lastUse = '(SELECT unixepoch(max(indexed_at)) FROM record)'

const inSessions = (name: string, condition: string): Kind => ({
  name,
  needs: 'oauth_sessions',
  isIn: anyRow('oauth_sessions', condition),
})

const inStates = (name: string, condition: string): Kind => ({
  name,
  needs: 'oauth_states',
  isIn: anyRow('oauth_states', condition),
})

const logins: readonly Kind[] = [
  inSessions('an expired session', `typeof(expires_at) = 'integer' AND expires_at <= ${lastUse}`),
  inSessions('an open session', `typeof(expires_at) = 'integer' AND expires_at > ${lastUse} + 86400`),
  inSessions('a session with no refresh token', 'refresh_token IS NULL'),
  inSessions('a session with no expiry', 'expires_at IS NULL'),
  inStates('a login by handle', "login_hint LIKE '%.%' AND login_hint NOT LIKE 'did:%'"),
  inStates('a login by DID', "login_hint LIKE 'did:%'"),
  inStates('a login with no hint', "login_hint = ''"),
  { name: 'a domain authority', needs: 'config', isIn: anyRow('config', "key = 'domain_authority'") },
]

const inActivity = (name: string, condition: string): Kind => ({
  name,
  needs: 'jetstream_activity',
  isIn: anyRow('jetstream_activity', condition),
})

const outcomes: Readonly<Record<string, readonly string[]>> = {
  create: ['success', 'validation_error', 'error', 'processing'],
  update: ['success', 'validation_error', 'error', 'processing'],
  delete: ['success', 'error', 'processing'],
}

const activity: readonly Kind[] = [
  ...Object.entries(outcomes).flatMap(([operation, statuses]) =>
    statuses.map((status) =>
      inActivity(`activity ${operation}/${status}`, `operation = '${operation}' AND status = '${status}'`),
    ),
  ),
  inActivity('an activity error message', "status = 'error' AND error_message <> ''"),
  inActivity('an activity with no error message', 'error_message IS NULL'),
  inActivity(
    'a gap in the activity ids',
    'id - 1 NOT IN (SELECT id FROM jetstream_activity) AND id > (SELECT min(id) FROM jetstream_activity)',
  ),
  {
    name: 'a watermark above all activity ids',
    needs: 'jetstream_activity',
    isIn: (db) =>
      db.holds(
        "SELECT seq > (SELECT max(id) FROM jetstream_activity) FROM sqlite_sequence WHERE name = 'jetstream_activity'",
      ),
  },
  {
    name: 'a cursor beyond 2^53',
    needs: 'jetstream_cursor',
    isIn: (db) => db.cells.some((cell) => cell.table === 'jetstream_cursor' && isLostInDouble(cell)),
  },
]

export const kinds: readonly Kind[] = [...text, ...network, ...logins, ...activity]
