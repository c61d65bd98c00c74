import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { sha256 } from '../../snapshots/hash.ts'

/** Results, each by the hash of all that it depends on, in a folder that may be deleted at any time. */
export interface ResultFolder {
  readonly path: string
  /** What was written under a key; null where it is not there, or damaged. */
  read(key: string): Buffer | null
  write(key: string, content: Uint8Array): void
  /** Removes what was not used for the longest time, until the rest is within the limit, and says how much that is. */
  trim(): FolderSize
  clear(): void
}

export interface FolderSize {
  readonly results: number
  readonly bytes: number
}

const isName = (name: string) => /^[0-9a-f]{64}\.result$/.test(name)

/** What a run was writing; one that ended meanwhile left it. */
const isDraft = (name: string) => /^[0-9a-f]{64}\.result\.\d+\.\d+$/.test(name)
const writingMilliseconds = 60_000

/** Where the results of a project are kept: in its node_modules, as other tools do; null where there are none. */
export function findResultFolder(configFile: string): string | null {
  for (let folder = dirname(configFile); ; folder = dirname(folder)) {
    const modules = join(folder, 'node_modules')
    if (existsSync(modules)) return join(modules, '.cache', 'migration-proof')
    if (dirname(folder) === folder) return null
  }
}

/**
 * Opens a folder of results, and makes it where it is missing.
 *
 * @param limitBytes how much may stay in it
 * @returns null where it cannot be used: then everything is proven
 */
export function openResultFolder(path: string, limitBytes = 256 * 1024 * 1024): ResultFolder | null {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    const fileOf = (key: string) => join(path, `${key}.result`)
    return {
      path,
      // Looked for on disk each time: other threads write, too.
      read: (key) => readWhole(fileOf(key), key),
      write: (key, content) => writeWhole(fileOf(key), key, content),
      trim: () => trim(path, limitBytes),
      clear: () => {
        trim(path, 0)
      },
    }
  } catch {
    return null
  }
}

/** A file begins with a hash of its key and its rest: half of one, or one of another name, is no result. */
const hashLength = 64

function sealOf(key: string, packed: Uint8Array): string {
  return sha256(Buffer.concat([Buffer.from(key, 'latin1'), packed]))
}

function readWhole(file: string, key: string): Buffer | null {
  try {
    const content = readFileSync(file)
    const packed = content.subarray(hashLength)
    if (content.subarray(0, hashLength).toString('latin1') !== sealOf(key, packed)) return null
    noteUse(file)
    return inflateRawSync(packed)
  } catch {
    return null
  }
}

function noteUse(file: string): void {
  const now = new Date()
  try {
    utimesSync(file, now, now)
  } catch {
    // A folder that can only be read is not trimmed either.
  }
}

/** What cannot be written is proven again the next time. */
function writeWhole(file: string, key: string, content: Uint8Array): void {
  const packed = deflateRawSync(content, { level: 1 })
  const draft = `${file}.${process.pid}.${process.hrtime.bigint()}`
  try {
    // A snapshot may hold rows of a person.
    const options = { mode: 0o600, flag: 'wx' }
    writeFileSync(draft, Buffer.concat([Buffer.from(sealOf(key, packed), 'latin1'), packed]), options)
    renameSync(draft, file)
  } catch {
    rmSync(draft, { force: true })
  }
}

function trim(folder: string, limitBytes: number): FolderSize {
  const names = listIfThere(folder)
  for (const { path, usedAt } of statEach(folder, names.filter(isDraft)))
    if (Date.now() - usedAt > writingMilliseconds) removeIfPossible(path)
  const files = statEach(folder, names.filter(isName)).sort((left, right) => right.usedAt - left.usedAt)
  return files.reduce<FolderSize>(
    (size, { path, bytes }) => {
      const isOver = size.bytes + bytes > limitBytes
      return isOver && removeIfPossible(path)
        ? size
        : { results: size.results + 1, bytes: size.bytes + bytes }
    },
    { results: 0, bytes: 0 },
  )
}

function statEach(folder: string, names: readonly string[]) {
  return names.flatMap((name) => {
    const path = join(folder, name)
    const found = statSync(path, { throwIfNoEntry: false })
    return found === undefined ? [] : [{ path, bytes: found.size, usedAt: found.mtimeMs }]
  })
}

/** Removes a file, unless the folder may only be read. */
function removeIfPossible(path: string): boolean {
  try {
    rmSync(path, { force: true })
    return true
  } catch {
    return false
  }
}

/** The names in a folder; none where another program has removed it. */
function listIfThere(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
