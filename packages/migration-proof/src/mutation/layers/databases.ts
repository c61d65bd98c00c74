import { preparedConnection } from '../../behaviour/prepared.ts'
import { betterSqliteConnection, type Database, openImage, openMemory } from '../../engines/better-sqlite3.ts'
import { migrate } from '../../migrator/migrate.ts'
import { latestVersionOf, type MigrationPlan } from '../../migrator/plan.ts'
import type { Connection } from '../../sql/connection.ts'
import type { Mutant } from '../model.ts'
import type { Start } from '../starts.ts'
import { tryUpgrade } from './upgrade.ts'

/** A database as bytes, and whether the upgrade left its connection with foreign keys on. */
interface Image {
  readonly bytes: Buffer
  readonly hasForeignKeysOn: boolean
}

interface UpgradedImage {
  readonly bytes: Buffer
  /** Null for an upgrade that ended well. */
  readonly error: unknown
}

/** The databases of mutants. Each is made once; whoever looks at it gets a copy. */
export interface Databases {
  /** Opens the mutant's own database of a version, made from nothing, for work that changes no schema. */
  withFresh<Result>(mutant: Mutant, version: number, work: (connection: Connection) => Result): Result
  /** Opens what the mutant's upgrade makes of a file, to the latest version, however it ended. */
  withUpgraded<Result>(
    mutant: Mutant,
    start: Start,
    work: (connection: Connection, error: unknown) => Result,
  ): Result
  /** Opens the database right before the migration that has the fault. */
  withPrefix<Result>(mutant: Mutant, work: (connection: Connection) => Result): Result
}

/** @param original the plan that the mutants were made from: before its fault, a mutant is what this builds */
export function makeDatabases(original: MigrationPlan): Databases {
  const prefixes = new Map<number, Buffer>()
  const images = new WeakMap<Mutant, Map<number, Image>>()
  const upgrades = new WeakMap<Mutant, Map<Start, UpgradedImage>>()

  const prefixOf = ({ ground, version }: Mutant) => {
    // Only a faulty migrator is wrong from the start.
    const before = ground === 'migrator' ? 0 : version - 1
    const bytes = prefixes.get(before) ?? makePrefix(original, before)
    prefixes.set(before, bytes)
    return bytes
  }
  const imageOf = (mutant: Mutant, version: number) => {
    const known = images.get(mutant) ?? new Map<number, Image>()
    images.set(mutant, known)
    const image = known.get(version) ?? makeImage(mutant, version, prefixOf(mutant))
    known.set(version, image)
    return image
  }

  const upgradedOf = (mutant: Mutant, start: Start) => {
    const known = upgrades.get(mutant) ?? new Map<Start, UpgradedImage>()
    upgrades.set(mutant, known)
    const image = known.get(start) ?? upgradeStart(mutant, start)
    known.set(start, image)
    return image
  }

  return {
    withUpgraded: (mutant, start, work) => {
      const { bytes, error } = upgradedOf(mutant, start)
      return withDatabase(bytes, (database) => work(betterSqliteConnection(database), error))
    },
    withFresh: (mutant, version, work) => {
      const { bytes, hasForeignKeysOn } = imageOf(mutant, version)
      return withDatabase(bytes, (database) => {
        database.pragma(`foreign_keys = ${hasForeignKeysOn ? 'ON' : 'OFF'}`)
        return work(preparedConnection(database))
      })
    },
    withPrefix: (mutant, work) =>
      withDatabase(prefixOf(mutant), (database) => {
        database.pragma('foreign_keys = ON')
        return work(betterSqliteConnection(database))
      }),
  }
}

function makePrefix(plan: MigrationPlan, version: number): Buffer {
  return withDatabase(null, (database) => {
    migrate(betterSqliteConnection(database), plan, { target: version })
    return database.serialize()
  })
}

function makeImage(mutant: Mutant, version: number, prefix: Buffer): Image {
  return withDatabase(prefix, (database) => {
    database.pragma('foreign_keys = ON')
    tryUpgrade(mutant, betterSqliteConnection(database), version)
    const hasForeignKeysOn = database.pragma('foreign_keys', { simple: true }) === 1
    return { bytes: database.serialize(), hasForeignKeysOn }
  })
}

function upgradeStart(mutant: Mutant, start: Start): UpgradedImage {
  return withDatabase(start.bytes, (database) => {
    database.pragma('foreign_keys = ON')
    const error = tryUpgrade(mutant, betterSqliteConnection(database), latestVersionOf(mutant.plan))
    return { bytes: database.serialize(), error }
  })
}

function withDatabase<Result>(bytes: Buffer | null, work: (database: Database.Database) => Result): Result {
  // An image of no bytes is that of an empty database, which SQLite does not open as one.
  const database = bytes === null || bytes.length === 0 ? openMemory() : openImage(bytes)
  try {
    return work(database)
  } finally {
    database.close()
  }
}
