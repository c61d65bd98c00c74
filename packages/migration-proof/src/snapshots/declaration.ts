import { latestVersionOf, type MigrationPlan } from '../migrator/plan.ts'
import { startOfNew } from '../migrator/tool-change.ts'

/**
 * What kind of file a snapshot is. `'empty'`: a file of zero bytes, which has no golden schema and no rows.
 * `'versioned'`: it says its own version. `'fresh'`: the same, and where the project has changed its tool, the tool of now alone
 * made it. Any other text names a form without a version in it, such as the
 * files of a first release; its golden schema is written by hand.
 */
export type SnapshotForm = 'empty' | 'versioned' | 'fresh' | (string & {})

/** A database that an older version left behind, as a suite declares it. */
export interface SnapshotDeclaration {
  /** Also the name of its files: `schemas/NAME.sql`, `rows/NAME.sql`, `snapshots/NAME.db`. */
  readonly name: string
  /** The version that the file is at; 0 for one that no migration has seen. */
  readonly version: number
  readonly form: SnapshotForm
  /** Who left such files behind, and how this one was made. */
  readonly origin: string
  /** The releases that left this version behind; empty when none did, and only development builds have it. */
  readonly releases: readonly string[]
}

/** Called before a fixture is frozen or checked, with how many are done, and how many there are. */
export type OnFixture = (fixture: string, done: number, total: number) => void

/** What freezing and checking fixtures need of a suite. */
export interface FixtureSuite {
  /** The folder of the fixtures. */
  readonly fixtures: string
  readonly plan: MigrationPlan
  readonly snapshots: readonly SnapshotDeclaration[]
  /** The folder of the source files of the migrations; null or left out where it is not known. */
  readonly sources?: string | null
  /** Versions that no one holds a file of, so that they have no snapshot; left out where every older version has one. */
  readonly notHeld?: readonly number[]
}

/**
 * The versions that people hold files of. `'all'`: each. `since`: that version and later ones. `versions`: these, as those
 * that were released.
 */
export type HeldVersions = 'all' | { readonly since: number } | { readonly versions: readonly number[] }

/** The versions before the latest one of which a file can hold something; the base, where there is one, is version 0. */
export function olderVersions({ migrations, base }: MigrationPlan): number[] {
  const older = migrations.slice(0, -1).map(({ version }) => version)
  return base === undefined ? older : [0, ...older]
}

/** The versions before the latest one that people hold no files of. */
export function listNotHeld(plan: MigrationPlan, held: HeldVersions): number[] {
  if (held === 'all') return []
  const isHeld = (version: number) =>
    'since' in held ? version >= held.since : held.versions.includes(version)
  return olderVersions(plan).filter((version) => !isHeld(version))
}

/**
 * The snapshots of a suite that declares none: an empty file, which every new install begins with, and
 * `v1`, `v2` and so on, one for each version before the latest that people hold files of; `v0` is the base.
 */
export function defaultSnapshots(plan: MigrationPlan, held: HeldVersions = 'all'): SnapshotDeclaration[] {
  const notHeld = listNotHeld(plan, held)
  const older = olderVersions(plan).filter((version) => !notHeld.includes(version))
  return [
    {
      name: 'v0-empty',
      version: 0,
      form: 'empty',
      origin: 'a file of zero bytes, as a new install begins',
      releases: [],
    },
    ...older.map((version) => ({
      name: `v${version}`,
      version,
      form: 'versioned',
      origin: 'built from its golden schema and rows; the suite declares no releases',
      releases: [],
    })),
    ...older.filter((version) => isFirstFresh(plan, version, older)).map(declareFresh),
  ]
}

/** Whether it is the first version of which people hold a file that the tool of now alone has made. */
function isFirstFresh(plan: MigrationPlan, version: number, held: readonly number[]): boolean {
  const start = startOfNew(plan, latestVersionOf(plan))
  return start > 0 && version === held.find((each) => each > start)
}

function declareFresh(version: number): SnapshotDeclaration {
  return {
    name: `v${version}-fresh`,
    version,
    form: 'fresh',
    origin: 'made by the tool of now alone, as a new install',
    releases: [],
  }
}

/** Whether the migrations leave such a form behind, so that they can draft it. */
export function isMadeByMigrations(form: SnapshotForm): boolean {
  return form === 'versioned' || form === 'fresh'
}

/** A golden schema that a suite needs: one for each snapshot that is not empty, and one for the latest version. */
export interface GoldenName {
  readonly name: string
  readonly version: number
  /** Whether it is the schema that the migrations leave behind, so that they can draft it. */
  readonly versioned: boolean
  /** Whether the tool of now alone leaves it behind. */
  readonly isFresh?: boolean
}

/** The golden schemas that a suite needs, oldest first. */
export function goldensOf({ plan, snapshots }: Pick<FixtureSuite, 'plan' | 'snapshots'>): GoldenName[] {
  const latest = latestVersionOf(plan)
  const goldens = snapshots
    .filter(({ form }) => form !== 'empty')
    .map(({ name, version, form }): GoldenName => {
      const fresh = form === 'fresh' ? { isFresh: true } : {}
      return { name, version, versioned: isMadeByMigrations(form), ...fresh }
    })
  const name = `v${latest}`
  if (!goldens.some((golden) => golden.name === name))
    goldens.push({ name, version: latest, versioned: true })
  return goldens.sort(byVersion)
}

/** Oldest version first, then by name: the order of every list in the ledger. */
export function byVersion(
  left: { readonly version: number; readonly name: string },
  right: { readonly version: number; readonly name: string },
): number {
  if (left.version !== right.version) return left.version - right.version
  return left.name < right.name ? -1 : Number(left.name > right.name)
}

/** Whether a snapshot is an empty file, or as old as the oldest one with rows. */
export function isOldest(
  snapshots: readonly SnapshotDeclaration[],
  { version }: Pick<SnapshotDeclaration, 'version'>,
): boolean {
  return snapshots.every((other) => other.version === 0 || other.version >= version)
}

/**
 * How far the steps of a snapshot's upgrade are its own: to the version of the next newer one, which stands for it from there on,
 * since what a step does depends on the bytes of the file alone.
 *
 * @returns undefined for the whole way: of the oldest ones, and of the newest
 */
export function lastOwnStep(
  snapshots: readonly SnapshotDeclaration[],
  own: Pick<SnapshotDeclaration, 'version'>,
): number | undefined {
  const newer = snapshots.map(({ version }) => version).filter((version) => version > own.version)
  return isOldest(snapshots, own) || newer.length === 0 ? undefined : Math.min(...newer)
}
