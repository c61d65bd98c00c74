import { createHash } from 'node:crypto'
import * as dagCbor from '@ipld/dag-cbor'
import { CID } from 'multiformats/cid'
import * as digest from 'multiformats/hashes/digest'

const base32Sortable = '234567abcdefghijklmnopqrstuvwxyz'
const base32 = 'abcdefghijklmnopqrstuvwxyz234567'
const codecDagCbor = 0x71
const codecRaw = 0x55
const hashSha256 = 0x12

/**
 * A timestamp identifier: 53 bits of microseconds, 10 bits of clock, 13 letters that sort as the time does.
 *
 * @param {bigint} micros since the Unix epoch
 * @param {number} clock 0 to 1023
 * @see https://atproto.com/specs/tid
 */
export function tidOf(micros, clock) {
  let rest = (micros << 10n) | BigInt(clock)
  let text = ''
  for (let index = 0; index < 13; index += 1) {
    text = base32Sortable[Number(rest & 31n)] + text
    rest >>= 5n
  }
  return text
}

/** @param {Uint8Array} bytes 24 or more; the low five bits of each make a letter */
export const plcDidOf = (bytes) =>
  `did:plc:${Array.from(bytes.subarray(0, 24), (byte) => base32[byte & 31]).join('')}`

/** @param {number} codec @param {Uint8Array} bytes */
function cidOfBytes(codec, bytes) {
  const hash = createHash('sha256').update(bytes).digest()
  return CID.createV1(codec, digest.create(hashSha256, hash)).toString()
}

/** The CID of a blob, from its bytes. @param {Uint8Array} bytes */
export const blobCidOf = (bytes) => cidOfBytes(codecRaw, bytes)

/** The CID of a record, from its JSON form. @param {unknown} record */
export const recordCidOf = (record) => cidOfBytes(codecDagCbor, dagCbor.encode(dataOf(record)))

/**
 * The data of a JSON form: `$link` becomes a CID, `$bytes` becomes bytes.
 *
 * @param {unknown} json
 * @returns {unknown}
 * @see https://atproto.com/specs/data-model#json-representation
 */
function dataOf(json) {
  if (Array.isArray(json)) return json.map(dataOf)
  if (typeof json !== 'object' || json === null) return json
  if (typeof json.$link === 'string') return CID.parse(json.$link)
  if (typeof json.$bytes === 'string') return new Uint8Array(Buffer.from(json.$bytes, 'base64'))
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, dataOf(value)]))
}

/**
 * JSON as the server's encoder writes it: compact, the keys of every object sorted.
 *
 * @param {unknown} value
 */
export const encodeJson = (value) => JSON.stringify(sorted(value))

/** @param {unknown} value @returns {unknown} */
function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  )
}
