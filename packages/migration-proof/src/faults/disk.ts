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
/** The contents of a disk, by file name. */
export type DiskFiles = ReadonlyMap<string, Uint8Array>

/**
 * One operation on a disk. Files are identified by their inode: after an unlink, a name may be given to another file.
 */
export type DiskOperation =
  | { readonly kind: 'create'; readonly inode: number; readonly name: string }
  | { readonly kind: 'write'; readonly inode: number; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly kind: 'truncate'; readonly inode: number; readonly sizeBytes: number }
  | { readonly kind: 'sync'; readonly inode: number }
  | { readonly kind: 'unlink'; readonly name: string }
  | { readonly kind: 'sync-directory' }
  | Acknowledgement

/** Not an operation of the disk: from here on, the version was reported as committed to the caller of the migration. */
export interface Acknowledgement {
  readonly kind: 'acknowledge'
  readonly version: number
}

/** A file on the simulated disk, as seen by a process that has it open. */
export interface DiskFile {
  readonly inode: number
  /** The contents; may be larger than `sizeBytes`. */
  buffer: Uint8Array
  sizeBytes: number
  /** Whether the buffer is shared, so that it is copied before it is written to. */
  isShared: boolean
  /** Where to take buffers from; null to allocate them. */
  readonly pool: BufferPool | null
}

/** One folder on a disk, in memory. Every change is appended to the log, if there is one. */
export class SimulatedDisk {
  readonly #files = new Map<string, DiskFile>()
  readonly #log: DiskOperation[] | null
  readonly #pool: BufferPool | null
  #nextInode = 0

  /**
   * @param files are not changed: the disk copies them before it writes
   * @param pool where copies go; it must not be reset while the disk is in use
   */
  constructor(files: DiskFiles, log: DiskOperation[] | null = null, pool: BufferPool | null = null) {
    this.#log = log
    this.#pool = pool
    for (const [name, bytes] of files) {
      this.#files.set(name, shareFile(this.#nextInode++, bytes, this.#pool))
    }
  }

  find(name: string): DiskFile | undefined {
    return this.#files.get(name)
  }

  create(name: string): DiskFile {
    const file = shareFile(this.#nextInode++, new Uint8Array(0), this.#pool)
    this.#files.set(name, file)
    this.#log?.push({ kind: 'create', inode: file.inode, name })
    return file
  }

  write(file: DiskFile, offset: number, bytes: Uint8Array): void {
    store(file, offset, bytes)
    this.#log?.push({ kind: 'write', inode: file.inode, offset, bytes: bytes.slice() })
  }

  truncate(file: DiskFile, sizeBytes: number): void {
    resize(file, sizeBytes)
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

  /**
   * Another disk with the same files.
   *
   * @param copyFile makes each of its files; to it belong those, too, that a process has open
   */
  copy(
    copyFile: (file: DiskFile) => DiskFile,
    log: DiskOperation[] | null,
    pool: BufferPool | null,
  ): SimulatedDisk {
    const disk = new SimulatedDisk(new Map(), log, pool)
    for (const [name, file] of this.#files) disk.#files.set(name, copyFile(file))
    disk.#nextInode = this.#nextInode
    return disk
  }

  /** The files as a process sees them, synced or not; later writes do not change the result. */
  readFiles(): Map<string, Uint8Array> {
    return new Map([...this.#files].map(([name, file]) => [name, shareContents(file)]))
  }

  /** The total size of the files. */
  usedBytes(): number {
    return [...this.#files.values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  }
}

/** A file with these bytes, which are copied before a write. */
export function shareFile(inode: number, bytes: Uint8Array, pool: BufferPool | null = null): DiskFile {
  return { inode, buffer: bytes, sizeBytes: bytes.length, isShared: true, pool }
}

/** The contents of a file; later writes to the file do not change them. */
export function shareContents(file: DiskFile): Uint8Array {
  file.isShared = true
  return file.buffer.length === file.sizeBytes ? file.buffer : file.buffer.subarray(0, file.sizeBytes)
}

/** Writes to a file in memory; a gap between its end and the offset is filled with zeros. */
export function store(file: DiskFile, offset: number, bytes: Uint8Array): void {
  const end = offset + bytes.length
  ensureCapacity(file, end)
  file.buffer.set(bytes, offset)
  file.sizeBytes = Math.max(file.sizeBytes, end)
}

/** Truncates a file, or extends it with zeros. */
export function resize(file: DiskFile, sizeBytes: number): void {
  if (sizeBytes > file.sizeBytes) ensureCapacity(file, sizeBytes)
  else if (file.isShared) file.buffer = file.buffer.subarray(0, sizeBytes)
  else file.buffer.fill(0, sizeBytes, file.sizeBytes)
  file.sizeBytes = sizeBytes
}

function ensureCapacity(file: DiskFile, sizeBytes: number) {
  if (file.buffer.length < sizeBytes) copyToOwnBuffer(file, Math.max(sizeBytes, file.buffer.length * 2))
  else if (file.isShared) copyToOwnBuffer(file, file.buffer.length)
}

/** Copies a file to a buffer of its own. */
export function copyToOwnBuffer(file: DiskFile, bufferBytes: number): void {
  const buffer = file.pool?.take(bufferBytes) ?? new Uint8Array(bufferBytes)
  buffer.set(file.buffer.subarray(0, file.sizeBytes))
  buffer.fill(0, file.sizeBytes)
  file.buffer = buffer
  file.isShared = false
}
