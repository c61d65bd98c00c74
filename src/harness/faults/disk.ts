/** The contents of a disk, by file name. */
export type DiskFiles = ReadonlyMap<string, Uint8Array>

/**
 * One thing that was done to a disk, in the order in which it was done. Files are named by their inode: a
 * name may be given to another file after an unlink.
 */
export type DiskOperation =
  | { readonly kind: 'create'; readonly inode: number; readonly name: string }
  | { readonly kind: 'write'; readonly inode: number; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly kind: 'truncate'; readonly inode: number; readonly sizeBytes: number }
  | { readonly kind: 'sync'; readonly inode: number }
  | { readonly kind: 'unlink'; readonly name: string }
  | { readonly kind: 'sync-directory' }
  | Acknowledgement

/** No operation of the disk: from here on, whoever ran the migration was told that the version is there. */
export interface Acknowledgement {
  readonly kind: 'acknowledge'
  readonly version: number
}

/** A file on the simulated disk, as a process sees it that has it open. */
export interface DiskFile {
  readonly inode: number
  /** The contents; there may be more room than `sizeBytes`. */
  room: Uint8Array
  sizeBytes: number
}

/** One folder on a disk, in memory. With a log it notes whatever changes it. */
export class SimulatedDisk {
  readonly #files = new Map<string, DiskFile>()
  readonly #log: DiskOperation[] | null
  #nextInode = 0

  /** @param files taken over, not copied: the disk writes into them */
  constructor(files: DiskFiles, log: DiskOperation[] | null = null) {
    this.#log = log
    for (const [name, bytes] of files) {
      this.#files.set(name, { inode: this.#nextInode++, room: bytes, sizeBytes: bytes.length })
    }
  }

  find(name: string): DiskFile | undefined {
    return this.#files.get(name)
  }

  create(name: string): DiskFile {
    const file = { inode: this.#nextInode++, room: new Uint8Array(0), sizeBytes: 0 }
    this.#files.set(name, file)
    this.#log?.push({ kind: 'create', inode: file.inode, name })
    return file
  }

  write(file: DiskFile, offset: number, bytes: Uint8Array): void {
    store(file, offset, bytes)
    this.#log?.push({ kind: 'write', inode: file.inode, offset, bytes: bytes.slice() })
  }

  truncate(file: DiskFile, sizeBytes: number): void {
    if (sizeBytes > file.sizeBytes) makeRoom(file, sizeBytes)
    else file.room.fill(0, sizeBytes, file.sizeBytes)
    file.sizeBytes = sizeBytes
    this.#log?.push({ kind: 'truncate', inode: file.inode, sizeBytes })
  }

  sync(file: DiskFile): void {
    this.#log?.push({ kind: 'sync', inode: file.inode })
  }

  unlink(name: string): void {
    this.#files.delete(name)
    this.#log?.push({ kind: 'unlink', name })
  }

  syncDirectory(): void {
    this.#log?.push({ kind: 'sync-directory' })
  }

  acknowledge(version: number): void {
    this.#log?.push({ kind: 'acknowledge', version })
  }

  /** A copy of what a process sees, whether it was synced or not. */
  readFiles(): Map<string, Uint8Array> {
    return new Map(
      [...this.#files].map(([name, file]) => [name, new Uint8Array(file.room.subarray(0, file.sizeBytes))]),
    )
  }

  /** How many bytes the files take together. */
  usedBytes(): number {
    return [...this.#files.values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  }
}

/** Writes into a file in memory; what lies between its end and the offset becomes zeros. */
export function store(file: DiskFile, offset: number, bytes: Uint8Array): void {
  const end = offset + bytes.length
  makeRoom(file, end)
  file.room.set(bytes, offset)
  file.sizeBytes = Math.max(file.sizeBytes, end)
}

function makeRoom(file: DiskFile, sizeBytes: number) {
  if (file.room.length >= sizeBytes) return
  const room = new Uint8Array(Math.max(sizeBytes, file.room.length * 2))
  room.set(file.room.subarray(0, file.sizeBytes))
  file.room = room
}
