import type { SnapshotDeclaration } from './declaration.ts'
import { LedgerError } from './errors.ts'
import type { Ledger, MigrationEntry, SchemaEntry, SnapshotEntry } from './ledger.ts'

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
  readonly #migrations: MigrationEntry[]

  /** @throws {LedgerError} when nothing is pinned under the name to rewrite */
  constructor(ledger: Ledger, rewrite: string | undefined) {
    const isForgotten = (fixture: string) => rewrite !== undefined && `/${fixture}`.endsWith(`/${rewrite}`)
    this.#forgotten = filterLedger(ledger, isForgotten)
    this.kept = filterLedger(ledger, (fixture) => !isForgotten(fixture))
    this.#schemas = [...this.kept.schemas]
    this.#snapshots = [...this.kept.snapshots]
    this.#migrations = [...this.kept.migrations]
    if (rewrite !== undefined && hashesOf(this.#forgotten).size === 0) {
      throw new LedgerError({
        where: rewrite,
        expected: 'a frozen fixture of this name, to freeze again',
        actual: 'none',
        fix: 'name one of the ledger, such as snapshots/v1',
      })
    }
  }

  hasSchema(name: string): boolean {
    return this.#schemas.some((entry) => entry.name === name)
  }

  hasSchemaOf(version: number): boolean {
    return this.#schemas.some((entry) => entry.version === version)
  }

  hasMigration(version: number): boolean {
    return this.#migrations.some((entry) => entry.version === version)
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
    this.#migrations.push(entry)
    return this.#forgotten.migrations.find(({ version }) => version === entry.version)?.hash !== entry.hash
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
    const added: Ledger = { schemas: this.#schemas, snapshots: this.#snapshots, migrations: this.#migrations }
    const current = hashesOf(added)
    const lost = filterLedger(this.#forgotten, (fixture) => !current.has(fixture))
    const rewritten = [...hashesOf(this.#forgotten)].flatMap(([fixture, before]) => {
      const after = current.get(fixture)
      return after === undefined || after === before ? [] : [{ fixture, before, after }]
    })
    const ledger = {
      schemas: [...added.schemas, ...lost.schemas],
      snapshots: [...added.snapshots, ...lost.snapshots],
      migrations: [...added.migrations, ...lost.migrations],
    }
    return { ledger, rewritten }
  }
}

function filterLedger(
  { schemas, snapshots, migrations }: Ledger,
  keep: (fixture: string) => boolean,
): Ledger {
  return {
    schemas: schemas.filter(({ name }) => keep(`schemas/${name}`)),
    snapshots: snapshots.filter(({ name }) => keep(`snapshots/${name}`)),
    migrations: migrations.filter(({ version }) => keep(`migrations/v${version}`)),
  }
}

function hashesOf({ schemas, snapshots, migrations }: Ledger): Map<string, string> {
  return new Map([
    ...schemas.map(({ name, hash }) => [`schemas/${name}`, hash] as const),
    ...snapshots.map(({ name, fileHash }) => [`snapshots/${name}`, fileHash] as const),
    ...migrations.map(({ version, hash }) => [`migrations/v${version}`, hash] as const),
  ])
}
