import { join } from 'node:path'
import { betterSqliteConnection, openImage } from '../engines/better-sqlite3.ts'
import type { Connection } from '../sql/connection.ts'
import { buildSnapshot } from './build.ts'
import { type Content, diffContent, readContent } from './content-hash.ts'
import type { FixtureSuite, GoldenName, SnapshotDeclaration } from './declaration.ts'
import { FixtureError } from './errors.ts'
import { hashText, sha256 } from './hash.ts'
import type { Ledger, SchemaEntry, SnapshotEntry } from './ledger.ts'
import { withoutWal } from './open.ts'
import { readBytes, snapshotPath } from './paths.ts'
import { describeMigrations, noRows, type PresentMigration, readFrozenRows, recordOnRows } from './present.ts'
import { makePrivateFolder } from './private-folder.ts'
import { readSnapshotText } from './rows-base.ts'
import { recordMigrations } from './statements.ts'

/** The ledger's entry of a golden schema. */
export function pinSchema({ name, version }: GoldenName, text: string): SchemaEntry {
  return { name, version, hash: hashText(text) }
}

/**
 * Every migration of a suite as it is now.
 *
 * @param ledger the one that it is to be compared with; in format 2, what each executes on the rows of its snapshots belongs to it
 */
export function pinMigrations(suite: FixtureSuite, ledger: Ledger): PresentMigration[] {
  const recorded = withMemory((connection) => recordMigrations(suite.plan, connection))
  const rows = ledger.format === 1 ? noRows : recordOnRows(suite, readFrozenRows(suite, ledger), ledger)
  return describeMigrations(suite, recorded, rows)
}

/** A snapshot that was built, and its entry for the ledger. */
export interface PinnedSnapshot {
  readonly entry: SnapshotEntry
  readonly bytes: Uint8Array
}

/**
 * Makes a snapshot's file and entry from its text. A file that is already in the folder but not in the
 * ledger is taken as it is, where it holds the same schema and rows as the text.
 *
 * @throws {FixtureError} when the text cannot be built, is of another version than declared, or says
 * something else than the file
 */
export function pinSnapshot(suite: FixtureSuite, declaration: SnapshotDeclaration): PinnedSnapshot {
  const built = rebuildSnapshot(suite, declaration)
  const present = readBytes(snapshotPath(suite.fixtures, declaration.name))
  if (present === null) return built
  const content = readImage(present)
  const [difference] = diffContent(built.entry, content)
  if (difference === undefined) return { bytes: present, entry: toEntry(declaration, present, content) }
  throw new FixtureError(`snapshots/${declaration.name}`, {
    expected: 'a file of the schema and rows that its text says',
    actual: difference,
    fix: 'correct the text, or delete the file, which is not in the ledger',
  })
}

/** Builds a snapshot from its text in a private folder; see {@link pinSnapshot} for the errors. */
export function rebuildSnapshot(suite: FixtureSuite, declaration: SnapshotDeclaration): PinnedSnapshot {
  const { name, form } = declaration
  const folder = makePrivateFolder()
  try {
    const file = join(folder.path, `${name}.db`)
    const text = form === 'empty' ? null : readSnapshotText(suite, declaration)
    const content = buildSnapshot(name, text, file, suite.plan.versions.tables)
    const bytes = readBytes(file) ?? new Uint8Array()
    requireVersion(suite, declaration, bytes)
    return { bytes, entry: toEntry(declaration, bytes, content) }
  } finally {
    folder.remove()
  }
}

function toEntry(
  { name, version, form, origin, releases }: SnapshotDeclaration,
  bytes: Uint8Array,
  content: Content,
): SnapshotEntry {
  return {
    name,
    version,
    form,
    origin,
    releases,
    fileHash: sha256(bytes),
    engine: readEngine(bytes),
    ...content,
  }
}

function requireVersion(
  { plan }: FixtureSuite,
  { name, version }: SnapshotDeclaration,
  bytes: Uint8Array,
): void {
  const found = withMemory((connection) => plan.versions.read(connection).current, bytes)
  if (found === version) return
  throw new FixtureError(`rows/${name}`, {
    expected: `a database of version ${version}`,
    actual: `version ${found}`,
    fix: 'correct the rows that hold the version, or the declaration of the snapshot',
  })
}

/** What an image of a database holds. */
function readImage(bytes: Uint8Array): Content {
  return withMemory(readContent, bytes)
}

function withMemory<Result>(
  read: (connection: Connection) => Result,
  bytes: Uint8Array = new Uint8Array(),
): Result {
  const connection = betterSqliteConnection(openImage(withoutWal(bytes)))
  try {
    return read(connection)
  } finally {
    connection.close()
  }
}

/**
 * The version of SQLite that wrote a file last, from its header; `none` for a file of zero bytes.
 * See https://www.sqlite.org/fileformat2.html#write_library_version_number_and_version_valid_for_number
 */
function readEngine(bytes: Uint8Array): string {
  if (bytes.length < 100) return 'none'
  const number = Buffer.from(bytes).readUInt32BE(96)
  return `${Math.floor(number / 1_000_000)}.${Math.floor(number / 1000) % 1000}.${number % 1000}`
}
