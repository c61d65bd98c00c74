/** Collects bytes in memory that grows as needed. */
export class ByteSink {
  #room = new Uint8Array(1 << 16)
  #length = 0

  /** What was collected. The next `clear` makes it invalid. */
  get bytes(): Uint8Array {
    return this.#room.subarray(0, this.#length)
  }

  clear(): void {
    this.#length = 0
  }

  appendByte(byte: number): void {
    this.#reserve(1)
    this.#room[this.#length++] = byte
  }

  /** Appends a number as four bytes, so that what follows cannot be mistaken for another length. */
  appendLength(length: number): void {
    this.#reserve(4)
    for (let shift = 0; shift < 32; shift += 8) this.#room[this.#length++] = length >>> shift
  }

  append(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#room.set(bytes, this.#length)
    this.#length += bytes.length
  }

  #reserve(count: number) {
    if (this.#length + count <= this.#room.length) return
    const room = new Uint8Array(Math.max(this.#room.length * 2, this.#length + count))
    room.set(this.#room)
    this.#room = room
  }
}
