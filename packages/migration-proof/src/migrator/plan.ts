import type { Connection } from '../sql/connection.ts'
import type { Base } from './base.ts'
import { checkMigrations, MigrationPlanError } from './check-migrations.ts'
import type { Migration } from './migration.ts'
import { type VersionStore, versionTable } from './version-store.ts'

/** A whole history: every migration in order, and where a database keeps its version. */
export interface MigrationPlan {
  readonly migrations: readonly Migration[]
  readonly versions: VersionStore
  /** How the tool of the project applies them; left out where the migrator of this package does. */
  readonly runner?: RunnerRules
  /** What precedes the first migration; left out where that begins with an empty database. */
  readonly base?: Base
  /** What its numbers are short of those of the plan that it is a part of; left out where it is none. */
  readonly shift?: number
}

/** By which rules a tool applies migrations. */
export interface RunnerRules {
  /** The tool, such as `drizzle-orm`. */
  readonly tool: string
  /** What is one transaction: all that is pending, each migration with its version row, or nothing. */
  readonly transaction: 'all' | 'each' | 'none'
  /** Whether its connection enforces foreign keys when it begins. A PRAGMA in a migration acts as SQLite lets it. */
  readonly foreignKeys: 'on' | 'off'
  /** Whether it notes a migration only after the transaction of that is committed. */
  readonly notesLater?: boolean
  /** Whether it commits a lock before the first migration, so that a stop in any of them leaves it locked. */
  readonly keepsLock?: boolean
  /** What a file needs between two statements, after the semicolon, where the tool does not find their ends itself. */
  readonly separator?: string
  /** Why the engine of the tool refuses a statement that SQLite would run, as the tool says it; null where it does not. */
  readonly refuses?: (sql: string) => string | null
  /** The version that is installed, where the tool itself is run. */
  readonly version?: string
  /** Lets the tool itself apply the migrations, and note them; left out where its rules are emulated. */
  readonly run?: RunTool
  /** Where the project has changed its tool: the histories of both. */
  readonly change?: ToolChange
  /**
   * Finds the program of the tool, where the project has it: what it leaves is compared with what the emulated rules leave. It is
   * looked for when it is first asked for.
   */
  readonly program?: () => ToolProgram | null
}

/** The two tools of a project that has changed its tool. Its first versions are those of the tool before. */
export interface ToolChange {
  readonly before: MigrationPlan
  /** Numbered by itself, from its first migration on. */
  readonly now: MigrationPlan
  /** What makes a new file: the tool of now alone, or both, one after the other. */
  readonly newFiles: 'now' | 'both'
}

/** By which rules a migration is applied, where the project has changed its tool; undefined for those of the migrator. */
export function rulesOf(
  runner: RunnerRules | undefined,
  { version, adopts }: Pick<Migration, 'version' | 'adopts'>,
): RunnerRules | undefined {
  if (runner?.change === undefined) return runner
  if (adopts !== undefined) return undefined
  const { before, now } = runner.change
  return version <= before.migrations.length ? before.runner : now.runner
}

/** A program that applies migrations to a file, in a process of its own. */
export interface ToolProgram {
  readonly version: string
  /** Applies the migrations up to a version. @throws {Error} with what the program reports, where it fails */
  apply(path: string, target: number): void
}

/** Whether a stop may leave half of a migration, or all of it without its note, by the rules of the tool of a project. */
export function mayStayHalf(all: RunnerRules | undefined, migration: Migration): boolean {
  const runner = rulesOf(all, migration)
  const { transaction } = migration
  if (runner === undefined) return false
  return runner.transaction === 'none' || transaction === 'none' || runner.notesLater === true
}

/**
 * Applies migrations with the tool of a project.
 *
 * @param connection executes each statement of the tool, and may stop it there
 * @param pending the migrations up to the target that the database has not had, at least one
 * @param facts the same database, by a connection that nothing follows: for what is asked beside the statements of the tool
 */
export type RunTool = (connection: Connection, pending: readonly Migration[], facts: Connection) => void

/**
 * Makes a plan of an explicit list of migrations.
 *
 * @param versions where the version is kept; defaults to the table `schema_version`
 * @param runner how the tool of the project applies the migrations; defaults to the migrator of this package
 * @throws {MigrationPlanError} when the list is empty, or not numbered 1, 2, 3 and so on without a gap, or when a
 *   migration has a field that is unknown or wrong
 *
 * @example
 * ```js
 * import { definePlan } from 'migration-proof'
 *
 * const up = (database) => database.exec('CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)')
 * const plan = definePlan([{ version: 1, name: 'notes', up }])
 * console.log(plan.migrations.length) // 1
 * ```
 */
export function definePlan(
  migrations: readonly Migration[],
  versions: VersionStore = versionTable('schema_version'),
  runner?: RunnerRules,
): MigrationPlan {
  checkMigrations(migrations)
  if (migrations.length === 0) {
    throw new MigrationPlanError({
      where: 'The list of migrations',
      expected: 'at least one migration',
      actual: 'none',
      fix: 'add the migration of version 1',
    })
  }
  migrations.forEach(({ version, name }, position) => {
    if (version !== position + 1) {
      throw new MigrationPlanError({
        where: `The list of migrations, at position ${position + 1}`,
        expected: `version ${position + 1}`,
        actual: `version ${version} (${name})`,
        fix: 'number the migrations 1, 2, 3 and so on, each once, and list them in that order',
      })
    }
  })
  return { migrations, versions, ...(runner === undefined ? {} : { runner }) }
}

/** A version as the plan calls it that this one is a part of. */
export function shown({ shift = 0 }: MigrationPlan, version: number): number {
  return version === 0 ? 0 : version + shift
}

/** The highest version that the plan leads to. */
export function latestVersionOf(plan: MigrationPlan): number {
  return plan.migrations.length
}

const shorterPlans = new WeakMap<MigrationPlan, Map<number, MigrationPlan>>()
const wholePlans = new WeakMap<MigrationPlan, MigrationPlan>()

/** The plan that another one is the beginning of, as `planUpTo` made it; otherwise the plan itself. */
export function wholeOf(plan: MigrationPlan): MigrationPlan {
  return wholePlans.get(plan) ?? plan
}

/**
 * A plan up to one version. It is the same each time: what a plan builds is remembered by it. Where the project has changed its
 * tool, it leads from nothing through all versions, as no new file goes.
 */
export function planUpTo(plan: MigrationPlan, version: number): MigrationPlan {
  return remembered(shorterPlans, plan, version, () => cut(plan, version))
}

/** A plan that was made of another one and a version, which is the same each time. */
function remembered(
  plans: WeakMap<MigrationPlan, Map<number, MigrationPlan>>,
  plan: MigrationPlan,
  version: number,
  make: () => MigrationPlan,
): MigrationPlan {
  const known = plans.get(plan) ?? new Map<number, MigrationPlan>()
  plans.set(plan, known)
  const shorter = known.get(version) ?? make()
  known.set(version, shorter)
  wholePlans.set(shorter, wholeOf(plan))
  return shorter
}

function cut({ runner, ...plan }: MigrationPlan, version: number): MigrationPlan {
  const shorter = { ...plan, migrations: plan.migrations.slice(0, version) }
  if (runner === undefined) return shorter
  const { change: _, ...rules } = runner
  return { ...shorter, runner: rules }
}

const endedPlans = new WeakMap<MigrationPlan, Map<number, MigrationPlan>>()

/** A plan up to one version, by which a new file goes as by the whole. It is the same each time. */
export function endAt(plan: MigrationPlan, version: number): MigrationPlan {
  const last = plan.runner?.change?.before.migrations.length ?? version
  if (version <= last) return planUpTo(plan, version)
  return remembered(endedPlans, plan, version, () => ({
    ...plan,
    migrations: plan.migrations.slice(0, version),
  }))
}

/** The same plan, which leads from nothing through all versions even where a new file does not go that way. */
export function everyStepOf(plan: MigrationPlan): MigrationPlan {
  return plan.runner?.change === undefined ? plan : planUpTo(plan, latestVersionOf(plan))
}
