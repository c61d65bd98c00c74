import { fileURLToPath } from 'node:url'
import type { Migration } from '../migrator/migration.ts'
import { definePlan, type MigrationPlan } from '../migrator/plan.ts'
import type { VersionStore } from '../migrator/version-store.ts'
import { defaultSnapshots, type SnapshotDeclaration } from '../snapshots/declaration.ts'
import { checkConfig } from './check-config.ts'
import { checkTables } from './check-tables.ts'
import type { ContractDeclaration, Facts, TableDeclaration } from './facts.ts'
import { completeFacts } from './facts-at.ts'

/** What a project gives to have its upgrades proven. */
export interface SuiteDefinition {
  /** The name of the database, as reports show it. */
  readonly name: string
  readonly migrations: readonly Migration[]
  /** Where the database keeps its version; defaults to the table `schema_version`. */
  readonly versions?: VersionStore
  /** The folder of manifest, snapshots, golden schemas and rows: a path, or a `file:` URL. */
  readonly fixtures: string | URL
  /** The files that people still hold; defaults to one for each version, and an empty one. */
  readonly snapshots?: readonly SnapshotDeclaration[]
  /**
   * What each version must hold and do, written by hand: every table that any version has. Without them, those oracles
   * have nothing to say.
   */
  readonly tables?: readonly TableDeclaration[]
  /** Statements that the application runs, each with the index that must serve it. */
  readonly contracts?: readonly ContractDeclaration[]
  /** The weaknesses of the schema that are accepted, each with its reason. */
  readonly waivers?: readonly Waiver[]
  /** The mutants that nothing can tell from the original, each looked at by a person. */
  readonly equivalentMutants?: readonly EquivalentMutants[]
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
  /** Path of the folder of the migrations' source files; null for that of the config. */
  readonly sources: string | null
  readonly engineResults: string | null
}

/**
 * Binds migrations to their fixtures and facts. A relative path is that from the config's file where a command loads it,
 * and that from the working directory otherwise.
 *
 * @throws {ConfigError} when a field is unknown or has the wrong form
 * @throws {MigrationPlanError} when the migrations are not numbered 1, 2, 3 and so on
 * @throws {TableDeclarationError} when a table is declared in a way that no table can be
 *
 * @example
 * ```js
 * import { defineConfig } from 'migration-proof'
 *
 * const up = (database) => database.exec('CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)')
 * const config = defineConfig({ name: 'notes', migrations: [{ version: 1, name: 'notes', up }], fixtures: 'fixtures' })
 * console.log(config.snapshots.map(({ name }) => name)) // [ 'v0-empty' ]
 * ```
 */
export function defineConfig(definition: SuiteDefinition): Suite {
  checkConfig(definition)
  const plan = definePlan(definition.migrations, definition.versions)
  const {
    name,
    fixtures,
    snapshots = defaultSnapshots(plan),
    tables = [],
    contracts = [],
    waivers = [],
    equivalentMutants = [],
    sources = null,
    engineResults = null,
  } = definition
  checkTables(tables, plan.migrations.length)
  return {
    name,
    plan,
    fixtures: pathOf(fixtures),
    snapshots,
    facts: completeFacts(tables, contracts, plan.migrations.length),
    waivers,
    equivalentMutants,
    sources: sources === null ? null : pathOf(sources),
    engineResults: engineResults === null ? null : pathOf(engineResults),
  }
}

function pathOf(given: string | URL): string {
  return given instanceof URL ? fileURLToPath(given) : given
}

/** Findings that are accepted, and why. A waiver that waives nothing is itself a failure. */
export interface Waiver {
  /** The code of the rule, such as `pk-nullable`. */
  readonly code: string
  /** The objects of the findings, as they are shown. */
  readonly objects: readonly string[]
  readonly reason: string
}

/** Mutants that nothing can tell from the original, named by hand. */
export interface EquivalentMutants {
  readonly reason: string
  readonly mutants: readonly string[]
}
