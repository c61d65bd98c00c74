import { preparedConnection } from '../../behaviour/databases.ts'
import type { Check } from '../../checks/check.ts'
import type { RerunSubject } from '../../checks/subject.ts'
import { betterSqliteConnection, type Database, openImage, openMemory } from '../../engines/better-sqlite3.ts'
import { DiagnosedError } from '../../errors.ts'
import { MigrationRefusedError } from '../../migrator/errors.ts'
import { continueSchemas, expectedSchema } from '../../migrator/expected-schema.ts'
import { migrate } from '../../migrator/migrate.ts'
import { latestVersionOf, type MigrationPlan } from '../../migrator/plan.ts'
import type { Problem } from '../../problem.ts'
import type { Suite } from '../../proof/suite.ts'
import { diffSchemas } from '../../schema/diff.ts'
import type { Schema } from '../../schema/model.ts'
import { readSchema } from '../../schema/read.ts'
import { withStillClock, withStillJavaScript } from '../../snapshots/clock.ts'
import { readGoldenSchema } from '../../snapshots/golden-review.ts'
import type { Connection } from '../../sql/connection.ts'
import { quoteName } from '../../sql/names.ts'
import { type FaultSite, type Mutant, noFault } from '../model.ts'
import { chooseStarts, openStart, type Start } from '../starts.ts'

/** A database as bytes, how its upgrade ended, and whether the upgrade left foreign keys on. */
interface Image {
  readonly bytes: Buffer
  readonly hasForeignKeysOn: boolean
  /** Null if the upgrade succeeded. */
  readonly error: unknown
}

interface MutantImages {
  /** New installs, by version, where they do not depend on what a migrator does. */
  readonly foreseen: ReadonlyMap<number, Image>
  readonly others: Map<string, Image>
  /** Whether the fault does nothing to files, by their version. */
  readonly untouched: Map<number, boolean>
}

/** One upgrade by a mutant. */
export interface MutantUpgrade {
  readonly name: string
  /** The error; null if it succeeded. */
  error(): unknown
  /** Opens a copy of the database that it left, even if it failed. */
  withSubject<Result>(work: (subject: RerunSubject) => Result): Result
  /** By check, what is found of the file where an upgrade leaves it as it was, whichever mutant that is; null where it changed. */
  sharedProblems(): Map<Check, readonly Problem[]> | null
}

/**
 * The databases of mutants. Each is built once, from the version before the fault, which all mutants of that version share;
 * every check gets a copy.
 */
export interface Databases {
  /**
   * The upgrades of a mutant that provide what a check needs, those first where most faults show. Of a file to which the fault
   * does nothing, the migrations as they are have been tried already: it is left out where nothing else is compared with it.
   */
  listUpgrades(mutant: Mutant, needs: Check['needs']): readonly MutantUpgrade[]
  /** Opens the mutant's database of a version, built from scratch, for work that changes no schema. */
  withFresh<Result>(mutant: Mutant, version: number, work: (connection: Connection) => Result): Result
  /** Opens a new install of the latest version. @throws what the install failed with */
  withInstall<Result>(mutant: Mutant, work: (connection: Connection) => Result): Result
  /** Opens the database right before the migration that has the fault. */
  withPrefix<Result>(mutant: Mutant, work: (connection: Connection) => Result): Result
  close(): void
}

/** At how many statements an upgrade is interrupted: a fault in the data has the same effect at each of them. */
const stops: Readonly<Record<FaultSite, number>> = { data: 2, migrator: 8, schema: 2 }

/**
 * @param suite the suite that the mutants were made from: up to its fault, a mutant builds the same database
 * @param starts the files that are upgraded
 */
export function makeDatabases(suite: Suite, starts: readonly Start[]): Databases {
  const prefixes = new Map<number, Start>()
  const schemas = new Map<number, Schema>()
  const images = new WeakMap<Mutant, MutantImages>()
  const ofUnchanged = new Map<string, Map<Check, readonly Problem[]>>()

  const engine = betterSqliteConnection(openMemory())
  const original: Mutant = {
    id: 'original',
    operator: noFault,
    site: 'schema',
    version: 1,
    object: 'none',
    fault: 'changes nothing',
    plan: suite.plan,
    migrate,
  }

  const prefixOf = ({ site, version }: Mutant) => {
    // Only a faulty migrator is faulty from the start.
    const before = site === 'migrator' ? 0 : version - 1
    const prefix = prefixes.get(before) ?? openPrefix(suite.plan, before, starts)
    prefixes.set(before, prefix)
    return prefix
  }
  const imagesOf = (mutant: Mutant) => {
    const known = images.get(mutant)
    if (known !== undefined) return known
    const foreseen = foresee(suite.plan, mutant, prefixOf(mutant))
    const made: MutantImages = { foreseen, others: new Map(), untouched: new Map() }
    images.set(mutant, made)
    return made
  }
  const remember = (mutant: Mutant, key: string, make: () => Image) => {
    const { others } = imagesOf(mutant)
    const image = others.get(key) ?? make()
    others.set(key, image)
    return image
  }
  const isUntouched = (mutant: Mutant, start: Start) => {
    if (mutant.operator === noFault || mutant.migrate !== migrate || start.version < mutant.version)
      return false
    const { untouched } = imagesOf(mutant)
    const known = untouched.get(start.version) ?? hasSameRest(engine, suite.plan, mutant.plan, start.version)
    untouched.set(start.version, known)
    return known
  }
  const imageOf = (mutant: Mutant, start: Start, target: number): Image => {
    if (isUntouched(mutant, start)) return imageOf(original, start, target)
    const foreseen = start.bytes.equals(prefixOf(mutant).bytes) && imagesOf(mutant).foreseen.get(target)
    if (foreseen) return foreseen
    return remember(mutant, `${start.name} ${target}`, () => makeImage(mutant, start.bytes, target))
  }
  /**
   * A new install, upgraded by the migrator one version at a time, from the file that the one before it left. Where two steps
   * have left the bytes that were foreseen, so do all that come after them.
   */
  const steppedTo = (mutant: Mutant, target: number): Image =>
    remember(mutant, `${target} in steps`, () => {
      const { version, bytes } = prefixOf(mutant)
      const before = target === version + 1 ? null : steppedTo(mutant, target - 1)
      if (before === null) return makeImage(mutant, bytes, target)
      if (before.error !== null) return before
      const { foreseen } = imagesOf(mutant)
      const expected = foreseen.get(target)
      const isForeseen = foreseen.get(target - 1)?.bytes.equals(before.bytes) === true
      if (target > version + 2 && isForeseen && expected !== undefined) return expected
      return makeImage(mutant, before.bytes, target)
    })
  const endsAsForeseen = (mutant: Mutant, target: number) => {
    const stepped = steppedTo(mutant, target)
    return stepped.error === null && stepped === imagesOf(mutant).foreseen.get(target)
  }
  // Checks do not change a database, so that one copy serves all checks of a mutant, except those that upgrade it again.
  let shared: { readonly mutant: Mutant; readonly open: Map<string, Database.Database> } | null = null
  const closeShared = () => {
    for (const database of shared?.open.values() ?? []) database.close()
    shared = null
  }
  const shareImage = (mutant: Mutant, start: Start, target: number) => {
    if (shared?.mutant !== mutant) closeShared()
    shared ??= { mutant, open: new Map() }
    const key = `${start.name} ${target}`
    const database = shared.open.get(key) ?? openLeft(imageOf(mutant, start, target))
    shared.open.set(key, database)
    return database
  }
  /** Of a version that no one holds, nothing is reviewed but what comes of it later: it stands for what was released. */
  const expectedAt = (version: number) =>
    suite.notHeld.includes(version)
      ? expectedSchema(engine, suite.plan, version)
      : readGoldenSchema(suite.fixtures, `v${version}`)
  /** A version after the latest should change nothing. */
  const goldenAt = (version: number) => {
    const written = Math.min(version, latestVersionOf(suite.plan))
    const schema = schemas.get(written) ?? expectedAt(written)
    schemas.set(written, schema)
    return schema
  }

  const pathsOf = (mutant: Mutant, needs: Check['needs']) => {
    const paths = listPaths(mutant, needs, starts, prefixOf(mutant))
    if (needs === 'steps')
      return paths.filter(({ target }) => mutant.migrate !== migrate || !endsAsForeseen(mutant, target))
    // It compares the file with a new install, which has the fault all the same.
    return needs === 'install' ? paths : paths.filter(({ start }) => !isUntouched(mutant, start))
  }

  return {
    listUpgrades: (mutant, needs) =>
      pathsOf(mutant, needs).map(({ start, target }) => ({
        name: start.isInstall ? `a fresh install of version ${target}` : `the upgrade from ${start.name}`,
        error: () => imageOf(mutant, start, target).error,
        sharedProblems: () => {
          const { bytes, hasForeignKeysOn } = imageOf(mutant, start, target)
          if (!bytes.equals(start.bytes) || !declaresSame(suite.plan, mutant.plan)) return null
          const key = `${start.name} ${target} ${hasForeignKeysOn}`
          const problems = ofUnchanged.get(key) ?? new Map<Check, readonly Problem[]>()
          ofUnchanged.set(key, problems)
          return problems
        },
        withSubject: (work) => {
          const visitStepped = <Stepped>(visit: (connection: Connection) => Stepped): Stepped => {
            const image = steppedTo(mutant, target)
            if (image.error !== null) throw image.error
            return withImage(image, (database) => visit(betterSqliteConnection(database)))
          }
          const look = (database: Database.Database) =>
            work({
              suite: { ...suite, plan: mutant.plan },
              from: start.version,
              target,
              // Checks of the database alone change no schema.
              upgraded:
                needs === 'database' ? preparedConnection(database) : betterSqliteConnection(database),
              extras: start.extras,
              goldenAt,
              freshAt: (version) =>
                readSchema(betterSqliteConnection(shareImage(mutant, prefixOf(mutant), version))),
              original: () => ({ path: start.originalPath }),
              originalPath: start.originalPath,
              violationsBefore: start.violations,
              image: start.image,
              migrate: (...given) => withStillJavaScript(() => mutant.migrate(...given)),
              stops: stops[mutant.site],
              // What a migrator does on the way to a version need not be what it does on the way to the next one.
              ...(mutant.migrate === migrate ? { visitStepped } : {}),
            })
          return needs === 'reruns'
            ? withImage(imageOf(mutant, start, target), look)
            : look(shareImage(mutant, start, target))
        },
      })),
    withFresh: (mutant, version, work) =>
      withImage(imageOf(mutant, prefixOf(mutant), version), (database) => work(preparedConnection(database))),
    withInstall: (mutant, work) => {
      const image = imageOf(mutant, prefixOf(mutant), latestVersionOf(mutant.plan))
      if (image.error !== null) throw image.error
      return withImage(image, (database) => work(betterSqliteConnection(database)))
    },
    withPrefix: (mutant, work) =>
      withDatabase(prefixOf(mutant).bytes, (database) => {
        database.pragma('foreign_keys = ON')
        return work(betterSqliteConnection(database))
      }),
    close: () => {
      closeShared()
      engine.close()
      for (const { close } of prefixes.values()) close()
    },
  }
}

interface UpgradePath {
  readonly start: Start
  readonly target: number
}

/**
 * A fault in the schema shows in the first version that has it, and in later ones; the files come next, and then the latest
 * version: a check that sees it there is not run on those in between. Checks that rerun upgrades are slow: they get only the
 * nearest file, or a new database if the fault is in the migrator, and so in every version.
 */
function listPaths(
  mutant: Mutant,
  needs: Check['needs'],
  starts: readonly Start[],
  prefix: Start,
): UpgradePath[] {
  const { site, version, plan } = mutant
  const latest = latestVersionOf(plan)
  const files = chooseStarts(mutant, starts).map((start) => ({ start, target: latest }))
  if (needs === 'file' || needs === 'install') return files
  const installs = plan.migrations
    .filter((migration) => migration.version >= version || migration.version === latest)
    .map((migration) => ({ start: prefix, target: migration.version }))
  const last = installs.slice(-1)
  if (needs === 'database') return [...new Set([...installs.slice(0, 1), ...files, ...last, ...installs])]
  // If only one migration is left, there is no other path to compare.
  if (needs === 'steps') return version < latest || site === 'migrator' ? last : []
  const nearest = starts.findLast((start) => start.version < version && start.extras.length === 0)
  return [
    ...(nearest === undefined ? [] : [{ start: nearest, target: latest }]),
    ...(site === 'migrator' ? last : []),
  ]
}

/**
 * Whether the upgrade of a file of a version is the same by both plans: they have the same migrations from there on, and the
 * same schemas to compare it with.
 *
 * @param engine whose databases in memory the schemas are built in
 */
function hasSameRest(
  engine: Connection,
  original: MigrationPlan,
  plan: MigrationPlan,
  version: number,
): boolean {
  if (plan.migrations.length !== original.migrations.length) return false
  const rest = plan.migrations.slice(version)
  if (rest.some((migration) => original.migrations[migration.version - 1] !== migration)) return false
  try {
    return [version, ...rest.map((migration) => migration.version)].every((at) => {
      const expected = expectedSchema(engine, original, at)
      const actual = expectedSchema(engine, plan, at)
      return expected === actual || diffSchemas(expected, actual).length === 0
    })
  } catch (error) {
    if (!(error instanceof DiagnosedError)) throw error
    return false
  }
}

function declaresSame(original: MigrationPlan, plan: MigrationPlan): boolean {
  return plan.migrations.every(
    ({ dataChanges }, index) => dataChanges === original.migrations[index]?.dataChanges,
  )
}

/**
 * Builds the versions of a mutant from the one before its fault, as the migrator builds what it expects of them. Those whose
 * version is not noted, which the migrator refuses, are left out.
 */
function foresee(original: MigrationPlan, mutant: Mutant, prefix: Start): ReadonlyMap<number, Image> {
  const foreseen = new Map<number, Image>()
  const { plan } = mutant
  if (mutant.migrate !== migrate || plan === original) return foreseen
  withStillClock(() =>
    withDatabase(prefix.bytes, (database) => {
      const connection = betterSqliteConnection(database)
      let isNoted = true
      const error = withStillJavaScript(() =>
        continueSchemas(plan, original, prefix.version, connection, (version) => {
          const { current, missing } = plan.versions.read(connection)
          isNoted &&= current === version && missing === null
          const image = imageOfNow(database, null)
          if (isNoted) foreseen.set(version, image)
          return () => withImage(image, (copy) => readSchema(betterSqliteConnection(copy)))
        }),
      )
      if (error === null || !isNoted) return
      const left = imageOfNow(database, error)
      for (const { version } of plan.migrations.slice(prefix.version))
        if (!foreseen.has(version)) foreseen.set(version, left)
    }),
  )
  return foreseen
}

function openPrefix(plan: MigrationPlan, version: number, [sample]: readonly Start[]): Start {
  const bytes = withDatabase(null, (database) => {
    migrate(betterSqliteConnection(database), plan, { target: version })
    return database.serialize()
  })
  if (sample === undefined)
    throw new RangeError('A suite without a snapshot has no mutants that can be tried')
  const { entry } = sample.image
  const name = `v${version}-fresh`
  return openStart({ entry: { ...entry, name, version }, bytes }, { isInstall: true })
}

function makeImage(mutant: Mutant, from: Buffer, target: number): Image {
  return withStillClock(() =>
    withDatabase(from, (database) => {
      database.pragma('foreign_keys = ON')
      const error = withStillJavaScript(() => tryUpgrade(mutant, betterSqliteConnection(database), target))
      return imageOfNow(database, error)
    }),
  )
}

function imageOfNow(database: Database.Database, error: unknown): Image {
  const hasForeignKeysOn = database.pragma('foreign_keys', { simple: true }) === 1
  return { bytes: database.serialize(), hasForeignKeysOn, error }
}

function openLeft({ bytes, hasForeignKeysOn }: Image): Database.Database {
  const database = openBytes(bytes)
  database.pragma(`foreign_keys = ${hasForeignKeysOn ? 'ON' : 'OFF'}`)
  return database
}

function withImage<Result>(image: Image, work: (database: Database.Database) => Result): Result {
  return closing(openLeft(image), work)
}

function withDatabase<Result>(bytes: Buffer | null, work: (database: Database.Database) => Result): Result {
  return closing(openBytes(bytes), work)
}

/** An image of zero bytes is an empty database, which SQLite does not open as an image. */
function openBytes(bytes: Buffer | null): Database.Database {
  return bytes === null || bytes.length === 0 ? openMemory() : openImage(bytes)
}

function closing<Result>(database: Database.Database, work: (database: Database.Database) => Result): Result {
  try {
    return work(database)
  } finally {
    database.close()
  }
}

/**
 * Upgrades a database to a version. Most checks ignore whether the upgrade failed: they look at what it left. Where the
 * migrator refuses to fire a trigger of a user, this does what its error says: it drops the trigger, upgrades, and creates
 * it again.
 *
 * @returns the error; null if the upgrade succeeded
 */
export function tryUpgrade(mutant: Mutant, connection: Connection, target: number): unknown {
  const error = attempt(mutant, connection, target)
  if (!(error instanceof MigrationRefusedError) || error.reason !== 'trigger-fires') return error
  const triggers = error.objects.flatMap((name) => readTrigger(connection, name))
  // Temporary triggers are not in the schema, and are not dropped.
  if (triggers.length === 0) return error
  for (const { name } of triggers) connection.exec(`DROP TRIGGER main.${quoteName(name)}`)
  const outcome = tryUpgrade(mutant, connection, target)
  for (const { sql } of triggers) ignoreErrors(() => connection.exec(sql))
  return outcome
}

function attempt({ plan, migrate }: Mutant, connection: Connection, target: number): unknown {
  try {
    migrate(connection, plan, { target })
    return null
  } catch (error) {
    if (connection.inTransaction) connection.exec('ROLLBACK')
    return error ?? 'an error'
  }
}

function readTrigger(connection: Connection, trigger: string) {
  return connection
    .all("SELECT name, sql FROM main.sqlite_master WHERE type = 'trigger' AND name = ? COLLATE NOCASE", [
      trigger,
    ])
    .map(({ name, sql }) => ({ name: String(name), sql: String(sql) }))
}

/** A mutant may have dropped the table of a trigger: the checks must notice that the trigger is missing. */
function ignoreErrors(work: () => void) {
  try {
    work()
  } catch {
    // The trigger stays missing.
  }
}
