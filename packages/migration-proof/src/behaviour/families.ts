import { betterSqliteConnection, openImage } from '../engines/better-sqlite3.ts'
import { migrate } from '../migrator/migrate.ts'
import { latestVersionOf } from '../migrator/plan.ts'
import type { Suite } from '../proof/suite.ts'
import { foldName } from '../sql/names.ts'
import { createRowCounter, type RowCounter } from './counting.ts'
import {
  buildOldDatabase,
  lendFiles,
  lendInSavepoint,
  modelsOfOld,
  openFresh,
  openUpgraded,
} from './databases.ts'
import { modelsOf } from './models.ts'
import { constraintsProperty } from './properties/constraints.ts'
import { expiryProperty } from './properties/expiry.ts'
import { differentialProperty, modelProperty } from './properties/machines.ts'
import type { Property } from './properties/property.ts'
import { survivalProperty } from './properties/survival.ts'

/** Properties that share databases, and a count of the rows that they tried. */
export interface PropertyFamily {
  readonly properties: readonly Property[]
  readonly counter: RowCounter
  close(): void
}

/** Each table takes valid rows as they are, and refuses each invalid one with the code of its fault. */
function constraintsFamily(suite: Suite, counter: RowCounter) {
  const connection = openFresh(suite, undefined, counter)
  const models = latestModels(suite)
  const properties = models.map(({ name }) => constraintsProperty(connection, models, name))
  return { properties, close: () => connection.close() }
}

/** A purge removes what has expired, and nothing else. */
function expiryFamily(suite: Suite, counter: RowCounter) {
  const connection = openFresh(suite, undefined, counter)
  const models = latestModels(suite)
  const isPurged = models.some(({ expiry }) => expiry !== undefined)
  return { properties: isPurged ? [expiryProperty(connection, models)] : [], close: () => connection.close() }
}

/** The whole database holds after each step what a model in memory holds. */
function modelFamily(suite: Suite, counter: RowCounter) {
  const models = latestModels(suite)
  const lend = lendFiles(suite, models, counter)
  return { properties: [modelProperty(lend, models)], close: () => lend.remove() }
}

/** An upgraded snapshot behaves as a new database does. */
function differentialFamily(suite: Suite, counter: RowCounter) {
  const models = latestModels(suite)
  const fresh = openFresh(suite, undefined, counter)
  const upgraded = suite.snapshots.map(({ name }) => ({
    name,
    connection: openUpgraded(suite, name, counter),
  }))
  const properties = upgraded.map(({ name, connection }) =>
    differentialProperty(
      `upgraded ${name} behaves as fresh`,
      lendInSavepoint(fresh, models),
      lendInSavepoint(connection, models),
      models,
    ),
  )
  const close = () => {
    for (const connection of [fresh, ...upgraded.map((each) => each.connection)]) connection.close()
  }
  return { properties, close }
}

/** Any rows of a file of an old version are there after the upgrade. */
function oldDataFamily(suite: Suite, counter: RowCounter) {
  const { plan, snapshots, facts } = suite
  const versionTables = new Set(plan.versions.tables.map(foldName))
  const models = modelsOf(facts.tables)
  const properties = snapshots.flatMap((snapshot) => {
    const image = buildOldDatabase(suite, snapshot)
    const declared = models.at(Math.max(snapshot.version, 1))
    const old = modelsOfOld(
      image,
      declared.filter(({ name }) => !versionTables.has(foldName(name))),
    )
    if (old.length === 0) return []
    const upgrade = {
      open: () => counter.watch(betterSqliteConnection(openImage(image))),
      upgrade: (connection: ReturnType<typeof betterSqliteConnection>) => {
        migrate(connection, plan)
      },
      dataChanges: plan.migrations.slice(snapshot.version).flatMap(({ dataChanges = [] }) => dataChanges),
    }
    return [survivalProperty(`rows of ${snapshot.name} survive`, upgrade, old)]
  })
  return { properties, close: () => {} }
}

const families = {
  constraints: constraintsFamily,
  expiry: expiryFamily,
  model: modelFamily,
  differential: differentialFamily,
  'old data': oldDataFamily,
} as const

export type FamilyName = keyof typeof families

/** The kinds of properties that follow from the tables of a suite. */
export const familyNames = Object.keys(families) as readonly FamilyName[]

/** Opens what the properties of a kind are tried on. Close it when they have been. */
export function openFamily(suite: Suite, name: FamilyName): PropertyFamily {
  const counter = createRowCounter()
  return { counter, ...families[name](suite, counter) }
}

function latestModels({ facts, plan }: Suite) {
  return modelsOf(facts.tables).at(latestVersionOf(plan))
}
