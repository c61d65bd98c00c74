import type { BufferPool } from './disk.ts'
import {
  copyToOwnBuffer,
  type DiskFile,
  type DiskFiles,
  type DiskOperation,
  resize,
  shareContents,
  shareFile,
  store,
} from './disk.ts'

/**
 * A change of the disk that is not yet durable: a power loss may keep it, lose it or, for a write, replace it with
 * noise.
 */
export type PendingEffect =
  | { readonly kind: 'write'; readonly inode: number; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly kind: 'truncate'; readonly inode: number; readonly sizeBytes: number }
  | { readonly kind: 'link'; readonly inode: number; readonly name: string }
  | { readonly kind: 'unlink'; readonly name: string }

const noBytes = new Uint8Array(0)

/** What of a disk is durable at one point, and what is pending there. Immutable. */
export interface SafeDisk {
  /** The pending effects, in the order in which they were made. */
  readonly pending: readonly PendingEffect[]
  /** The durable contents of each file, by inode. */
  readonly files: FileContents
  readonly names: ReadonlyMap<string, number>
}

type FileContents = ReadonlyMap<number, Uint8Array>

/** A disk on which everything is durable. */
export function safeDisk(contents: DiskFiles): SafeDisk {
  const entries = [...contents].map(([name, bytes], inode) => ({ name, inode, bytes }))
  return {
    pending: [],
    names: new Map(entries.map(({ name, inode }) => [name, inode])),
    files: new Map(entries.map(({ inode, bytes }) => [inode, bytes])),
  }
}

/**
 * The disk after an operation. A sync of a file makes its contents and size durable; a sync of the folder makes its names
 * durable; everything else is pending.
 *
 * @param unitBytes the unit that the disk writes atomically
 */
export function afterOperation(disk: SafeDisk, operation: DiskOperation, unitBytes: number): SafeDisk {
  switch (operation.kind) {
    case 'create': {
      const { inode, name } = operation
      const withFile = { ...disk, files: new Map(disk.files).set(inode, noBytes) }
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

/**
 * The files that are left when exactly these pending effects reach the disk. Untouched files are not copied.
 *
 * @param pool holds the copies, which are valid until it is reset
 */
export function materialise(
  { names, files }: SafeDisk,
  arrived: readonly PendingEffect[],
  pool: BufferPool | null = null,
): Map<string, Uint8Array> {
  const namesLeft = new Map(names)
  for (const effect of arrived) applyName(namesLeft, effect)
  const inodesLeft = new Set(namesLeft.values())
  const left = withContents(new Map([...files].filter(([inode]) => inodesLeft.has(inode))), arrived, pool)
  return new Map([...namesLeft].map(([name, inode]) => [name, left.get(inode) ?? noBytes]))
}

function withPending(disk: SafeDisk, effects: readonly PendingEffect[]): SafeDisk {
  return { ...disk, pending: [...disk.pending, ...effects] }
}

function settle(disk: SafeDisk, isSafe: (effect: PendingEffect) => boolean): SafeDisk {
  const safe = disk.pending.filter(isSafe)
  const names = new Map(disk.names)
  for (const effect of safe) applyName(names, effect)
  const files = withContents(disk.files, safe, null)
  return { names, files, pending: disk.pending.filter((effect) => !isSafe(effect)) }
}

type ContentsEffect = Extract<PendingEffect, { kind: 'write' | 'truncate' }>

function isOfContents(effect: PendingEffect): effect is ContentsEffect {
  return effect.kind === 'write' || effect.kind === 'truncate'
}

/** A write as one effect for each unit of the disk that it touches. */
function splitIntoUnits(
  { inode, offset, bytes }: Extract<DiskOperation, { kind: 'write' }>,
  unitBytes: number,
): PendingEffect[] {
  const effects: PendingEffect[] = []
  for (let start = 0; start < bytes.length; ) {
    const rest = unitBytes - ((offset + start) % unitBytes)
    const end = Math.min(bytes.length, start + rest)
    effects.push({ kind: 'write', inode, offset: offset + start, bytes: bytes.subarray(start, end) })
    start = end
  }
  return effects
}

function applyName(names: Map<string, number>, effect: PendingEffect) {
  if (effect.kind === 'link') names.set(effect.name, effect.inode)
  if (effect.kind === 'unlink') names.delete(effect.name)
}

/** The contents of the files after these effects; untouched files are not copied. */
function withContents(
  files: FileContents,
  effects: readonly PendingEffect[],
  pool: BufferPool | null,
): FileContents {
  const ofContents = effects.filter(isOfContents)
  const touched = openTouched(files, ofContents, pool)
  for (const effect of ofContents) applyContents(touched.get(effect.inode), effect)
  const changed = [...touched].map(([inode, file]) => [inode, shareContents(file)] as const)
  return new Map([...files, ...changed])
}

/** Each touched file, in a buffer large enough for all writes, so that it is copied once. */
function openTouched(
  files: FileContents,
  effects: readonly ContentsEffect[],
  pool: BufferPool | null,
): Map<number, DiskFile> {
  const ends = new Map<number, number>()
  for (const effect of effects) ends.set(effect.inode, Math.max(ends.get(effect.inode) ?? 0, endOf(effect)))
  const touched = new Map<number, DiskFile>()
  for (const [inode, end] of ends) {
    const bytes = files.get(inode)
    if (bytes === undefined) continue
    const file = shareFile(inode, bytes, pool)
    copyToOwnBuffer(file, Math.max(bytes.length, end))
    touched.set(inode, file)
  }
  return touched
}

function endOf(effect: ContentsEffect): number {
  return effect.kind === 'write' ? effect.offset + effect.bytes.length : effect.sizeBytes
}

function applyContents(file: DiskFile | undefined, effect: ContentsEffect) {
  if (file === undefined) return
  if (effect.kind === 'write') store(file, effect.offset, effect.bytes)
  else resize(file, effect.sizeBytes)
}
