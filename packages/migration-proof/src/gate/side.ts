import type { Diagnosis } from '../errors.ts'
import type { Ledger } from '../snapshots/ledger.ts'
import type { RecordedMigration } from '../snapshots/statements.ts'
import type { SourceFile } from './source-file.ts'

/** One state of a project: what a branch or release holds, or what a change makes of it. */
export interface Side {
  /** What its ledger pins; null where it has none. */
  readonly ledger: Ledger | null
  /** What its migrations execute in an empty database; null where they cannot be loaded, or where one fails. */
  readonly recorded: readonly RecordedMigration[] | null
  /** Why one of its migrations fails in an empty database; null where none does. */
  readonly failure: MigrationFailure | null
  /** The files in the folder of its migrations. */
  readonly sources: readonly SourceFile[]
  /** The text of each golden schema, by name, with LF line ends. */
  readonly schemas: ReadonlyMap<string, string>
  /** The SHA-256 of each snapshot's file, by name. */
  readonly snapshots: ReadonlyMap<string, string>
  /** The folder of the fixtures, from the folder of the project, with slashes. */
  readonly fixtures: string
  /** The version of the package; null where there is no package. */
  readonly packageVersion: string | null
  /** The text of CHANGELOG.md; null where there is none. */
  readonly changelog: string | null
}

/** A migration that does not even work without rows. */
export interface MigrationFailure {
  readonly version: number
  /** The statement that failed, without its values; null where the migration failed by itself. */
  readonly statement: string | null
  readonly diagnosis: Diagnosis
}

/** The versions that a side has: those of its migrations, or of its ledger where they cannot be loaded. */
export function versionsOf({ recorded, ledger }: Side): number[] {
  return (recorded ?? ledger?.migrations ?? []).map(({ version }) => version)
}

/** The versions that a change adds or whose statements it changes; none where nothing is known of the migrations. */
export function changedVersions(
  base: Ledger | null,
  hashes: readonly { version: number; hash: string }[],
): number[] {
  const known = new Map(base?.migrations.map(({ version, hash }) => [version, hash]))
  return hashes.filter(({ version, hash }) => known.get(version) !== hash).map(({ version }) => version)
}
