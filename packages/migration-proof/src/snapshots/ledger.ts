import { writeFileSync } from 'node:fs'
import { howToRun } from '../how-to-run.ts'
import { byVersion } from './declaration.ts'
import { LedgerError } from './errors.ts'
import { ledgerPath, readText } from './paths.ts'

/** A value of parsed JSON, and where it stands, such as `$.snapshots[2].version`. */
export class Field {
  readonly #file: string
  readonly #path: string
  readonly #value: unknown

  constructor(file: string, path: string, value: unknown) {
    this.#file = file
    this.#path = path
    this.#value = value
  }

  /** The field of this name. */
  get(name: string): Field {
    const value = this.#value
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw this.unlike('an object')
    const entry = Object.entries(value).find(([key]) => key === name)
    return new Field(this.#file, `${this.#path}.${name}`, entry?.[1])
  }

  /** Every element, in order. */
  map<Result>(read: (element: Field) => Result): Result[] {
    const value = this.#value
    if (!Array.isArray(value)) throw this.unlike('an array')
    return value.map((element, place) => read(new Field(this.#file, `${this.#path}[${place}]`, element)))
  }

  text(): string {
    if (typeof this.#value !== 'string') throw this.unlike('a text')
    return this.#value
  }

  /** A whole number, 0 or more. */
  count(): number {
    const value = this.#value
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0)
      throw this.unlike('a whole number')
    return value
  }

  /** A SHA-256 in hexadecimal digits. */
  hash(): string {
    const text = this.text()
    if (!/^[0-9a-f]{64}$/.test(text)) throw this.unlike('64 hexadecimal digits')
    return text
  }

  /** The error that this value is not what it must be. */
  unlike(expected: string, fix = 'restore the ledger from version control'): LedgerError {
    const actual = this.#value === undefined ? 'nothing' : shorten(JSON.stringify(this.#value))
    return new LedgerError({ where: `${this.#file}, ${this.#path}`, expected, actual, fix })
  }
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 59)}…` : text
}

/** The number of the ledger's format that this version of the harness reads and writes. */
const format = 1

/**
 * How each hash of the ledger is made. A name changes whenever the way does, so that an old hash is never
 * taken for a new one.
 */
const algorithms = {
  /** The bytes of a snapshot's file. */
  file: 'sha256',
  /** The text of a golden schema, with LF line ends. */
  schema: 'lf-text/sha256',
  /** The schema and the typed rows of a database, whatever the layout of its file. */
  content: 'typed-rows-v1/sha256',
  /** The statements that a migration executes, whatever their comments, white space and keyword case. */
  statements: 'sql-tokens-v1/sha256',
} as const

/** What the harness remembers of every fixture and every migration, so that none changes unseen. */
export interface Ledger {
  readonly schemas: readonly SchemaEntry[]
  readonly snapshots: readonly SnapshotEntry[]
  readonly migrations: readonly MigrationEntry[]
}

/** A golden schema that a person has reviewed. */
export interface SchemaEntry {
  readonly name: string
  readonly version: number
  /** Of its text with LF line ends. */
  readonly hash: string
}

/** A frozen snapshot. */
export interface SnapshotEntry {
  readonly name: string
  readonly version: number
  readonly form: string
  readonly origin: string
  readonly releases: readonly string[]
  /** SHA-256 of the file. */
  readonly fileHash: string
  /** The version of SQLite that wrote the file. */
  readonly engine: string
  /** Of its schema and rows, the same on every engine. */
  readonly contentHash: string
  /** Of its schema alone. */
  readonly schemaHash: string
  readonly tables: readonly TableEntry[]
}

export interface TableEntry {
  readonly name: string
  readonly rows: number
  /** Of its typed rows, in no particular order. */
  readonly hash: string
}

/** A migration whose statements are pinned. */
export interface MigrationEntry {
  readonly version: number
  /** How many statements it executes on an empty database. */
  readonly statements: number
  readonly hash: string
}

/** A ledger in which nothing is pinned yet. */
export const emptyLedger: Ledger = { schemas: [], snapshots: [], migrations: [] }

/**
 * Reads the ledger of a fixtures folder.
 *
 * @throws {LedgerError} when there is none, when it is no JSON, has another format, or lacks a field, which
 * the error names by its path
 *
 * @example
 * ```js
 * import { readLedger } from 'migration-proof'
 *
 * console.log(readLedger('fixtures').snapshots.map(({ name }) => name)) // [ 'v0-empty', 'v1', 'v2' ]
 * ```
 */
export function readLedger(fixtures: string): Ledger {
  const ledger = readLedgerIfAny(fixtures)
  if (ledger !== null) return ledger
  throw new LedgerError({
    where: ledgerPath(fixtures),
    expected: 'the ledger of the fixtures',
    actual: 'no such file',
    fix: `freeze the fixtures with \`${howToRun('freeze')}\``,
  })
}

/** The ledger of a fixtures folder; null where there is none yet. Otherwise as {@link readLedger}. */
export function readLedgerIfAny(fixtures: string): Ledger | null {
  const file = ledgerPath(fixtures)
  const text = readText(file)
  if (text === null) return null
  // Each snapshot that is loaded asks for it.
  if (lastRead?.file === file && lastRead.text === text) return lastRead.ledger
  const root = new Field(file, '$', parseJson(file, text))
  requireFormat(root)
  const ledger = {
    schemas: root.get('schemas').map(readSchemaEntry),
    snapshots: root.get('snapshots').map(readSnapshotEntry),
    migrations: root.get('migrations').map(readMigrationEntry),
  }
  lastRead = { file, text, ledger }
  return ledger
}

let lastRead: { readonly file: string; readonly text: string; readonly ledger: Ledger } | null = null

/** Writes the ledger of a fixtures folder: the same ledger always gives the same bytes. */
export function writeLedger(fixtures: string, ledger: Ledger): void {
  writeFileSync(ledgerPath(fixtures), formatLedger(ledger))
}

/** The ledger as JSON text: fixed order of keys and lists, LF line ends, one at the end. */
export function formatLedger(ledger: Ledger): string {
  const ordered = {
    format,
    algorithms,
    schemas: ledger.schemas.toSorted(byVersion).map(({ name, version, hash }) => ({ name, version, hash })),
    snapshots: ledger.snapshots.toSorted(byVersion).map(orderSnapshot),
    migrations: ledger.migrations
      .toSorted((left, right) => left.version - right.version)
      .map(({ version, statements, hash }) => ({ version, statements, hash })),
  }
  return `${JSON.stringify(ordered, null, 2)}\n`
}

function orderSnapshot(entry: SnapshotEntry) {
  const { name, version, form, origin, releases, fileHash, engine, contentHash, schemaHash } = entry
  const tables = entry.tables
    .toSorted((left, right) => (left.name < right.name ? -1 : 1))
    .map((table) => ({ name: table.name, rows: table.rows, hash: table.hash }))
  return { name, version, form, origin, releases, fileHash, engine, contentHash, schemaHash, tables }
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const actual = `the error '${cause instanceof Error ? cause.message : String(cause)}'`
    const fix = 'restore the ledger from version control'
    throw new LedgerError({ where: file, expected: 'JSON', actual, fix }, { cause })
  }
}

function requireFormat(root: Field): void {
  const newer = 'use the version of the harness that wrote this ledger'
  const found = root.get('format')
  if (found.count() !== format) throw found.unlike(`format ${format}`, newer)
  for (const [name, algorithm] of Object.entries(algorithms)) {
    const named = root.get('algorithms').get(name)
    if (named.text() !== algorithm) throw named.unlike(`the algorithm ${algorithm}`, newer)
  }
}

function readSchemaEntry(field: Field): SchemaEntry {
  return {
    name: field.get('name').text(),
    version: field.get('version').count(),
    hash: field.get('hash').hash(),
  }
}

function readSnapshotEntry(field: Field): SnapshotEntry {
  return {
    name: field.get('name').text(),
    version: field.get('version').count(),
    form: field.get('form').text(),
    origin: field.get('origin').text(),
    releases: field.get('releases').map((release) => release.text()),
    fileHash: field.get('fileHash').hash(),
    engine: field.get('engine').text(),
    contentHash: field.get('contentHash').hash(),
    schemaHash: field.get('schemaHash').hash(),
    tables: field.get('tables').map(readTableEntry),
  }
}

function readTableEntry(field: Field): TableEntry {
  return { name: field.get('name').text(), rows: field.get('rows').count(), hash: field.get('hash').hash() }
}

function readMigrationEntry(field: Field): MigrationEntry {
  return {
    version: field.get('version').count(),
    statements: field.get('statements').count(),
    hash: field.get('hash').hash(),
  }
}
