/**
 * Buffers that are reused: a sweep makes thousands of disks, and allocating fresh memory for one takes many times
 * longer than copying the disk into it.
 */
export class BufferPool {
  #buffer = new Uint8Array(1 << 20)
  #usedBytes = 0

  /** A buffer of this size, with arbitrary contents. */
  take(countBytes: number): Uint8Array {
    if (this.#usedBytes + countBytes > this.#buffer.length) this.#replace(countBytes)
    const start = this.#usedBytes
    this.#usedBytes += countBytes
    return this.#buffer.subarray(start, this.#usedBytes)
  }

  /** Releases all buffers that were taken before. */
  reset(): void {
    this.#usedBytes = 0
  }

  /** Buffers that were taken before stay valid. */
  #replace(countBytes: number) {
    this.#buffer = new Uint8Array(Math.max(this.#buffer.length * 2, countBytes))
    this.#usedBytes = 0
  }
}
