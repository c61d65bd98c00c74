import { createHash } from 'node:crypto'

const encoder = new TextEncoder()

/** What type a text outside of any row is noted with; SQLite's own begin with 1. */
const outsideOfRows = 0

/** Collects bytes in memory that grows as needed. */
export class ByteSink {
  #room = new Uint8Array(1 << 16)
  #length = 0

  /** A hash of what was collected. */
  hash(): string {
    return createHash('sha256').update(this.#room.subarray(0, this.#length)).digest('hex')
  }

  clear(): void {
    this.#length = 0
  }

  /** Appends a value: its type, its length, so that what follows cannot be mistaken for another one, its bytes. */
  append(type: number, bytes: Uint8Array): void {
    this.#reserve(5 + bytes.length)
    this.#room[this.#length++] = type
    for (let shift = 0; shift < 32; shift += 8) this.#room[this.#length++] = bytes.length >>> shift
    this.#room.set(bytes, this.#length)
    this.#length += bytes.length
  }

  /** Appends a text that is no value of a row. */
  appendText(text: string): void {
    this.append(outsideOfRows, encoder.encode(text))
  }

  #reserve(count: number) {
    if (this.#length + count <= this.#room.length) return
    const room = new Uint8Array(Math.max(this.#room.length * 2, this.#length + count))
    room.set(this.#room)
    this.#room = room
  }
}
