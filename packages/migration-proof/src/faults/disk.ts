import type { Rooms } from './rooms.ts'

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
  /** Whether the room is not this file's alone, so that it is copied before something is written to it. */
  isShared: boolean
  /** Where to take room from; null for room of its own. */
  readonly rooms: Rooms | null
}

/** One folder on a disk, in memory. With a log it notes whatever changes it. */
export class SimulatedDisk {
  readonly #files = new Map<string, DiskFile>()
  readonly #log: DiskOperation[] | null
  readonly #rooms: Rooms | null
  #nextInode = 0

  /**
   * @param files not changed: the disk copies what it writes to
   * @param rooms where to; they must not be used again while the disk is in use
   */
  constructor(files: DiskFiles, log: DiskOperation[] | null = null, rooms: Rooms | null = null) {
    this.#log = log
    this.#rooms = rooms
    for (const [name, bytes] of files) {
      this.#files.set(name, shareFile(this.#nextInode++, bytes, this.#rooms))
    }
  }

  find(name: string): DiskFile | undefined {
    return this.#files.get(name)
  }

  create(name: string): DiskFile {
    const file = shareFile(this.#nextInode++, new Uint8Array(0), this.#rooms)
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

  /** What a process sees, whether it was synced or not; it stays as it is when the disk is written to. */
  readFiles(): Map<string, Uint8Array> {
    return new Map([...this.#files].map(([name, file]) => [name, shareContents(file)]))
  }

  /** How many bytes the files take together. */
  usedBytes(): number {
    return [...this.#files.values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  }
}

/** A file that holds these bytes, and leaves them as they are. */
export function shareFile(inode: number, bytes: Uint8Array, rooms: Rooms | null = null): DiskFile {
  return { inode, room: bytes, sizeBytes: bytes.length, isShared: true, rooms }
}

/** The contents of a file, which it leaves as they are from here on. */
export function shareContents(file: DiskFile): Uint8Array {
  file.isShared = true
  return file.room.length === file.sizeBytes ? file.room : file.room.subarray(0, file.sizeBytes)
}

/** Writes into a file in memory; what lies between its end and the offset becomes zeros. */
export function store(file: DiskFile, offset: number, bytes: Uint8Array): void {
  const end = offset + bytes.length
  makeRoom(file, end)
  file.room.set(bytes, offset)
  file.sizeBytes = Math.max(file.sizeBytes, end)
}

/** Cuts a file off, or lets it grow by zeros. */
export function resize(file: DiskFile, sizeBytes: number): void {
  if (sizeBytes > file.sizeBytes) makeRoom(file, sizeBytes)
  else if (file.isShared) file.room = file.room.subarray(0, sizeBytes)
  else file.room.fill(0, sizeBytes, file.sizeBytes)
  file.sizeBytes = sizeBytes
}

function makeRoom(file: DiskFile, sizeBytes: number) {
  if (file.room.length < sizeBytes) giveRoom(file, Math.max(sizeBytes, file.room.length * 2))
  else if (file.isShared) giveRoom(file, file.room.length)
}

/** Copies a file into room of its own. */
export function giveRoom(file: DiskFile, roomBytes: number): void {
  const room = file.rooms?.take(roomBytes) ?? new Uint8Array(roomBytes)
  room.set(file.room.subarray(0, file.sizeBytes))
  room.fill(0, file.sizeBytes)
  file.room = room
  file.isShared = false
}
