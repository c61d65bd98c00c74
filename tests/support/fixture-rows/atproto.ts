import { createHash } from 'node:crypto'
import { jsonStringToLex, type LexiconDoc, Lexicons, lexToIpld, parseLexiconDoc } from '@atproto/lexicon'
import { INVALID_HANDLE, isValidHandle, isValidTld } from '@atproto/syntax'
import * as dagCbor from '@ipld/dag-cbor'
import { CID } from 'multiformats/cid'
import { create as createDigest } from 'multiformats/hashes/digest'
import { type FixtureDatabase, textOf } from './open.ts'

const sha256Code = 0x12

/** Whether the text is a CID of version 1 with a SHA-256 hash, over DAG-CBOR, in base32: what a record has. */
export function isRecordCid(text: string): boolean {
  try {
    const cid = CID.parse(text)
    return (
      cid.version === 1 &&
      cid.code === dagCbor.code &&
      cid.multihash.code === sha256Code &&
      cid.toString() === text
    )
  } catch {
    return false
  }
}

/** The CID that a record's JSON has (https://atproto.com/specs/data-model). */
export function cidOfJson(json: string): string {
  const bytes = dagCbor.encode(lexToIpld(jsonStringToLex(json)))
  const hash = createHash('sha256').update(bytes).digest()
  return CID.createV1(dagCbor.code, createDigest(sha256Code, hash)).toString()
}

/** A handle that resolves, or the placeholder of one that does not. */
export const isUsableHandle = (text: string): boolean =>
  text === INVALID_HANDLE || (isValidHandle(text) && isValidTld(text))

const base32Sortable = '234567abcdefghijklmnopqrstuvwxyz'

/** The time that a TID carries, in microseconds since the Unix epoch (https://atproto.com/specs/tid). */
export function microsOfTid(tid: string): bigint {
  const bits = [...tid].reduce((sum, letter) => sum * 32n + BigInt(base32Sortable.indexOf(letter)), 0n)
  return bits >> 10n
}

/** The documents of the lexicon table, in the order of their rows. @throws {Error} naming one that is not valid. */
export const lexiconsOf = (db: FixtureDatabase): LexiconDoc[] =>
  db.rows('SELECT id, json FROM lexicon ORDER BY rowid').map(({ id, json }) => {
    try {
      return parseLexiconDoc(JSON.parse(textOf(json)))
    } catch (cause) {
      throw new Error(`expected the lexicon ${textOf(id)} to be valid, see the cause`, { cause })
    }
  })

/** What the lexicon says against a record, or null where it has none to say. A missing lexicon is a complaint. */
export function complaintOf(
  documents: readonly LexiconDoc[],
  collection: string,
  json: string,
): string | null {
  const result = new Lexicons(documents).validate(collection, jsonStringToLex(json))
  return result.success ? null : result.error.message
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The JSON as an object. @throws {TypeError} where it is something else. */
export function parseObject(json: string): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(json)
  if (!isObject(value)) throw new TypeError(`expected a JSON object, got ${json.slice(0, 60)}`)
  return value
}

/** The references of a record to other records: what it likes, what it answers. */
export function strongRefsIn(record: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>>[] {
  const reply = isObject(record.reply) ? record.reply : {}
  return [record.subject, record.inReplyTo, reply.root, reply.parent].filter(isObject)
}
