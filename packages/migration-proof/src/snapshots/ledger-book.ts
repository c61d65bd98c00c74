import type { SnapshotDeclaration } from './declaration.ts'
import { LedgerError } from './errors.ts'
import { canonicalText, sha256 } from './hash.ts'
import { labelOf } from './label.ts'
import {
  type BaseEntry,
  type ExecutedOnRows,
  type Ledger,
  type LedgerFormat,
  latestFormat,
  type MigrationEntry,
  type SchemaEntry,
  type SnapshotEntry,
} from './ledger.ts'

/** An entry of the ledger that was rewritten, with its hash before and after. */
export interface Rewriting {
  readonly fixture: string
  readonly before: string
  readonly after: string
}

/**
 * The ledger while a freeze goes on: what is pinned stays, and entries are added. Only the entries of one
 * name may be forgotten, when that was asked for, and they come back where nothing takes their place.
 */
export class LedgerBook {
  /** What must not change. */
  readonly kept: Ledger
  readonly #forgotten: Ledger
  readonly #schemas: SchemaEntry[]
  readonly #snapshots: SnapshotEntry[]
  #migrations: MigrationEntry[]
  #base: BaseEntry | undefined
  #format: LedgerFormat

  /**
   * @param rewrite names, with commas between them
   * @throws {LedgerError} when nothing is pinned under a name to rewrite
   */
  constructor(ledger: Ledger, rewrite: string | undefined) {
    const names = rewrite?.split(',') ?? []
    // A migration that has an id is named by its version, too.
    const isOf = (name: string, fixtures: readonly string[]) =>
      fixtures.some((fixture) => `/${fixture}`.endsWith(`/${name}`))
    const isForgotten = (...fixtures: readonly string[]) => names.some((name) => isOf(name, fixtures))
    this.#forgotten = filterLedger(ledger, isForgotten)
    this.kept = forgetRows(
      filterLedger(ledger, (...fixtures) => !isForgotten(...fixtures)),
      this.#forgotten.snapshots,
    )
    this.#schemas = [...this.kept.schemas]
    this.#snapshots = [...this.kept.snapshots]
    this.#migrations = [...this.kept.migrations]
    this.#base = this.kept.base
    this.#format = ledger.format
    const unknown = names.find(
      (name) => hashesOf(filterLedger(ledger, (...fixtures) => isOf(name, fixtures))).size === 0,
    )
    if (unknown !== undefined) {
      throw new LedgerError({
        where: unknown,
        expected: 'a frozen fixture of this name, to freeze again',
        actual: 'none',
        fix: 'name one of the ledger, such as snapshots/v1',
      })
    }
  }

  /** Whether anything rests on the base by now, which is pinned with that, and in format 2 alone. */
  needsBase(): boolean {
    const isUsed = this.#schemas.length + this.#migrations.length > 0
    return this.#format !== 1 && this.#base === undefined && isUsed
  }

  /** Pins the base; reports whether it says something new. */
  addBase(entry: BaseEntry): boolean {
    this.#base = entry
    return this.#forgotten.base?.contentHash !== entry.contentHash
  }

  hasSchema(name: string): boolean {
    return this.#schemas.some((entry) => entry.name === name)
  }

  hasSchemaOf(version: number): boolean {
    return this.#schemas.some((entry) => entry.version === version)
  }

  get format(): LedgerFormat {
    return this.#format
  }

  hasMigration(entry: MigrationEntry): boolean {
    return this.#migrations.some((known) => isOfSame(known, entry))
  }

  hasSnapshot(name: string): boolean {
    return this.#snapshots.some((entry) => entry.name === name)
  }

  isRewriting(fixture: string): boolean {
    return hashesOf(this.#forgotten).has(fixture)
  }

  /** Adds an entry; reports whether it says something new. */
  addSchema(entry: SchemaEntry): boolean {
    this.#schemas.push(entry)
    return this.#forgotten.schemas.find(({ name }) => name === entry.name)?.hash !== entry.hash
  }

  addMigration(entry: MigrationEntry): boolean {
    const added = this.#format === 1 ? withoutPins(entry) : withoutRows(entry)
    this.#migrations.push(added)
    const before = this.#forgotten.migrations.find((known) => isOfSame(known, entry))
    return before === undefined || digestOf(before) !== digestOf(added)
  }

  /** Pins the rest of what format 2 pins beside all that is there. @returns their names */
  convert(migrations: readonly MigrationEntry[]): string[] {
    if (this.#format === latestFormat) return []
    this.#format = latestFormat
    this.#migrations = this.#migrations.map((entry) => {
      const pins = migrations.find(({ version }) => version === entry.version)?.pins
      return pins === undefined ? entry : withoutRows({ ...entry, pins })
    })
    return this.#migrations.map((entry) => `migrations/${labelOf(entry)}`)
  }

  /** Pins what migrations execute on the rows of snapshots on which nothing of them is pinned yet. @param executed by version */
  addRows(
    migrations: readonly MigrationEntry[],
    executed: ReadonlyMap<number, readonly ExecutedOnRows[]>,
  ): void {
    this.#migrations = this.#migrations.map((entry) => {
      const { pins } = entry
      const now = migrations.find((one) => isOfSame(entry, one))
      if (pins === undefined || now === undefined) return entry
      const known = new Set(pins.onRows.map(({ snapshot }) => snapshot))
      const added = (executed.get(now.version) ?? []).filter(({ snapshot }) => !known.has(snapshot))
      return { ...entry, pins: { ...pins, onRows: [...pins.onRows, ...added] } }
    })
  }

  /**
   * Where the forgotten entry is of the same contents and its file is there, that entry and the file stay: another
   * version of SQLite would write other bytes.
   *
   * @param presentHash that of the file that is there; null where there is none
   */
  addSnapshot(entry: SnapshotEntry, presentHash: string | null): boolean {
    const before = this.#forgotten.snapshots.find(({ name }) => name === entry.name)
    const isSame = before?.fileHash === presentHash && before.contentHash === entry.contentHash
    const { origin, releases } = entry
    this.#snapshots.push(isSame ? { ...before, origin, releases } : entry)
    return !isSame
  }

  /** Takes over origin and releases of a declaration; reports whether they were others before. */
  describe({ name, origin, releases }: SnapshotDeclaration): boolean {
    const place = this.#snapshots.findIndex((entry) => entry.name === name)
    const entry = this.#snapshots[place]
    if (entry === undefined) return false
    if (entry.origin === origin && entry.releases.join() === releases.join()) return false
    this.#snapshots[place] = { ...entry, origin, releases }
    return true
  }

  /** The ledger as it is now, and what was rewritten in it. */
  close(): { readonly ledger: Ledger; readonly rewritten: readonly Rewriting[] } {
    const added: Ledger = {
      format: this.#format,
      ...withBase(this.#base),
      schemas: this.#schemas,
      snapshots: this.#snapshots,
      migrations: this.#migrations,
    }
    const current = hashesOf(added)
    const lost = filterLedger(this.#forgotten, (fixture) => !current.has(fixture))
    const rewritten = [...hashesOf(this.#forgotten)].flatMap(([fixture, before]) => {
      const after = current.get(fixture)
      return after === undefined || after === before ? [] : [{ fixture, before, after }]
    })
    const ledger = {
      format: this.#format,
      ...withBase(added.base ?? lost.base),
      schemas: [...added.schemas, ...lost.schemas],
      snapshots: [...added.snapshots, ...lost.snapshots],
      migrations: [...added.migrations, ...lost.migrations],
    }
    return { ledger, rewritten }
  }
}

/** What migrations execute on the rows of a snapshot goes with it. */
function forgetRows(ledger: Ledger, snapshots: readonly SnapshotEntry[]): Ledger {
  const names = new Set(snapshots.map(({ name }) => name))
  if (names.size === 0) return ledger
  const migrations = ledger.migrations.map((entry) => {
    if (entry.pins === undefined) return entry
    const onRows = entry.pins.onRows.filter(({ snapshot }) => !names.has(snapshot))
    return { ...entry, pins: { ...entry.pins, onRows } }
  })
  return { ...ledger, migrations }
}

function withoutPins({ version, statements, hash }: MigrationEntry): MigrationEntry {
  return { version, statements, hash }
}

function withoutRows(entry: MigrationEntry): MigrationEntry {
  return entry.pins === undefined ? entry : { ...entry, pins: { ...entry.pins, onRows: [] } }
}

function isOfSame(known: MigrationEntry, entry: MigrationEntry): boolean {
  return known.pins === undefined ? known.version === entry.version : known.pins.id === entry.pins?.id
}

/** The hash of all that is pinned of a migration, but for what it executes on rows. */
export function digestOf({ hash, pins }: MigrationEntry): string {
  return pins === undefined ? hash : sha256(canonicalText([hash, { ...pins, onRows: [] }]))
}

function filterLedger(
  { format, base, schemas, snapshots, migrations }: Ledger,
  keep: (...fixtures: readonly string[]) => boolean,
): Ledger {
  return {
    format,
    ...withBase(keep('base') ? base : undefined),
    schemas: schemas.filter(({ name }) => keep(`schemas/${name}`)),
    snapshots: snapshots.filter(({ name }) => keep(`snapshots/${name}`)),
    migrations: migrations.filter((entry) =>
      keep(`migrations/${labelOf(entry)}`, `migrations/v${entry.version}`),
    ),
  }
}

function withBase(base: BaseEntry | undefined): Pick<Ledger, 'base'> {
  return base === undefined ? {} : { base }
}

function hashesOf({ base, schemas, snapshots, migrations }: Ledger): Map<string, string> {
  return new Map([
    ...(base === undefined ? [] : [['base', base.contentHash] as const]),
    ...schemas.map(({ name, hash }) => [`schemas/${name}`, hash] as const),
    ...snapshots.map(({ name, fileHash }) => [`snapshots/${name}`, fileHash] as const),
    ...migrations.map((entry) => [`migrations/${labelOf(entry)}`, digestOf(entry)] as const),
  ])
}
