import { createHash } from 'node:crypto'
import type { TypedValue } from '../sql/literal.ts'
import { foldName } from '../sql/names.ts'
import { ByteFinder } from './byte-finder.ts'

export interface SyntheticOptions {
  /** The values that are replaced, all of them. */
  readonly originals: readonly TypedValue[]
  /** Texts and integers that the schema names, as those of an enumeration: they stay. */
  readonly named: ReadonlySet<string | bigint>
  /** Unknown to everyone, so that no one can try which text becomes which. */
  readonly salt: Uint8Array
}

/** Within these, an integer is a time in seconds: 1990 to 2100. */
const times = { first: 631_152_000n, last: 4_102_444_800n }

/** Words have vowels: texts without any are seldom a part of what was there. */
const consonants = 'bcdfghjklmnpqrstvwxz'
const accented = 'àâäçéèêëîïôöùûüñ'
const attempts = 50
const chunkCharacters = 24

/**
 * Replaces values by synthetic ones of the same shape. Equal values become equal ones, and different values different ones,
 * wherever they stand: keys, references and what is unique stay so. Times move by the same interval, so that their order and
 * distance stay; JSON keeps its keys; texts keep their length, their digits as digits and their punctuation. What is short
 * says nothing by itself: integers below ten, true and false stay.
 */
export class SyntheticValues {
  readonly #named: ReadonlySet<string | bigint>
  readonly #salt: Uint8Array
  readonly #finder: ByteFinder
  readonly #shiftSeconds: number
  readonly #texts = new Map<string, string>()
  readonly #integers = new Map<bigint, bigint>()
  readonly #reals = new Map<number, number>()
  readonly #blobs = new Map<string, Buffer>()
  readonly #usedTexts = new Set<string>()
  readonly #usedReals = new Set<number>()
  readonly #usedBlobs = new Set<string>()
  readonly #usedIntegers = new Set<bigint>()
  readonly #keys: Set<string>

  constructor({ originals, named, salt }: SyntheticOptions) {
    this.#named = named
    this.#salt = salt
    const { texts, keys } = listTexts(originals)
    this.#keys = keys
    const blobs = originals.flatMap((typed) => (typed.type === 'blob' ? [typed.value] : []))
    const isReplaced = (text: string) => !named.has(text) && !keys.has(text)
    this.#finder = new ByteFinder([
      ...[...texts].filter(isReplaced).map((text) => Buffer.from(text)),
      ...blobs,
    ])
    for (const value of named) if (typeof value === 'bigint') this.#usedIntegers.add(value)
    const random = this.#stream('shift', 0)
    // At least a year, and at most some forty.
    this.#shiftSeconds = 31_557_600 + (random.readUInt32BE(0) % 1_200_000_000)
  }

  /** The keys of JSON objects, which stay. */
  get keys(): ReadonlySet<string> {
    return this.#keys
  }

  /**
   * One of the values that are replaced, in what should hold none of them; null where none is there.
   *
   * @param isMeant whether a value may be there
   */
  find(bytes: Uint8Array, isMeant: (value: Buffer) => boolean = () => false): Buffer | null {
    return this.#finder.find(bytes, isMeant)
  }

  replace(typed: TypedValue): TypedValue {
    switch (typed.type) {
      case 'null':
        return typed
      case 'integer':
        return { type: 'integer', value: this.#integer(typed.value) }
      case 'real':
        return { type: 'real', value: this.#real(typed.value) }
      case 'text':
        return { type: 'text', value: Buffer.from(this.#text(Buffer.from(typed.value).toString())) }
      case 'blob':
        return { type: 'blob', value: this.#blob(Buffer.from(typed.value)) }
    }
  }

  /** A time in one of the forms of SQLite, moved; null for any other value. */
  moveTime(typed: TypedValue): TypedValue | null {
    if (typed.type === 'integer') {
      const moved = this.#moveInteger(typed.value)
      return moved === null ? null : { type: 'integer', value: moved }
    }
    if (typed.type !== 'text') return null
    const moved = this.#moveText(Buffer.from(typed.value).toString())
    return moved === null ? null : { type: 'text', value: Buffer.from(moved) }
  }

  #text(text: string): string {
    if (text === '' || this.#named.has(text)) return text
    const known = this.#texts.get(text)
    if (known !== undefined) return known
    const made = this.#json(text) ?? this.#moveText(text) ?? this.#shape(text)
    this.#texts.set(text, made)
    this.#usedTexts.add(made)
    return made
  }

  #json(text: string): string | null {
    const parsed = parseJson(text)
    return parsed === undefined ? null : JSON.stringify(this.#jsonValue(parsed))
  }

  #jsonValue(value: unknown): unknown {
    if (typeof value === 'string') return this.#text(value)
    if (typeof value === 'number')
      return Number.isSafeInteger(value) ? Number(this.#integer(BigInt(value))) : this.#real(value)
    if (Array.isArray(value)) return value.map((element) => this.#jsonValue(element))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, this.#jsonValue(inner)]))
  }

  /** Texts that differ in case alone stay so: a key may be NOCASE. */
  #shape(text: string): string {
    const folded = foldName(text)
    const lower = this.#texts.get(folded) ?? this.#freeShape(folded)
    this.#texts.set(folded, lower)
    this.#usedTexts.add(lower)
    return folded === text ? lower : likeCaseOf(text, lower)
  }

  #freeShape(text: string): string {
    // Where all texts of a shape are taken, longer ones are not.
    for (let added = 0; added < 8; added++) {
      const longer = text + 'x'.repeat(added)
      for (let attempt = 0; attempt < attempts; attempt++) {
        const made = this.#draw(longer, attempt)
        if (!this.#usedTexts.has(made) && this.#finder.find(Buffer.from(made)) === null) return made
      }
    }
    return this.#draw(`${text}${'x'.repeat(8)}`, attempts)
  }

  /** A text of the same shape, in short pieces, none of which completes a value that was there. */
  #draw(text: string, attempt: number): string {
    const [prefix = ''] =
      /^(?:[a-z][a-z0-9+.-]{1,20}:\/\/|did:[a-z]{2,10}:|urn:[a-z]{2,10}:)/.exec(text) ?? []
    const characters = [...text.slice(prefix.length)]
    const isHex = /^[0-9a-f-]{8,}$/.test(text) && /[a-f]/.test(text)
    const isPlain = !characters.some((character) => /[\p{L}\p{N}]/u.test(character))
    let made = prefix
    for (let start = 0; start < characters.length; start += chunkCharacters) {
      const chunk = characters.slice(start, start + chunkCharacters)
      const tail = made.slice(-chunkCharacters)
      let drawn = ''
      for (let nonce = 0; nonce < attempts; nonce++) {
        const random = this.#stream(`${attempt} ${start} ${nonce} ${text}`, chunk.length)
        drawn = chunk
          .map((character, index) => drawCharacter(character, random[index] ?? 0, isHex, isPlain))
          .join('')
        if (this.#finder.find(Buffer.from(tail + drawn)) === null) break
      }
      made += drawn
    }
    return made
  }

  #moveText(text: string): string | null {
    const [, year, month, day, between = '', time = ''] =
      /^(\d{4})-(\d\d)-(\d\d)(?:([ T])(\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?))?$/.exec(text) ?? []
    if (year === undefined) return null
    const [, hours = '00', minutes = '00', seconds = '', rest = ''] =
      /^(\d\d):(\d\d)(?::(\d\d))?(.*)$/.exec(time) ?? []
    const at = Date.parse(`${year}-${month}-${day}T${hours}:${minutes}:${seconds || '00'}Z`)
    if (Number.isNaN(at)) return null
    const step = time === '' ? 86_400 : seconds === '' ? 60 : 1
    const moved = new Date(at - Math.floor(this.#shiftSeconds / step) * step * 1000).toISOString()
    const date = moved.slice(0, 10)
    if (time === '') return date
    return `${date}${between}${moved.slice(11, seconds === '' ? 16 : 19)}${rest}`
  }

  #integer(value: bigint): bigint {
    if ((value < 10n && value > -10n) || this.#named.has(value)) return value
    const known = this.#integers.get(value)
    if (known !== undefined) return known
    const made = this.#moveInteger(value) ?? this.#drawInteger(value)
    this.#integers.set(value, made)
    this.#usedIntegers.add(made)
    return made
  }

  /** Times in seconds, milliseconds and microseconds. */
  #moveInteger(value: bigint): bigint | null {
    const unit = [1n, 1_000n, 1_000_000n].find(
      (each) => value >= times.first * each && value < times.last * each,
    )
    return unit === undefined ? null : value - BigInt(this.#shiftSeconds) * unit
  }

  /** A number of as many digits that no other value has become. */
  #drawInteger(value: bigint): bigint {
    const size = value < 0n ? -value : value
    const first = 10n ** BigInt(`${size}`.length - 1)
    const count = size >= 10n ** 18n ? 8n * 10n ** 18n - first : 9n * first
    const drawn = this.#stream(`integer ${value}`, 8).readBigUInt64BE(0) % count
    for (let step = 0n; step < count; step++) {
      const made = first + ((drawn + step) % count)
      const signed = value < 0n ? -made : made
      if (!this.#usedIntegers.has(signed)) return signed
    }
    return value
  }

  /** A number of as many decimals that no other value has become. */
  #real(value: number): number {
    const stays = (real: number) => Number.isInteger(real) && Math.abs(real) < 10
    if (!Number.isFinite(value) || stays(value)) return value
    const known = this.#reals.get(value)
    if (known !== undefined) return known
    const [, decimals = ''] = /^-?\d+\.(\d+)$/.exec(`${value}`) ?? []
    const share = 0.5 + this.#stream(`real ${value}`, 4).readUInt32BE(0) / 2 ** 33
    const isRounded = decimals !== '' || Number.isSafeInteger(value)
    const round = (made: number) => (isRounded ? Number(made.toFixed(decimals.length)) : made)
    let made = round(value * share)
    while (isRounded && (this.#usedReals.has(made) || stays(made)))
      made = round(made + 10 ** -decimals.length)
    this.#reals.set(value, made)
    this.#usedReals.add(made)
    return made
  }

  #blob(bytes: Buffer): Buffer {
    const key = bytes.toString('hex')
    const made = this.#blobs.get(key) ?? this.#drawBlob(bytes, key)
    this.#blobs.set(key, made)
    this.#usedBlobs.add(made.toString('hex'))
    return made
  }

  /** Where all blobs of a length are taken, longer ones are not. */
  #drawBlob(bytes: Buffer, key: string): Buffer {
    if (bytes.length === 0) return bytes
    for (let attempt = 0; ; attempt++) {
      const longer = Math.floor(attempt / (bytes.length < 3 ? 2000 : attempts))
      const made = this.#stream(`${attempt} x'${key}'`, bytes.length + longer)
      if (!this.#usedBlobs.has(made.toString('hex')) && this.#finder.find(made) === null) return made
    }
  }

  /** Bytes that look random, always the same ones for a text. */
  #stream(text: string, length: number): Buffer {
    const parts: Buffer[] = []
    for (let part = 0; part * 32 < Math.max(length, 1); part++)
      parts.push(createHash('sha256').update(this.#salt).update(`${part} `).update(text).digest())
    return length === 0 ? Buffer.concat(parts) : Buffer.concat(parts).subarray(0, length)
  }
}

function drawCharacter(character: string, random: number, isHex: boolean, isPlain: boolean): string {
  const pick = (from: string) => [...from][random % [...from].length] ?? 'x'
  if (/[0-9]/.test(character)) return character === '0' ? pick('0123456789') : pick('123456789')
  if (isHex && /[a-f]/.test(character)) return pick('abcdef')
  if (/[a-z]/i.test(character) || isPlain) return pick(consonants)
  const code = character.codePointAt(0) ?? 0
  if (code < 0x80) return character
  if (code < 0x800) return pick(accented)
  return String.fromCodePoint((code < 0x10000 ? 0x4e00 : 0x1f300) + random)
}

function likeCaseOf(text: string, lower: string): string {
  const characters = [...text]
  return [...lower]
    .map((character, index) => (/[A-Z]/.test(characters[index] ?? '') ? character.toUpperCase() : character))
    .join('')
}

/** Undefined for a text that is no JSON object, array or string. */
function parseJson(text: string): unknown {
  if (!/^\s*["[{]/.test(text)) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** All texts, those within JSON too, and the keys of JSON objects. */
function listTexts(originals: readonly TypedValue[]) {
  const texts = new Set<string>()
  const keys = new Set<string>()
  const add = (value: unknown) => {
    if (typeof value === 'string') {
      if (texts.has(value)) return
      texts.add(value)
      add(parseJson(value))
    } else if (Array.isArray(value)) value.forEach(add)
    else if (typeof value === 'object' && value !== null)
      for (const [key, inner] of Object.entries(value)) {
        keys.add(key)
        add(inner)
      }
  }
  for (const typed of originals) if (typed.type === 'text') add(Buffer.from(typed.value).toString())
  return { texts, keys }
}
