import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { noteShippedEngine, provideFunctions, type SqlFunction } from '../engines/better-sqlite3.ts'
import { type EngineName, isEngineName } from '../engines/engine-names.ts'
import { findConfigFolder, resolveFolder } from '../history/sql-folder.ts'
import type { Migration } from '../migrator/migration.ts'
import { definePlan, type MigrationPlan, type RunnerRules } from '../migrator/plan.ts'
import type { VersionStore } from '../migrator/version-store.ts'
import { readBase } from '../snapshots/base.ts'
import {
  defaultSnapshots,
  type HeldVersions,
  listNotHeld,
  type SnapshotDeclaration,
} from '../snapshots/declaration.ts'
import { isGolden } from '../snapshots/golden-review.ts'
import { checkConfig, checkContractTables, checkHeldVersions, configError } from './check-config.ts'
import { checkTables } from './check-tables.ts'
import { type Declarations, withDeclarations } from './declare.ts'
import type { DeviationDeclaration } from './deviation.ts'
import type { ContractDeclaration, Facts, TableDeclaration } from './facts.ts'
import { completeFacts } from './facts-at.ts'
import type { Replication } from './replication.ts'

/** What a project declares to have its upgrades proven. */
export interface SuiteDefinition {
  /** The name of the database, as reports show it. */
  readonly name: string
  readonly migrations: readonly Migration[]
  /**
   * What is declared of migrations that files of another tool hold, by their ids: `{ '20260131120000': { dataChanges: [ … ] } }`. It
   * is the same as if it were written in the migration.
   */
  readonly declare?: Declarations
  /** Where the database keeps its version; defaults to the table `schema_version`. */
  readonly versions?: VersionStore
  /** How the tool of the project applies the migrations; defaults to the migrator of this package. */
  readonly runner?: RunnerRules
  /**
   * What precedes the first migration: a file of SQL, or a database file, as a path or a `file:` URL; defaults to nothing, so that
   * the first migration begins with an empty database.
   */
  readonly base?: string | URL
  /** The folder of manifest, snapshots, golden schemas and rows: a path, or a `file:` URL; defaults to `fixtures`. */
  readonly fixtures?: string | URL
  /**
   * The files of older versions that still exist: a declaration of each, or the versions, as `{ since: 54 }` or
   * `{ versions: [12, 40] }`; defaults to `'all'`, and an empty one.
   */
  readonly snapshots?: readonly SnapshotDeclaration[] | HeldVersions
  /**
   * The tables of all versions, declared by hand: what each version must hold and do. Without them, the checks of
   * declarations and behaviour have nothing to compare.
   */
  readonly tables?: readonly TableDeclaration[]
  /** Statements that the application runs, each with the index that must serve it. */
  readonly contracts?: readonly ContractDeclaration[]
  /** The weaknesses of the schema that are accepted, each with its reason. */
  readonly waivers?: readonly Waiver[]
  /** The mutants that behave exactly like the original, each reviewed by a person. */
  readonly equivalentMutants?: readonly EquivalentMutants[]
  /**
   * The engine that the application ships, such as `'node:sqlite'`: what is proven runs on it, too. Or the oldest SQLite that
   * opens the database, such as `'>=3.40'`: what that knows is no finding. Or both, and what the driver's constructor is
   * given, in an object.
   */
  readonly engine?: EngineName | OldestEngine | EngineDeclaration
  /** What engines do otherwise than better-sqlite3, each with its reason. */
  readonly deviations?: readonly DeviationDeclaration[]
  /**
   * What every connection of the application does: with `foreignKeys: true`, it switches foreign keys on; `functions` are
   * those that it defines, such as `regexp`, and that the schema or a migration calls.
   */
  readonly connection?: ConnectionPromise
  /** The folder of the source files of the migrations: a path, or a `file:` URL; defaults to that of the config. */
  readonly sources?: string | URL
  /** What replicates the database to other nodes, such as `'rqlite'`: `lint` then reports what they cannot do alike. */
  readonly replication?: Replication
  /** A file with the results of tests on other engines, for the report: a path, or a `file:` URL. */
  readonly engineResults?: string | URL
}

/** A migration history with everything that is needed to prove its upgrades. */
export interface Suite {
  readonly name: string
  readonly plan: MigrationPlan
  /** The path of the fixtures folder. */
  readonly fixtures: string
  readonly snapshots: readonly SnapshotDeclaration[]
  /** The versions before the latest one that no one holds a file of, as the config says. */
  readonly notHeld: readonly number[]
  readonly facts: Facts
  readonly waivers: readonly Waiver[]
  readonly equivalentMutants: readonly EquivalentMutants[]
  /** The engine that the application ships. */
  readonly engine: EngineName
  /** What the application passes to the constructor of its driver. */
  readonly engineOptions: Readonly<Record<string, unknown>>
  /** The oldest SQLite that opens the database, such as `3.40`; null where it is not known. */
  readonly oldestEngine: string | null
  readonly deviations: readonly DeviationDeclaration[]
  readonly connection: ConnectionPromise
  /** Null where the database is not replicated. */
  readonly replication: Replication | null
  /** The path of the folder with the source files of the migrations; null for that of the config. */
  readonly sources: string | null
  readonly engineResults: string | null
}

/**
 * Binds migrations to their fixtures and declarations. Relative paths are resolved against the folder of the config if a
 * command loads it, or if a file `migration-proof.config.…` calls this, and otherwise against the working directory.
 *
 * @throws {ConfigError} when a field is unknown or has the wrong form, or a declaration names no migration
 * @throws {MigrationPlanError} when the migrations are not numbered 1, 2, 3 and so on
 * @throws {TableDeclarationError} when the declaration of a table is invalid
 * @throws {BaseError} when what precedes the first migration cannot be read or run
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
  const {
    name,
    fixtures = 'fixtures',
    snapshots: held = 'all',
    tables = [],
    contracts = [],
    waivers = [],
    equivalentMutants = [],
    engine,
    deviations = [],
    connection = {},
    replication = null,
    sources = null,
    engineResults = null,
  } = definition
  const engineFields = readEngine(engine)
  noteShippedEngine(engineFields.engine)
  provideFunctions(connection.functions ?? {}, isGolden(pathOf(fixtures)))
  const plan = planOf(definition)
  checkHeldVersions(held, plan.base === undefined ? 1 : 0, plan.migrations.length)
  checkTables(tables, plan.migrations.length)
  if (tables.length > 0)
    checkContractTables(contracts, [...tables.map((table) => table.name), ...plan.versions.tables])
  return {
    name,
    plan,
    fixtures: pathOf(fixtures),
    snapshots: isDeclared(held) ? held : defaultSnapshots(plan, held),
    notHeld: isDeclared(held) ? [] : listNotHeld(plan, held),
    facts: completeFacts(tables, contracts, plan.migrations.length),
    waivers,
    equivalentMutants,
    ...engineFields,
    deviations,
    connection,
    replication,
    sources: sources === null ? null : pathOf(sources),
    engineResults: engineResults === null ? null : pathOf(engineResults),
  }
}

/** The migrations are checked before and after: a declaration may name one that has no proper form. */
function planOf({ migrations, declare, versions, runner, base }: SuiteDefinition): MigrationPlan {
  const given = definePlan(migrations, versions, runner)
  const plan =
    declare === undefined
      ? given
      : definePlan(withDeclarations(given.migrations, declare, configError), versions, runner)
  return base === undefined ? plan : { ...plan, base: readBase(resolveFolder(base), plan.versions) }
}

function readEngine(
  declared: SuiteDefinition['engine'] = {},
): Pick<Suite, 'engine' | 'engineOptions' | 'oldestEngine'> {
  if (isEngineName(declared)) return readEngine({ name: declared })
  if (typeof declared === 'string') return readEngine({ oldest: declared })
  const { name = 'better-sqlite3', oldest, options = {} } = declared
  return { engine: name, engineOptions: options, oldestEngine: oldest?.replace('>=', '') ?? null }
}

function isDeclared(held: NonNullable<SuiteDefinition['snapshots']>): held is readonly SnapshotDeclaration[] {
  return Array.isArray(held)
}

/** A command knows the folder of the config that it loads, and so does a config that a test imports. */
function pathOf(given: string | URL): string {
  if (given instanceof URL) return fileURLToPath(given)
  const folder = findConfigFolder()
  return folder === null ? given : resolve(folder, given)
}

/** The oldest SQLite that opens the database. */
export type OldestEngine = `>=3.${number}` | `>=3.${number}.${number}`

/** The engine of an application in full. */
export interface EngineDeclaration {
  /** Defaults to `better-sqlite3`. */
  readonly name?: EngineName
  readonly oldest?: OldestEngine
  /**
   * What the application passes to the constructor of its driver, as data: `{ enableDoubleQuotedStringLiterals: true }` of
   * `node:sqlite`.
   */
  readonly options?: Readonly<Record<string, unknown>>
}

/** What every connection of an application does, which no file can require. */
export interface ConnectionPromise {
  /** Whether it runs `PRAGMA foreign_keys = ON`. */
  readonly foreignKeys?: boolean
  /**
   * The functions that it defines, by the names by which SQL calls them. They must be deterministic. Every database that the
   * process opens from then on has them.
   */
  readonly functions?: Readonly<Record<string, SqlFunction>>
}

/** Accepted findings, with the reason. An unused waiver is a failure. */
export interface Waiver {
  /** The code of the rule, such as `pk-nullable`. */
  readonly code: string
  /** The objects of the findings, as printed. */
  readonly objects: readonly string[]
  readonly reason: string
}

/** Mutants that behave exactly like the original, listed by hand. */
export interface EquivalentMutants {
  readonly reason: string
  readonly mutants: readonly string[]
}
