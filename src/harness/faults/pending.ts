import { type DiskFile, type DiskFiles, type DiskOperation, store } from './disk.ts'

/**
 * What was done to a disk and is not yet safe: a power loss may keep it, lose it or, where it writes, leave
 * garbage in its place.
 */
export type PendingEffect =
  | { readonly kind: 'write'; readonly inode: number; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly kind: 'truncate'; readonly inode: number; readonly sizeBytes: number }
  | { readonly kind: 'link'; readonly inode: number; readonly name: string }
  | { readonly kind: 'unlink'; readonly name: string }

/**
 * Follows the log of a disk and knows, after each operation, what a power loss leaves for certain and what
 * is pending. A sync of a file makes its contents and size safe; a sync of the folder makes its names safe.
 */
export class PowerLossModel {
  readonly #unitBytes: number
  readonly #files = new Map<number, DiskFile>()
  readonly #names = new Map<string, number>()
  #pending: PendingEffect[] = []

  /**
   * @param files what is safe before the first operation
   * @param unitBytes the disk writes each such unit as a whole or not at all
   */
  constructor(files: DiskFiles, unitBytes: number) {
    this.#unitBytes = unitBytes
    let inode = 0
    for (const [name, bytes] of files) {
      this.#names.set(name, inode)
      this.#files.set(inode, { inode, room: bytes.slice(), sizeBytes: bytes.length })
      inode++
    }
  }

  /** What is not safe yet, in the order in which it was done. */
  get pending(): readonly PendingEffect[] {
    return this.#pending
  }

  /** Takes the next operation of the log. */
  advance(operation: DiskOperation): void {
    switch (operation.kind) {
      case 'create':
        this.#files.set(operation.inode, { inode: operation.inode, room: new Uint8Array(0), sizeBytes: 0 })
        this.#pending.push({ kind: 'link', inode: operation.inode, name: operation.name })
        break
      case 'write':
        this.#pending.push(...this.#splitIntoUnits(operation))
        break
      case 'truncate':
      case 'unlink':
        this.#pending.push(operation)
        break
      case 'sync':
        this.#settle((effect) =>
          'sizeBytes' in effect || 'bytes' in effect ? effect.inode === operation.inode : false,
        )
        break
      case 'sync-directory':
        this.#settle(({ kind }) => kind === 'link' || kind === 'unlink')
        break
      case 'acknowledge':
        break
    }
  }

  /** A copy of the files that are left when, of all that is pending, these effects arrived. */
  materialise(arrived: readonly PendingEffect[]): Map<string, Uint8Array> {
    const names = new Map(this.#names)
    for (const effect of arrived) applyName(names, effect)
    const left = new Map<number, DiskFile>()
    for (const inode of names.values()) {
      const file = this.#files.get(inode)
      if (file !== undefined) left.set(inode, copyOf(file, arrived))
    }
    for (const effect of arrived) applyContents(left, effect)
    return new Map([...names].map(([name, inode]) => [name, contentsOf(left.get(inode))]))
  }

  #settle(isSafe: (effect: PendingEffect) => boolean) {
    for (const effect of this.#pending.filter(isSafe)) {
      applyName(this.#names, effect)
      applyContents(this.#files, effect)
    }
    this.#pending = this.#pending.filter((effect) => !isSafe(effect))
  }

  /** A write as one effect for each unit of the disk that it touches. */
  #splitIntoUnits({ inode, offset, bytes }: Extract<DiskOperation, { kind: 'write' }>): PendingEffect[] {
    const effects: PendingEffect[] = []
    for (let start = 0; start < bytes.length; ) {
      const room = this.#unitBytes - ((offset + start) % this.#unitBytes)
      const end = Math.min(bytes.length, start + room)
      effects.push({ kind: 'write', inode, offset: offset + start, bytes: bytes.subarray(start, end) })
      start = end
    }
    return effects
  }
}

function applyName(names: Map<string, number>, effect: PendingEffect) {
  if (effect.kind === 'link') names.set(effect.name, effect.inode)
  if (effect.kind === 'unlink') names.delete(effect.name)
}

function applyContents(files: ReadonlyMap<number, DiskFile>, effect: PendingEffect) {
  if (effect.kind !== 'write' && effect.kind !== 'truncate') return
  const file = files.get(effect.inode)
  if (file === undefined) return
  if (effect.kind === 'write') store(file, effect.offset, effect.bytes)
  else resize(file, effect.sizeBytes)
}

function resize(file: DiskFile, sizeBytes: number) {
  if (sizeBytes > file.sizeBytes) store(file, sizeBytes - 1, new Uint8Array(1))
  else file.room.fill(0, sizeBytes, file.sizeBytes)
  file.sizeBytes = sizeBytes
}

/** With room for all that is going to be written, so that it is copied once. */
function copyOf(file: DiskFile, arrived: readonly PendingEffect[]): DiskFile {
  const ends = arrived.map((effect) =>
    effect.kind === 'write' && effect.inode === file.inode ? effect.offset + effect.bytes.length : 0,
  )
  const room = new Uint8Array(Math.max(file.sizeBytes, ...ends))
  room.set(file.room.subarray(0, file.sizeBytes))
  return { inode: file.inode, room, sizeBytes: file.sizeBytes }
}

function contentsOf(file: DiskFile | undefined): Uint8Array {
  return file === undefined ? new Uint8Array(0) : file.room.subarray(0, file.sizeBytes)
}
