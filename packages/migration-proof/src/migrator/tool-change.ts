import { diffSchemas, isExtraObject } from '../schema/diff.ts'
import type { Schema } from '../schema/model.ts'
import { readSchema } from '../schema/read.ts'
import type { Connection } from '../sql/connection.ts'
import { foldName } from '../sql/names.ts'
import { MigrationFailedError, MigrationRefusedError } from './errors.ts'
import { expectedSchema } from './expected-schema.ts'
import type { Migration, MigrationConnection } from './migration.ts'
import { latestVersionOf, type MigrationPlan, type RunnerRules, type ToolChange } from './plan.ts'
import { runUp } from './run-up.ts'
import type { StatementEvent, StatementObserver } from './statements.ts'
import type { AppliedVersions, VersionStore } from './version-store.ts'

/** A part of a plan whose tool was changed, as a plan of its own with its own numbers. */
export interface PlanPart {
  readonly plan: MigrationPlan
  /** What the whole calls one of its versions; 0 for one that is none of the whole. */
  toWhole(version: number): number
  /** The version of the whole that one of its migrations leads to, or a part of the way. */
  stepOf(version: number): number
  fromWhole(version: number): number
}

/** The parts of a plan whose tool was changed. */
export interface PlanParts {
  /** Its versions have the same numbers in the whole. */
  readonly before: MigrationPlan
  /** All of the tool of now, as that applies it. */
  readonly now: PlanPart
  /** The same as `migrate` applies it to a new file: what an adoption notes is one step. */
  readonly fresh: PlanPart
}

const partsOfPlans = new WeakMap<MigrationPlan, PlanParts>()

/** The parts of a plan; null where its tool was never changed. They are the same each time. */
export function partsOf(plan: MigrationPlan): PlanParts | null {
  const change = plan.runner?.change
  if (change === undefined) return null
  const parts = partsOfPlans.get(plan) ?? split(plan, change)
  partsOfPlans.set(plan, parts)
  return parts
}

function split(plan: MigrationPlan, { before, now }: ToolChange): PlanParts {
  const last = before.migrations.length
  const step = plan.migrations[last]
  const adopted = step?.adopts ?? []
  const later = plan.migrations.slice(adopted.length === 0 ? last : last + 1)
  // Its tool finds them by the ids that it gives them.
  const own = later.map((migration, index): Migration => {
    const { id: _, ...rest } = migration
    const { id } = now.migrations[adopted.length + index] ?? {}
    return { ...rest, ...(id === undefined ? {} : { id }) }
  })
  const [skipped, nowShift] = [adopted.length, last - Math.max(adopted.length - 1, 0)]
  return {
    before: withRunner(
      {
        migrations: plan.migrations.slice(0, last),
        versions: before.versions,
        ...(plan.base === undefined ? {} : { base: plan.base }),
      },
      before.runner,
    ),
    now: {
      plan: withRunner(
        { migrations: renumber([...adopted, ...own]), versions: now.versions, shift: nowShift },
        now.runner,
      ),
      toWhole: (version) => (version < Math.max(skipped, 1) ? 0 : version + nowShift),
      stepOf: (version) => Math.max(version + nowShift, last + 1),
      fromWhole: (version) => Math.max(version - nowShift, 0),
    },
    fresh: {
      plan: {
        migrations: renumber(adopted.length === 0 ? own : [baselineOf(step, adopted), ...own]),
        versions: asOneStep(now.versions, skipped),
        shift: last,
      },
      toWhole: (version) => (version === 0 ? 0 : version + last),
      stepOf: (version) => version + last,
      fromWhole: (version) => Math.max(version - last, 0),
    },
  }
}

function withRunner(plan: MigrationPlan, runner: RunnerRules | undefined): MigrationPlan {
  return runner === undefined ? plan : { ...plan, runner }
}

function renumber(migrations: readonly Migration[]): Migration[] {
  return migrations.map((migration, index) => ({ ...migration, version: index + 1 }))
}

/** What makes a new file, as one step. */
function baselineOf(step: Migration | undefined, adopted: readonly Migration[]): Migration {
  return {
    version: 1,
    name: step?.name ?? '',
    ...(step?.id === undefined ? {} : { id: step.id }),
    ...(step?.file === undefined ? {} : { file: step.file }),
    up: (connection) => {
      for (const migration of adopted) runUp(migration, connection)
    },
    ...(adopted.some(({ foreignKeys }) => foreignKeys === 'off') ? { foreignKeys: 'off' } : {}),
    ...(adopted.some(({ transaction }) => transaction === 'none') ? { transaction: 'none' } : {}),
  }
}

/** A store whose first version is all of the first ids. */
function asOneStep(store: VersionStore, count: number): VersionStore {
  if (count < 2) return store
  const numberOf = (version: number) => Math.max(version - count + 1, 0)
  return {
    tables: store.tables,
    create: (connection) => store.create(connection),
    read: (connection) => {
      const { current, missing, ...rest } = store.read(connection)
      return { ...rest, current: numberOf(current), missing: missing === null ? null : numberOf(missing) }
    },
    record: (connection, version) => {
      for (let index = version === 1 ? 1 : version + count - 1; index <= version + count - 1; index++)
        note(store, connection, index)
    },
  }
}

/** Notes a version as the tool does that begins a note and ends it. */
export function note(store: VersionStore, connection: MigrationConnection, version: number): void {
  store.begin?.(connection, version)
  store.record(connection, version)
}

/** Where a database keeps the versions of a plan. */
export function whereNoted({ versions: { tables } }: MigrationPlan): string {
  return tables[0] === undefined ? 'PRAGMA user_version' : `table ${tables[0]}`
}

/** Which tool notes the version of a database, and where; null where the project has never changed its tool, or none does. */
export function describeNotes(connection: Connection, plan: MigrationPlan): string | null {
  const parts = partsOf(plan)
  if (parts === null) return null
  const noted = readBoth(connection, parts)
  const { before, now } = parts
  const old = before.runner?.tool ?? 'the tool before'
  const own = `${now.plan.runner?.tool ?? 'the tool of now'} in ${whereNoted(now.plan)}`
  const { current } = noted.before
  if (noted.now.current === 0) return current === 0 ? null : `${old} in ${whereNoted(before)}`
  return current === 0 ? own : `${own}, and v${current} by ${old} in ${whereNoted(before)}`
}

/** What both tools note of a database. */
function readBoth(
  connection: Connection,
  { before, now }: PlanParts,
): Record<'before' | 'now', AppliedVersions> {
  return { before: before.versions.read(connection), now: now.plan.versions.read(connection) }
}

/**
 * The part of a plan that a database goes by: one that the tool before never had, since the tool of now made it, or will make it.
 *
 * @param target the version that it is upgraded to
 * @returns null for one that goes by the whole plan
 */
export function findPart(
  connection: Connection,
  plan: MigrationPlan,
  target = latestVersionOf(plan),
): PlanPart | null {
  const parts = partsOf(plan)
  if (parts === null || plan.runner?.change?.newFiles === 'both') return null
  const noted = readBoth(connection, parts)
  if (noted.before.current > 0) return null
  const { current, problem } = noted.now
  if (current === 0 && problem === undefined) {
    return target > latestVersionOf(parts.before) && !hasBase(connection, plan) ? parts.fresh : null
  }
  const version = parts.now.toWhole(current)
  // A first start of the tool was stopped before it had made all that an adoption notes.
  if (version === 0) return parts.now
  // The notes of the tool before may be gone.
  return problem === undefined && version <= latestVersionOf(plan) && isAsAt(connection, plan, version)
    ? null
    : parts.fresh
}

/** Whether a database that notes nothing has a table of the base, as files have that no migration has seen. */
function hasBase(connection: Connection, plan: MigrationPlan): boolean {
  if (plan.base === undefined) return false
  const own = new Set(partsOf(plan)?.now.plan.versions.tables.map(foldName))
  const names = [...expectedSchema(connection, plan, 0).tables.keys()].filter((name) => !own.has(name))
  const found = readSchema(connection).tables
  return names.some((name) => found.has(name))
}

function isAsAt(connection: Connection, plan: MigrationPlan, version: number): boolean {
  try {
    return diffSchemas(expectedSchema(connection, plan, version), readSchema(connection)).every(isExtraObject)
  } catch {
    return false
  }
}

/** The plan that a database goes by, in whose numbers it is judged. */
export function planOf(connection: Connection, plan: MigrationPlan): MigrationPlan {
  return findPart(connection, plan)?.plan ?? plan
}

/**
 * As `expectedSchema`, of a database that may go by a part of the plan.
 *
 * @param version of the whole plan
 */
export function expectedSchemaOf(connection: Connection, plan: MigrationPlan, version: number): Schema {
  const part = findPart(connection, plan)
  return part === null || version === 0
    ? expectedSchema(connection, plan, version)
    : expectedSchema(connection, part.plan, part.fromWhole(version))
}

/** The version before the first one that a new file passes: where the tool of now makes it, the last one of the tool before. */
export function startOfNew(plan: MigrationPlan, target: number): number {
  const change = plan.runner?.change
  if (change === undefined || change.newFiles === 'both') return 0
  const last = latestVersionOf(change.before)
  return target > last ? last : 0
}

/**
 * The version before the first one that the upgrade of a file passes.
 *
 * @param connection the file before its upgrade
 * @param from its version
 */
export function startOfFile(
  connection: Connection,
  plan: MigrationPlan,
  from: number,
  target: number,
): number {
  if (from > 0 || findPart(connection, plan, target) === null) return from
  return startOfNew(plan, target)
}

/** What of the options of an upgrade is about versions. */
interface NumberedOptions {
  readonly target?: number
  readonly afterCommit?: (version: number) => void
  readonly beforeStatement?: StatementObserver
}

/** What of its result is. */
interface NumberedResult {
  readonly from: number
  readonly to: number
  readonly applied: readonly number[]
}

/** Upgrades by a part of a plan; all numbers are those of the whole. */
export function migratePart<Options extends NumberedOptions, Result extends NumberedResult>(
  { plan, toWhole, stepOf, fromWhole }: PlanPart,
  options: Options,
  upgrade: (plan: MigrationPlan, options: Options) => Result,
): Result {
  const { target, afterCommit, beforeStatement } = options
  try {
    const result = upgrade(plan, {
      ...options,
      ...(target === undefined ? {} : { target: fromWhole(target) }),
      ...(afterCommit === undefined
        ? {}
        : { afterCommit: (version: number) => afterCommit(stepOf(version)) }),
      ...(beforeStatement === undefined
        ? {}
        : {
            beforeStatement: ({ sql, version }: StatementEvent) =>
              beforeStatement({ sql, version: version === null ? null : stepOf(version) }),
          }),
    })
    const applied = [...new Set(result.applied.map(toWhole))].filter((version) => version > 0)
    return { ...result, from: toWhole(result.from), to: toWhole(result.to), applied }
  } catch (error) {
    const isOfMigration = error instanceof MigrationFailedError || error instanceof MigrationRefusedError
    throw isOfMigration ? error.renumbered(stepOf, toWhole) : error
  }
}
