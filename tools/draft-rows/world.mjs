import { createHash } from 'node:crypto'
import { blobCidOf, encodeJson, plcDidOf, recordCidOf, tidOf } from './identifiers.mjs'
import { createRandom } from './random.mjs'

/** @typedef {{ did: string, handle: string }} Person */
/** @typedef {{ uri: string, cid: string }} Ref */

const tableNames = [
  'schema_version',
  'record',
  'actor',
  'lexicon',
  'oauth_sessions',
  'oauth_states',
  'config',
  'jetstream_activity',
  'jetstream_cursor',
]

/**
 * A server's life between two moments: a clock that only moves when told to, and the rows that its tables hold.
 *
 * @param {{ name: string, headline: string, startedAt: string, pace?: number }} story `pace`: how many times slower than usual people write
 */
export function createWorld({ name, headline, startedAt, pace = 1 }) {
  const random = createRandom(`quickslice rows ${name}`)
  const tables = new Map(tableNames.map((table) => [table, []]))
  const deletions = []
  let micros = BigInt(Date.parse(startedAt)) * 1000n + BigInt(random.int(0, 999_999))

  const rowsOf = (table) => tables.get(table)
  const insert = (table, row) => {
    rowsOf(table).push(row)
    return row
  }

  /** Lets time pass. @param {number} low seconds @param {number} high seconds */
  const pass = (low, high) => {
    micros += BigInt(random.int(low, high)) * 1_000_000n + BigInt(random.int(1, 999_999))
  }
  const isoNow = () => new Date(Number(micros / 1000n)).toISOString()
  const sqlNow = () => isoNow().slice(0, 19).replace('T', ' ')
  const secondsNow = () => micros / 1_000_000n

  /** @param {string | null} handle @param {{ did?: string, indexedAt?: string }} [how] @returns {Person} */
  const person = (handle, { did = plcDidOf(random.bytes(32)), indexedAt } = {}) => {
    pass(1, 90)
    insert('actor', { did, handle, indexed_at: indexedAt ?? sqlNow() })
    return { did, handle: handle ?? 'handle.invalid' }
  }

  /** A record key that sorts by time. */
  const nextTid = () => {
    pass(20 * pace, 2400 * pace)
    return tidOf(micros, random.int(0, 31))
  }

  /** The record key of something made long before, which the server fetched later. @param {string} iso */
  const tidAt = (iso) =>
    tidOf(BigInt(Date.parse(iso)) * 1000n + BigInt(random.int(0, 999)), random.int(0, 31))

  /**
   * Puts a record into its table, over the one that has the same URI.
   *
   * @param {Person} author @param {string} collection @param {Record<string, unknown>} content @param {string} [key]
   * @returns {Ref}
   */
  const write = (author, collection, content, key) => {
    const rkey = key ?? nextTid()
    const record = { $type: collection, ...content }
    if ('createdAt' in record && record.createdAt === undefined) record.createdAt = isoNow()
    pass(1, 3)
    return put(author, collection, rkey, record)
  }

  /** @param {Person} author @param {string} collection @param {string} rkey @param {Record<string, unknown>} record */
  const put = (author, collection, rkey, record) => {
    const uri = `at://${author.did}/${collection}/${rkey}`
    const cid = recordCidOf(record)
    const row = { uri, cid, did: author.did, collection, json: encodeJson(record), indexed_at: sqlNow() }
    const old = rowsOf('record').find((candidate) => candidate.uri === uri)
    if (old) Object.assign(old, row)
    else insert('record', row)
    return { uri, cid }
  }

  /** @param {string} uri */
  const remove = (uri) => {
    tables.set(
      'record',
      rowsOf('record').filter((row) => row.uri !== uri),
    )
  }

  /** @param {Record<string, unknown>} document @param {{ compact?: boolean }} [how] */
  const lexicon = (document, { compact = false } = {}) => {
    pass(0, 2)
    const json = compact ? encodeJson(document) : `${JSON.stringify(document, null, 2)}\n`
    insert('lexicon', { id: document.id, json, created_at: sqlNow() })
  }

  /** @param {string} mimeType */
  const blob = (mimeType) => ({
    $type: 'blob',
    ref: { $link: blobCidOf(random.bytes(32)) },
    mimeType,
    size: random.int(9_000, 990_000),
  })

  /** @param {Person} owner @param {Record<string, any>} [odd] columns that differ from the usual */
  const session = (owner, odd = {}) => {
    pass(60, 4000)
    return insert('oauth_sessions', {
      session_id: random.token(32),
      access_token: `access-${random.token(30)}`,
      refresh_token: `refresh-${random.token(30)}`,
      did: owner.did,
      handle: owner.handle,
      expires_at: secondsNow() + 3600n,
      created_at: secondsNow(),
      ...odd,
    })
  }

  /** @param {string} loginHint @param {Record<string, any>} [odd] */
  const state = (loginHint, odd = {}) => {
    pass(5, 900)
    const verifier = random.token(32)
    return insert('oauth_states', {
      state_id: random.token(16),
      code_verifier: verifier,
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      login_hint: loginHint,
      created_at: secondsNow(),
      ...odd,
    })
  }

  /** @param {string} key @param {string | Uint8Array} value */
  const config = (key, value) => {
    pass(2, 200)
    insert('config', { key, value, updated_at: sqlNow() })
  }

  /** @param {[version: bigint, appliedAt: string][]} versions */
  const history = (versions) => {
    for (const [version, applied_at] of versions) insert('schema_version', { version, applied_at })
  }

  /** @param {string} why @param {string} sql */
  const deletion = (why, sql) => deletions.push({ why, sql })

  const finish = () => ({
    headline,
    tables: new Map([...tables].filter(([, rows]) => rows.length > 0)),
    deletions,
  })

  return {
    name,
    random,
    insert,
    rowsOf,
    pass,
    isoNow,
    sqlNow,
    secondsNow,
    microsNow: () => micros,
    person,
    nextTid,
    tidAt,
    write,
    put,
    remove,
    lexicon,
    blob,
    session,
    state,
    config,
    history,
    deletion,
    finish,
  }
}
