import { writeFileSync } from 'node:fs'
import { howToRun } from '../how-to-run.ts'
import { byVersion } from './declaration.ts'
import { LedgerError } from './errors.ts'
import { ledgerPath, readBytes } from './paths.ts'

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
    const entry = Object.entries(this.object()).find(([key]) => key === name)
    return new Field(this.#file, `${this.#path}.${name}`, entry?.[1])
  }

  object(): Readonly<Record<string, unknown>> {
    const value = this.#value
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw this.unlike('an object')
    return Object.fromEntries(Object.entries(value))
  }

  /** What is read of it; null where it is null. */
  orNull<Result>(read: (field: Field) => Result): Result | null {
    return this.#value === null ? null : read(this)
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

/** The formats that are read and written: 1 pins the statements of a migration, 2 all that `MigrationPins` says. */
const formats = [1, 2] as const

export type LedgerFormat = (typeof formats)[number]

/** The format of a ledger that begins. */
export const latestFormat = 2

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

/** Those of the format 2 besides. */
const furtherAlgorithms = {
  /** The statements that a migration asks for, written as those above. */
  asked: 'asked-sql-tokens-v1/sha256',
  /** The code of a migration, whatever its comments and layout, and the text of SQL. */
  source: 'code-v1/sha256',
} as const

function algorithmsOf(format: LedgerFormat): Readonly<Record<string, string>> {
  return format === 1 ? algorithms : { ...algorithms, ...furtherAlgorithms }
}

/** What the harness remembers of every fixture and every migration, so that none changes unseen. */
export interface Ledger {
  /** In format 2 every migration has its pins; in format 1 none has. */
  readonly format: LedgerFormat
  /** What precedes the first migration, where something does; in format 1 it is not pinned. */
  readonly base?: BaseEntry
  readonly schemas: readonly SchemaEntry[]
  readonly snapshots: readonly SnapshotEntry[]
  readonly migrations: readonly MigrationEntry[]
}

/** What the base holds, whatever the file that says it. */
export interface BaseEntry {
  /** Of its schema and rows, the same on every engine. */
  readonly contentHash: string
  /** Of its schema alone. */
  readonly schemaHash: string
  readonly tables: readonly TableEntry[]
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

/** What a migration executes. */
export interface Executed {
  readonly statements: number
  readonly hash: string
}

/** A migration that is pinned: what it executes on an empty database. */
export interface MigrationEntry extends Executed {
  readonly version: number
  /** What format 2 pins beside that. */
  readonly pins?: MigrationPins
}

/** All else of a released migration that must stay. */
export interface MigrationPins {
  /** What the tool of the project calls it; its version, where it has no other id. */
  readonly id: string
  readonly name: string
  /** What it declares of what it does: of what is proven, it exempts that. */
  readonly declarations: Readonly<Record<string, unknown>>
  /** The statements that it asks for itself, on an empty database. */
  readonly asked: Executed
  /** The same on the rows of the snapshots before it. */
  readonly onRows: readonly ExecutedOnRows[]
  /** The text that it is made of; null where no file is known to hold it. */
  readonly source: SourcePin | null
  /** What the tool of the project notes of its file; null where it notes nothing. */
  readonly checksum: ChecksumPin | null
}

/** What a migration executes on the rows of a snapshot. */
export interface ExecutedOnRows extends Executed {
  readonly snapshot: string
}

/** A migration that another one notes without running it: what it executes on an empty database. */
export interface AdoptedPin extends Executed {
  readonly id: string
}

/** What the declarations of a migration pin of those that it adopts; undefined where that is nothing. */
export function adoptedOf({ declarations }: MigrationPins): readonly AdoptedPin[] | undefined {
  const { adopts } = declarations
  const isPin = (value: unknown): value is AdoptedPin =>
    typeof value === 'object' && value !== null && 'id' in value && 'hash' in value && 'statements' in value
  return Array.isArray(adopts) ? adopts.filter(isPin) : undefined
}

export interface SourcePin {
  /** What was hashed: the text of SQL, the whole file, or the function `up` alone. */
  readonly of: 'sql' | 'file' | 'function'
  readonly hash: string
}

export interface ChecksumPin {
  /** Such as `sha384`. */
  readonly algorithm: string
  readonly value: string
}

/** A ledger in which nothing is pinned yet. */
export const emptyLedger: Ledger = { format: latestFormat, schemas: [], snapshots: [], migrations: [] }

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
  const bytes = readBytes(file)
  if (bytes === null) return null
  // Each snapshot that is loaded asks for it.
  if (lastRead?.file === file && lastRead.bytes.equals(bytes)) return lastRead.ledger
  const root = new Field(file, '$', parseJson(file, bytes.toString('utf8')))
  const format = readFormat(root)
  const ledger = {
    format,
    ...readBaseIfAny(root),
    schemas: root.get('schemas').map(readSchemaEntry),
    snapshots: root.get('snapshots').map(readSnapshotEntry),
    migrations: root.get('migrations').map(format === 1 ? readFirstEntry : readMigrationEntry),
  }
  lastRead = { file, bytes, ledger }
  return ledger
}

let lastRead: { readonly file: string; readonly bytes: Buffer; readonly ledger: Ledger } | null = null

/** Writes the ledger of a fixtures folder: the same ledger always gives the same bytes. */
export function writeLedger(fixtures: string, ledger: Ledger): void {
  writeFileSync(ledgerPath(fixtures), formatLedger(ledger))
}

/** The ledger as JSON text: fixed order of keys and lists, LF line ends, one at the end. */
export function formatLedger(ledger: Ledger): string {
  const ordered = {
    format: ledger.format,
    algorithms: algorithmsOf(ledger.format),
    ...(ledger.base === undefined ? {} : { base: orderContent(ledger.base) }),
    schemas: ledger.schemas.toSorted(byVersion).map(({ name, version, hash }) => ({ name, version, hash })),
    snapshots: ledger.snapshots.toSorted(byVersion).map(orderSnapshot),
    migrations: ledger.migrations.toSorted((left, right) => left.version - right.version).map(orderMigration),
  }
  return `${JSON.stringify(ordered, null, 2)}\n`
}

function orderSnapshot(entry: SnapshotEntry) {
  const { name, version, form, origin, releases, fileHash, engine } = entry
  return { name, version, form, origin, releases, fileHash, engine, ...orderContent(entry) }
}

function orderContent({ contentHash, schemaHash, tables }: BaseEntry): BaseEntry {
  const ordered = tables
    .toSorted((left, right) => (left.name < right.name ? -1 : 1))
    .map((table) => ({ name: table.name, rows: table.rows, hash: table.hash }))
  return { contentHash, schemaHash, tables: ordered }
}

function orderMigration({ version, statements, hash, pins }: MigrationEntry) {
  if (pins === undefined) return { version, statements, hash }
  const { id, name, declarations, asked, source, checksum } = pins
  const onRows = pins.onRows
    .toSorted((left, right) => (left.snapshot < right.snapshot ? -1 : 1))
    .map((entry) => ({ snapshot: entry.snapshot, statements: entry.statements, hash: entry.hash }))
  return {
    version,
    statements,
    hash,
    id,
    name,
    declarations,
    asked: { statements: asked.statements, hash: asked.hash },
    onRows,
    source: source === null ? null : { of: source.of, hash: source.hash },
    checksum: checksum === null ? null : { algorithm: checksum.algorithm, value: checksum.value },
  }
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

function readFormat(root: Field): LedgerFormat {
  const newer = 'use the version of the harness that wrote this ledger'
  const found = root.get('format')
  const number = found.count()
  const format = formats.find((known) => known === number)
  if (format === undefined) throw found.unlike('format 1 or 2', newer)
  for (const [name, algorithm] of Object.entries(algorithmsOf(format))) {
    const named = root.get('algorithms').get(name)
    if (named.text() !== algorithm) throw named.unlike(`the algorithm ${algorithm}`, newer)
  }
  return format
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
    ...readContentEntry(field),
  }
}

function readBaseIfAny(root: Field): Pick<Ledger, 'base'> {
  return 'base' in root.object() ? { base: readContentEntry(root.get('base')) } : {}
}

function readContentEntry(field: Field): BaseEntry {
  return {
    contentHash: field.get('contentHash').hash(),
    schemaHash: field.get('schemaHash').hash(),
    tables: field.get('tables').map(readTableEntry),
  }
}

function readTableEntry(field: Field): TableEntry {
  return { name: field.get('name').text(), rows: field.get('rows').count(), hash: field.get('hash').hash() }
}

function readFirstEntry(field: Field): MigrationEntry {
  return { version: field.get('version').count(), ...readExecuted(field) }
}

function readExecuted(field: Field): Executed {
  return { statements: field.get('statements').count(), hash: field.get('hash').hash() }
}

function readMigrationEntry(field: Field): MigrationEntry {
  const pins = {
    id: field.get('id').text(),
    name: field.get('name').text(),
    declarations: field.get('declarations').object(),
    asked: readExecuted(field.get('asked')),
    onRows: field
      .get('onRows')
      .map((entry) => ({ snapshot: entry.get('snapshot').text(), ...readExecuted(entry) })),
    source: field.get('source').orNull(readSource),
    checksum: field.get('checksum').orNull((checksum) => ({
      algorithm: checksum.get('algorithm').text(),
      value: checksum.get('value').text(),
    })),
  }
  return { ...readFirstEntry(field), pins }
}

function readSource(field: Field): SourcePin {
  const named = field.get('of')
  const of = (['sql', 'file', 'function'] as const).find((known) => known === named.text())
  if (of === undefined) throw named.unlike('sql, file or function')
  return { of, hash: field.get('hash').hash() }
}
