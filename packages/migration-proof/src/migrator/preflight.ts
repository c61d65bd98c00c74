import { type Difference, diffSchemas, isExtraObject } from '../schema/diff.ts'
import { listObjects, nameKeyOf, type Schema, type SchemaObject } from '../schema/model.ts'
import { readSchema } from '../schema/read.ts'
import type { Connection } from '../sql/connection.ts'
import { lacksBase } from './base.ts'
import { SchemaDriftError } from './errors.ts'
import { expectedSchema } from './expected-schema.ts'
import { latestVersionOf, type MigrationPlan, shown } from './plan.ts'
import { findPart } from './tool-change.ts'
import { readConsistently } from './transaction.ts'
import { diffFromExpected, readVersion } from './versions.ts'

/** What is known of a database before anything is changed. */
export interface Preflight {
  readonly version: number
  /** Whether the version is one that the plan does not know: newer software made the database. */
  readonly isUnknown: boolean
  /** Objects that no version of the plan creates: the user's own. They are kept. */
  readonly extras: readonly SchemaObject[]
}

/**
 * Checks, without a change, whether a database can be migrated: its schema must be what its version says, and
 * a name that a later version creates must be free, or be taken by an identical object. An empty one becomes what the plan says.
 *
 * @throws {VersionTableError} when the version cannot be read
 * @throws {SchemaDriftError} when the schema differs
 */
export function preflight(
  connection: Connection,
  plan: MigrationPlan,
  target = latestVersionOf(plan),
): Preflight {
  return readConsistently(connection, () => {
    const part = findPart(connection, plan, target)
    if (part === null) return look(connection, plan, target)
    const seen = look(connection, part.plan, part.fromWhole(target))
    return { ...seen, version: part.toWhole(seen.version) }
  })
}

function look(connection: Connection, plan: MigrationPlan, target: number): Preflight {
  const version = readVersion(connection, plan)
  if (version > latestVersionOf(plan)) return { version, isUnknown: true, extras: [] }
  if (lacksBase(connection, plan)) return { version, isUnknown: false, extras: [] }
  const extras = findKept(connection, plan, version, target)
  return { version, isUnknown: false, extras }
}

/**
 * The objects of a database that its version does not know.
 *
 * @param actual its schema, where it was read already
 * @throws {SchemaDriftError} when an object that the version does know is missing or differs
 */
export function findExtras(
  connection: Connection,
  plan: MigrationPlan,
  version: number,
  actual = readSchema(connection),
): readonly SchemaObject[] {
  return remember(plan, actual, `extras at ${version}`, () =>
    compareWithVersion(connection, plan, version, actual),
  )
}

/** The extras that no later version takes over. */
function findKept(
  connection: Connection,
  plan: MigrationPlan,
  version: number,
  target: number,
): readonly SchemaObject[] {
  const actual = readSchema(connection)
  return remember(plan, actual, `extras at ${version} that ${target} keeps`, () => {
    const extras = findExtras(connection, plan, version, actual)
    const adopted = findAdopted(connection, plan, version, target, actual, extras)
    return extras.filter((extra) => !adopted.has(nameKeyOf(extra)))
  })
}

type Answers = Map<string, readonly SchemaObject[]>

const answersOfPlans = new WeakMap<MigrationPlan, WeakMap<Schema, Answers>>()

/** A schema that was read before is the same object, and was already compared. Errors are not kept. */
function remember(
  plan: MigrationPlan,
  schema: Schema,
  question: string,
  answer: () => readonly SchemaObject[],
): readonly SchemaObject[] {
  const answersOfSchemas = answersOfPlans.get(plan) ?? new WeakMap<Schema, Answers>()
  answersOfPlans.set(plan, answersOfSchemas)
  const answers = answersOfSchemas.get(schema) ?? new Map<string, readonly SchemaObject[]>()
  answersOfSchemas.set(schema, answers)
  const found = answers.get(question) ?? answer()
  answers.set(question, found)
  return found
}

function compareWithVersion(
  connection: Connection,
  plan: MigrationPlan,
  version: number,
  actual: Schema,
): SchemaObject[] {
  const differences = diffFromExpected(expectedSchema(connection, plan, version), actual, plan)
  const [first, ...others] = differences.filter((difference) => !isExtraObject(difference))
  if (first !== undefined) {
    const fix = 'compare the file with its version, and correct or restore it before it is migrated'
    throw new SchemaDriftError(`Schema at version ${shown(plan, version)}`, [first, ...others], fix)
  }
  return differences.map(({ object }) => object)
}

/** The extras that are identical to what a later version creates, and which it therefore takes over. */
function findAdopted(
  connection: Connection,
  plan: MigrationPlan,
  version: number,
  target: number,
  actual: Schema,
  extras: readonly SchemaObject[],
): ReadonlySet<string> {
  const adopted = new Set<string>()
  if (extras.length === 0) return adopted
  for (const [later, objects] of listLater(connection, plan, version, target)) {
    const expected = expectedSchema(connection, plan, later)
    const taken = extras.filter((extra) => objects.has(nameKeyOf(extra)) && !adopted.has(nameKeyOf(extra)))
    for (const extra of taken) {
      refuseOtherType(extra, objects.get(nameKeyOf(extra)), later)
      adopted.add(nameKeyOf(extra))
    }
    const keys = new Set(taken.map(nameKeyOf))
    refuseOtherShape(
      diffSchemas(expected, actual).filter(({ object }) => keys.has(nameKeyOf(object))),
      later,
    )
  }
  return adopted
}

/** For each version still to come, the objects that it has, by name. */
function* listLater(connection: Connection, plan: MigrationPlan, version: number, target: number) {
  for (let later = version + 1; later <= target; later++) {
    const objects = tryExpectedObjects(connection, plan, later)
    // A migration that fails in an empty database fails in the file as well, and is reported from there.
    if (objects === null) return
    yield [later, new Map(objects.map((object) => [nameKeyOf(object), object]))] as const
  }
}

function tryExpectedObjects(connection: Connection, plan: MigrationPlan, version: number) {
  try {
    return listObjects(expectedSchema(connection, plan, version))
  } catch {
    return null
  }
}

function refuseOtherType(extra: SchemaObject, expected: SchemaObject | undefined, version: number) {
  if (expected === undefined || expected.type === extra.type) return
  const difference: Difference = {
    object: extra,
    kind: 'different',
    aspect: 'type',
    expected: `${expected.type} ${expected.name}`,
    actual: `${extra.type} ${extra.name}`,
  }
  throw nameTaken(version, [difference])
}

function refuseOtherShape(differences: readonly Difference[], version: number) {
  const [first, ...others] = differences
  if (first !== undefined) throw nameTaken(version, [first, ...others])
}

function nameTaken(version: number, differences: readonly [Difference, ...Difference[]]) {
  const fix = 'rename or drop what is in the way, or restore the file from a backup'
  return new SchemaDriftError(`Name that version ${version} needs`, differences, fix)
}
