import type { Sqlite3Static } from '@sqlite.org/sqlite-wasm'

/** The wal-index of one database: regions of memory that all its connections share. */
interface WalIndex {
  readonly regions: number[]
  readonly users: Set<number>
}

/**
 * The memory that SQLite shares between the connections of a database in WAL mode, instead of a `-shm` file.
 * It is gone after a power loss, as that file's contents are no longer trusted then:
 * https://www.sqlite.org/walformat.html#the_wal_index_file_format
 */
export class SharedMemory {
  readonly #wasm: Sqlite3Static['wasm']
  readonly #indexes = new Map<string, WalIndex>()

  constructor(wasm: Sqlite3Static['wasm']) {
    this.#wasm = wasm
  }

  /** The address of a region, zeroed when it is new; 0 where there is none and none may be made. */
  map(name: string, user: number, region: number, sizeBytes: number, mayExtend: boolean): number {
    const index = this.#indexes.get(name) ?? { regions: [], users: new Set() }
    this.#indexes.set(name, index)
    index.users.add(user)
    while (mayExtend && index.regions.length <= region) {
      const address = this.#wasm.alloc(sizeBytes)
      this.#wasm.heap8u().fill(0, address, address + sizeBytes)
      index.regions.push(address)
    }
    return index.regions[region] ?? 0
  }

  /** Ends one connection's use; the last one frees the memory. */
  unmap(name: string, user: number): void {
    const index = this.#indexes.get(name)
    if (index === undefined) return
    index.users.delete(user)
    if (index.users.size > 0) return
    for (const address of index.regions) this.#wasm.dealloc(address)
    this.#indexes.delete(name)
  }
}
