import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { betterSqliteConnection, migrate } from 'migration-proof'
import {
  constraintsProperty,
  createRowCounter,
  differentialProperty,
  emptyTables,
  expiryProperty,
  modelProperty,
  modelsIn,
  type Property,
  type RowCounter,
  survivalProperty,
} from 'migration-proof/behaviour'
import { latestVersion, plan } from '../../src/migrations/index.ts'
import { cutoffs, tableModels } from '../../src/suite/arbitraries/index.ts'
import suite from '../../src/suite/index.ts'
import { steps, tablesOfSnapshot } from '../../src/suite/model/index.ts'
import { lendFiles, lendInSavepoint, openFresh, openUpgraded } from './property-databases.ts'

/** Properties that share databases, and a count of the rows that they tried. */
export interface Family {
  readonly properties: readonly Property[]
  readonly counter: RowCounter
  close(): void
}

export const latestModels = modelsIn(latestVersion, tableModels)

export function constraintsFamily(): Family {
  const counter = createRowCounter()
  const connection = openFresh(counter)
  const properties = latestModels.map(({ name }) => constraintsProperty(connection, latestModels, name))
  return { properties, counter, close: () => connection.close() }
}

export function expiryFamily(): Family {
  const counter = createRowCounter()
  const connection = openFresh(counter)
  const properties = [expiryProperty(connection, latestModels, cutoffs)]
  return { properties, counter, close: () => connection.close() }
}

export function modelFamily(): Family {
  const counter = createRowCounter()
  const lend = lendFiles(counter)
  return { properties: [modelProperty(lend, latestModels, steps)], counter, close: () => lend.remove() }
}

export function differentialFamily(): Family {
  const counter = createRowCounter()
  const fresh = openFresh(counter)
  const upgraded = suite.snapshots.map(({ name }) => ({ name, connection: openUpgraded(counter, name) }))
  const lend = (connection: typeof fresh) =>
    lendInSavepoint(connection, () => emptyTables(connection, latestModels))
  const properties = upgraded.map(({ name, connection }) =>
    differentialProperty(
      `upgraded ${name} behaves as fresh`,
      lend(fresh),
      lend(connection),
      latestModels,
      steps,
    ),
  )
  return {
    properties,
    counter,
    close: () => {
      for (const { connection } of [{ connection: fresh }, ...upgraded]) connection.close()
    },
  }
}

export function oldDataFamily(): Family {
  const counter = createRowCounter()
  const properties = suite.snapshots
    .filter((snapshot) => tablesOfSnapshot(snapshot).length > 0)
    .map((snapshot) => {
      const image = buildOldDatabase(snapshot)
      const upgrade = {
        open: () => counter.watch(betterSqliteConnection(new Database(image))),
        upgrade: (connection: ReturnType<typeof betterSqliteConnection>) => {
          migrate(connection, plan)
        },
      }
      const models = tablesOfSnapshot(snapshot)
      return survivalProperty(`rows of ${snapshot.name} survive`, upgrade, models, latestModels)
    })
  return { properties, counter, close: () => {} }
}

/** A database of an old version, made of its golden schema and nothing of the migrations. */
function buildOldDatabase({ name, version }: { name: string; version: number }): Buffer {
  const database = new Database(':memory:')
  database.exec(readFileSync(join(suite.fixtures, 'schemas', `${name}.sql`), 'utf8'))
  for (let number = 1; number <= version; number++) {
    database.prepare('INSERT INTO schema_version (version) VALUES (?)').run(number)
  }
  return database.serialize()
}

/** Every family, by the name of its test file. */
export const families: Readonly<Record<string, () => Family>> = {
  constraints: constraintsFamily,
  expiry: expiryFamily,
  model: modelFamily,
  differential: differentialFamily,
  'old data': oldDataFamily,
}
