/**
 * Room for bytes, used again and again: a sweep makes thousands of disks, and to get fresh memory for one takes many
 * times longer than to copy the disk there.
 */
export class Rooms {
  #room = new Uint8Array(1 << 20)
  #usedBytes = 0

  /** Room for so many bytes, with whatever was left there before. */
  take(countBytes: number): Uint8Array {
    if (this.#usedBytes + countBytes > this.#room.length) this.#replace(countBytes)
    const start = this.#usedBytes
    this.#usedBytes += countBytes
    return this.#room.subarray(start, this.#usedBytes)
  }

  /** From here on, nobody needs what was taken before. */
  reuse(): void {
    this.#usedBytes = 0
  }

  /** What was taken before stays as it is. */
  #replace(countBytes: number) {
    this.#room = new Uint8Array(Math.max(this.#room.length * 2, countBytes))
    this.#usedBytes = 0
  }
}
