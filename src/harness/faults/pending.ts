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

/** What a power loss leaves of a disk for certain at one point, and what is pending there. It never changes. */
export interface SafeDisk {
  /** What is not safe yet, in the order in which it was done. */
  readonly pending: readonly PendingEffect[]
  readonly files: ReadonlyMap<number, DiskFile>
  readonly names: ReadonlyMap<string, number>
}

/** A disk on which all is safe. */
export function safeDisk(contents: DiskFiles): SafeDisk {
  const entries = [...contents].map(([name, bytes], inode) => ({ name, inode, bytes }))
  return {
    pending: [],
    names: new Map(entries.map(({ name, inode }) => [name, inode])),
    files: new Map(
      entries.map(({ inode, bytes }) => [
        inode,
        { inode, room: new Uint8Array(bytes), sizeBytes: bytes.length },
      ]),
    ),
  }
}

/**
 * The disk after an operation. A sync of a file makes its contents and size safe; a sync of the folder makes
 * its names safe; all else is pending.
 *
 * @param unitBytes the disk writes each such unit as a whole or not at all
 */
export function afterOperation(disk: SafeDisk, operation: DiskOperation, unitBytes: number): SafeDisk {
  switch (operation.kind) {
    case 'create': {
      const { inode, name } = operation
      const made = { inode, room: new Uint8Array(0), sizeBytes: 0 }
      const withFile = { ...disk, files: new Map(disk.files).set(inode, made) }
      return withPending(withFile, [{ kind: 'link', inode, name }])
    }
    case 'write':
      return withPending(disk, splitIntoUnits(operation, unitBytes))
    case 'truncate':
    case 'unlink':
      return withPending(disk, [operation])
    case 'sync':
      return settle(disk, (effect) => isOfContents(effect) && effect.inode === operation.inode)
    case 'sync-directory':
      return settle(disk, (effect) => !isOfContents(effect))
    case 'acknowledge':
      return disk
  }
}

/** The files that are left when, of all that is pending, these effects arrived; each time new ones. */
export function materialise(
  { names, files }: SafeDisk,
  arrived: readonly PendingEffect[],
): Map<string, Uint8Array> {
  const namesLeft = new Map(names)
  for (const effect of arrived) applyName(namesLeft, effect)
  const left = new Map<number, DiskFile>()
  for (const inode of namesLeft.values()) {
    const file = files.get(inode)
    if (file !== undefined) left.set(inode, copyOf(file, arrived))
  }
  for (const effect of arrived) applyContents(left, effect)
  return new Map([...namesLeft].map(([name, inode]) => [name, contentsOf(left.get(inode))]))
}

function withPending(disk: SafeDisk, effects: readonly PendingEffect[]): SafeDisk {
  return { ...disk, pending: [...disk.pending, ...effects] }
}

function settle(disk: SafeDisk, isSafe: (effect: PendingEffect) => boolean): SafeDisk {
  const safe = disk.pending.filter(isSafe)
  const names = new Map(disk.names)
  const changed = new Set(safe.flatMap((effect) => (isOfContents(effect) ? [effect.inode] : [])))
  const files = new Map(
    [...disk.files].map(([inode, file]) => [inode, changed.has(inode) ? copyOf(file, safe) : file]),
  )
  for (const effect of safe) {
    applyName(names, effect)
    applyContents(files, effect)
  }
  return { names, files, pending: disk.pending.filter((effect) => !isSafe(effect)) }
}

function isOfContents(
  effect: PendingEffect,
): effect is Extract<PendingEffect, { kind: 'write' | 'truncate' }> {
  return effect.kind === 'write' || effect.kind === 'truncate'
}

/** A write as one effect for each unit of the disk that it touches. */
function splitIntoUnits(
  { inode, offset, bytes }: Extract<DiskOperation, { kind: 'write' }>,
  unitBytes: number,
): PendingEffect[] {
  const effects: PendingEffect[] = []
  for (let start = 0; start < bytes.length; ) {
    const room = unitBytes - ((offset + start) % unitBytes)
    const end = Math.min(bytes.length, start + room)
    effects.push({ kind: 'write', inode, offset: offset + start, bytes: bytes.subarray(start, end) })
    start = end
  }
  return effects
}

function applyName(names: Map<string, number>, effect: PendingEffect) {
  if (effect.kind === 'link') names.set(effect.name, effect.inode)
  if (effect.kind === 'unlink') names.delete(effect.name)
}

function applyContents(files: ReadonlyMap<number, DiskFile>, effect: PendingEffect) {
  if (!isOfContents(effect)) return
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
