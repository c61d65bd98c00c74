const leastBytes = 4

/** Finds any of many values of at least four bytes, in one pass. */
export class ByteFinder {
  readonly #values = new Map<number, Buffer[]>()

  constructor(values: Iterable<Uint8Array>) {
    for (const value of values) {
      const bytes = Buffer.from(value)
      if (bytes.length < leastBytes) continue
      const start = bytes.readUInt32BE(0)
      const others = this.#values.get(start)
      if (others === undefined) this.#values.set(start, [bytes])
      else others.push(bytes)
    }
  }

  /**
   * The first of the values that is a part of some bytes; null where none is.
   *
   * @param isMeant whether a value may be there
   */
  find(given: Uint8Array, isMeant: (value: Buffer) => boolean = () => false): Buffer | null {
    const bytes = Buffer.from(given.buffer, given.byteOffset, given.byteLength)
    for (let offset = 0; offset + leastBytes <= bytes.length; offset++) {
      const candidates = this.#values.get(bytes.readUInt32BE(offset))
      const found = candidates?.find((value) => {
        const end = Math.min(offset + value.length, bytes.length)
        return bytes.compare(value, 0, value.length, offset, end) === 0 && !isMeant(value)
      })
      if (found !== undefined) return found
    }
    return null
  }
}
