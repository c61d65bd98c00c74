import type { Sqlite3Static } from '@sqlite.org/sqlite-wasm'

/** What SQLite's memory held at one moment. */
export interface SavedMemory {
  /** The bytes below the gap, then those above it. */
  readonly bytes: Uint8Array
}

/** How much SQLite may take below the gap; what it takes beyond that is above it. */
const roomBytes = 1 << 20

/** What is left above the gap, before the memory grows. */
const marginBytes = 1 << 16

/**
 * SQLite's memory, which can be saved and put back. SQLite needs about a fifth of what its WASM build begins with. The rest is
 * given to a block that nothing writes to, so that it need not be copied.
 */
export class Memory {
  readonly #wasm: Sqlite3Static['wasm']
  readonly #gapStart: number
  readonly #gapEnd: number

  constructor(wasm: Sqlite3Static['wasm']) {
    this.#wasm = wasm
    const room = wasm.alloc(roomBytes)
    const gapBytes = Math.max(1, wasm.heap8u().length - marginBytes - room - roomBytes)
    this.#gapStart = wasm.alloc(gapBytes)
    this.#gapEnd = this.#gapStart + gapBytes
    wasm.dealloc(room)
  }

  /** @param ended a state that is no longer needed, whose bytes are taken */
  save(ended: SavedMemory | null = null): SavedMemory {
    const memory = this.#wasm.heap8u()
    const length = memory.length - (this.#gapEnd - this.#gapStart)
    const bytes = ended?.bytes.length === length ? ended.bytes : new Uint8Array(length)
    bytes.set(memory.subarray(0, this.#gapStart))
    bytes.set(memory.subarray(this.#gapEnd), this.#gapStart)
    return { bytes }
  }

  restore({ bytes }: SavedMemory): void {
    const memory = this.#wasm.heap8u()
    memory.set(bytes.subarray(0, this.#gapStart))
    memory.set(bytes.subarray(this.#gapStart), this.#gapEnd)
    // The memory may have grown since; what is new in it is zero.
    memory.fill(0, this.#gapEnd + bytes.length - this.#gapStart)
  }
}
