import { fileURLToPath } from 'node:url'
import type { Migration } from '../migrator/migration.ts'
import { definePlan, type MigrationPlan } from '../migrator/plan.ts'
import type { VersionStore } from '../migrator/version-store.ts'
import { defaultSnapshots, type SnapshotDeclaration } from '../snapshots/declaration.ts'
import type { Facts } from './facts.ts'
import type { EquivalentMutants, Waiver } from './waiver.ts'

/** What a project gives to have its upgrades proven. */
export interface SuiteDefinition {
  /** The name of the database, as reports show it. */
  readonly name: string
  readonly migrations: readonly Migration[]
  /** Where the database keeps its version; the table `schema_version` unless told otherwise. */
  readonly versions?: VersionStore
  /** The folder of manifest, snapshots, golden schemas and rows: a path, or a `file:` URL. */
  readonly fixtures: string | URL
  /** The files that people still hold; one for each version, and an empty one, unless told otherwise. */
  readonly snapshots?: readonly SnapshotDeclaration[]
  /** What each version must hold, written by hand. Without them, that oracle has nothing to say. */
  readonly facts?: Facts
  /** The weaknesses of the schema that are accepted, each with its reason. */
  readonly waivers?: readonly Waiver[]
  /** The mutants that nothing can tell from the original, each looked at by a person. */
  readonly equivalentMutants?: readonly EquivalentMutants[]
  /** Loads the models of the tables, by which random rows are made and judged. */
  readonly models?: () => Promise<unknown>
  /** The folder of the migrations' source files: a path, or a `file:` URL; by default that of the config. */
  readonly sources?: string | URL
  /** A file with the results of tests on other engines, for the report: a path, or a `file:` URL. */
  readonly engineResults?: string | URL
}

/** A migration history with all that is needed to prove its upgrades. */
export interface Suite {
  readonly name: string
  readonly plan: MigrationPlan
  /** Path of the folder of fixtures. */
  readonly fixtures: string
  readonly snapshots: readonly SnapshotDeclaration[]
  readonly facts: Facts
  readonly waivers: readonly Waiver[]
  readonly equivalentMutants: readonly EquivalentMutants[]
  readonly models: (() => Promise<unknown>) | null
  /** Path of the folder of the migrations' source files; null for that of the config. */
  readonly sources: string | null
  readonly engineResults: string | null
}

/**
 * Binds migrations to their fixtures and facts.
 *
 * @throws {MigrationPlanError} when the migrations are not numbered 1, 2, 3 and so on
 */
export function defineConfig(definition: SuiteDefinition): Suite {
  const plan = definePlan(definition.migrations, definition.versions)
  const {
    name,
    fixtures,
    snapshots = defaultSnapshots(plan),
    facts = { tables: [], contracts: [] },
    waivers = [],
    equivalentMutants = [],
    models = null,
    sources = null,
    engineResults = null,
  } = definition
  return {
    name,
    plan,
    fixtures: pathOf(fixtures),
    snapshots,
    facts,
    waivers,
    equivalentMutants,
    models,
    sources: sources === null ? null : pathOf(sources),
    engineResults: engineResults === null ? null : pathOf(engineResults),
  }
}

function pathOf(given: string | URL): string {
  return given instanceof URL ? fileURLToPath(given) : given
}
