import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { betterSqliteConnection, type Database, openFile, openImage } from '../engines/better-sqlite3.ts'
import { shownPath } from '../errors.ts'
import { howToRun } from '../how-to-run.ts'
import type { Connection } from '../sql/connection.ts'
import { FixtureError } from './errors.ts'
import { sha256 } from './hash.ts'
import { type Ledger, readLedger, type SnapshotEntry } from './ledger.ts'
import { readBytes, snapshotPath } from './paths.ts'
import { makePrivateFolder, privateFiles } from './private-folder.ts'

/** The bytes of a frozen snapshot, proven to be those that the ledger pins. */
export interface SnapshotImage {
  readonly entry: SnapshotEntry
  readonly bytes: Uint8Array
}

/** A private copy of a snapshot, open. Closing it leaves nothing behind. */
export interface OpenSnapshot {
  readonly entry: SnapshotEntry
  /** The copy as the driver opens it, with the driver's own settings. */
  readonly database: Database.Database
  /** The same database as the harness sees it. */
  readonly connection: Connection
  close(): void
  [Symbol.dispose](): void
}

/** A private copy on disk, alone in a private folder. Another connection may open or ATTACH its path. */
export interface DiskSnapshot extends OpenSnapshot {
  readonly path: string
}

/**
 * Reads a frozen snapshot. Who opens many copies reads once, and opens the image as often as needed.
 *
 * @param fixtures the folder of the fixtures
 * @throws {LedgerError} when the ledger cannot be read
 * @throws {FixtureError} when the ledger or the folder lacks the snapshot, or its bytes are others
 *
 * @example
 * ```js
 * import { loadSnapshot } from 'migration-proof'
 *
 * const { entry, bytes } = loadSnapshot('fixtures', 'v1')
 * console.log(entry.name, bytes.length % 4096) // v1 0
 * ```
 */
export function loadSnapshot(
  fixtures: string,
  name: string,
  ledger: Ledger = readLedger(fixtures),
): SnapshotImage {
  const fixture = `snapshots/${name}`
  const entry = ledger.snapshots.find((snapshot) => snapshot.name === name)
  if (entry === undefined) throw missing(fixture, 'an entry in the ledger')
  const bytes = readBytes(snapshotPath(fixtures, name))
  if (bytes === null) throw missing(fixture, `the file ${shownPath(snapshotPath(fixtures, name))}`)
  const actual = sha256(bytes)
  if (actual === entry.fileHash) return { entry, bytes }
  throw new FixtureError(fixture, {
    expected: `a file of SHA-256 ${entry.fileHash}`,
    actual,
    fix: 'restore the file from version control: a frozen snapshot never changes',
  })
}

/**
 * Opens a private copy of a frozen snapshot; see {@link loadSnapshot} for the errors.
 *
 * @example
 * ```js
 * import { openSnapshot } from 'migration-proof'
 *
 * const snapshot = openSnapshot('fixtures', 'v1', { on: 'memory' })
 * console.log(snapshot.connection.all('SELECT max(version) AS version FROM schema_version')) // [ { version: 1n } ]
 * snapshot.close()
 * ```
 */
export function openSnapshot(fixtures: string, name: string, options: { readonly on: 'disk' }): DiskSnapshot
export function openSnapshot(
  fixtures: string,
  name: string,
  options: { readonly on: 'memory' | 'disk' },
): OpenSnapshot
export function openSnapshot(fixtures: string, name: string, { on }: { readonly on: 'memory' | 'disk' }) {
  const image = loadSnapshot(fixtures, name)
  return on === 'memory' ? openInMemory(image) : openOnDisk(image)
}

/** Copies a frozen snapshot to a path where nothing is yet; the copy is its owner's alone (mode 0600). */
export function copySnapshot(fixtures: string, name: string, target: string): SnapshotEntry {
  const image = loadSnapshot(fixtures, name)
  writePrivately(target, image.bytes)
  return image.entry
}

/**
 * Opens a private copy of a snapshot in memory, again and again without another reading of the file.
 *
 * @example
 * ```js
 * import { loadSnapshot, openInMemory } from 'migration-proof'
 *
 * const image = loadSnapshot('fixtures', 'v2')
 * const [first, second] = [openInMemory(image), openInMemory(image)]
 * first.connection.exec('DELETE FROM note')
 * console.log(second.connection.all('SELECT count(*) > 0 AS is_kept FROM note')) // [ { is_kept: 1n } ]
 * ```
 */
export function openInMemory({ entry, bytes }: SnapshotImage): OpenSnapshot {
  return open(entry, openImage(withoutWal(bytes)), () => {})
}

/** Opens a copy of the image on disk, in a private folder of its own. */
export function openOnDisk({ entry, bytes }: SnapshotImage): DiskSnapshot {
  const folder = makePrivateFolder()
  try {
    const file = join(folder.path, privateFiles.snapshot)
    writePrivately(file, bytes)
    return { ...open(entry, openFile(file), folder.remove), path: file }
  } catch (error) {
    folder.remove()
    throw error
  }
}

/** A private copy on disk whose bytes can be read. */
export interface ScratchCopy extends DiskSnapshot {
  /** The bytes of the file, while no transaction is open: to read them ends the locks of this process. */
  read(): Buffer
}

/** Files for copies of which the bytes are read. */
export interface Scratch {
  /** Opens a copy, whose file is removed when it is closed. */
  open(image: SnapshotImage): ScratchCopy
  [Symbol.dispose](): void
}

/**
 * A private folder for many copies, one after the other. The driver's `serialize` would keep the bytes of a copy in memory
 * until the program next waits for an event, which a check never does: a file is read as often as needed.
 */
export function openScratch(): Scratch {
  const folder = makePrivateFolder()
  let count = 0
  return {
    open: ({ entry, bytes }) => {
      const path = join(folder.path, `scratch-${++count}.db`)
      writePrivately(path, withoutWal(bytes))
      const snapshot = open(entry, openFile(path), () => rmSync(path, { force: true }))
      // No power is lost here, and in memory a database has its journal in memory too.
      snapshot.connection.exec('PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF')
      return { ...snapshot, path, read: () => readFileSync(path) }
    },
    [Symbol.dispose]: folder.remove,
  }
}

/** Writes a file that its owner alone can read, and that did not exist before. */
export function writePrivately(file: string, bytes: Uint8Array): void {
  writeFileSync(file, bytes, { mode: 0o600, flag: 'wx' })
}

function open(entry: SnapshotEntry, database: Database.Database, afterClose: () => void): OpenSnapshot {
  const close = () => {
    database.close()
    afterClose()
  }
  return { entry, database, connection: betterSqliteConnection(database), close, [Symbol.dispose]: close }
}

/**
 * An image that SQLite can open in memory. Bytes 18 and 19 say 2 where a file is in WAL mode, and memory has
 * no WAL: https://www.sqlite.org/fileformat2.html#file_format_version_numbers
 */
export function withoutWal(bytes: Uint8Array): Buffer {
  const image = Buffer.from(bytes)
  for (const place of [18, 19]) if (image[place] === 2) image[place] = 1
  return image
}

function missing(fixture: string, expected: string): FixtureError {
  return new FixtureError(fixture, {
    expected,
    actual: 'none',
    fix: `freeze it with \`${howToRun('freeze')}\``,
  })
}
