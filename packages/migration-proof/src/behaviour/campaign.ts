import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import { betterSqliteConnection, openImage } from '../engines/better-sqlite3.ts'
import { migrateOf } from '../migrator/migrate-as-tool.ts'
import { latestVersionOf } from '../migrator/plan.ts'
import { describeProblem, type Problem } from '../problem.ts'
import type { Suite } from '../proof/suite.ts'
import { foldName } from '../sql/names.ts'
import {
  buildOldDatabase,
  createRowCounter,
  lendFiles,
  lendInSavepoint,
  modelsOfOld,
  openFresh,
  openUpgraded,
  type RowCounter,
} from './databases.ts'
import { modelsOf } from './models.ts'
import { constraintsName, constraintsProperty } from './properties/constraints.ts'
import { expiryName, expiryProperty } from './properties/expiry.ts'
import { keepCounterexample } from './properties/kept.ts'
import { differentialProperty, modelName, modelProperty } from './properties/machines.ts'
import type { Exploration, Property } from './properties/property.ts'
import { survivalProperty } from './properties/survival.ts'

/** Properties that share databases, and a count of the rows that they tried. */
export interface PropertyFamily {
  readonly properties: readonly Property[]
  readonly counter: RowCounter
  close(): void
}

/** Each table stores valid rows unchanged, and refuses each invalid row with the error code of its fault. */
function constraintsFamily(suite: Suite, counter: RowCounter) {
  const connection = openFresh(suite, undefined, counter)
  const models = latestModels(suite)
  const properties = models.map(({ name }) => constraintsProperty(connection, models, name))
  return { properties, close: () => connection.close() }
}

/** A purge removes expired rows, and nothing else. */
function expiryFamily(suite: Suite, counter: RowCounter) {
  const connection = openFresh(suite, undefined, counter)
  const models = latestModels(suite)
  const isPurged = models.some(({ expiry }) => expiry !== undefined)
  return { properties: isPurged ? [expiryProperty(connection, models)] : [], close: () => connection.close() }
}

/** After each step, the whole database holds the same rows as a model in memory. */
function modelFamily(suite: Suite, counter: RowCounter) {
  const models = latestModels(suite)
  const lend = lendFiles(suite, models, counter)
  return { properties: [modelProperty(lend, models)], close: () => lend.remove() }
}

/** An upgraded snapshot behaves like a new database. */
function differentialFamily(suite: Suite, counter: RowCounter) {
  const models = latestModels(suite)
  const fresh = openFresh(suite, undefined, counter)
  const upgraded = suite.snapshots.map(({ name }) => ({
    name,
    connection: openUpgraded(suite, name, counter),
  }))
  const properties = upgraded.map(({ name, connection }) =>
    differentialProperty(
      differentialName(name),
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

/** Any rows that a file of an old version may hold survive the upgrade. */
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
        migrateOf(plan)(connection, plan)
      },
      dataChanges: plan.migrations.slice(snapshot.version).flatMap(({ dataChanges = [] }) => dataChanges),
    }
    return [survivalProperty(survivalName(snapshot.name), upgrade, old)]
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

/** The families of properties that follow from the tables of a suite. */
export const familyNames = Object.keys(families) as readonly FamilyName[]

/** The names of the properties of a family, for which no database is opened. */
export function listProperties(suite: Suite, family: FamilyName): string[] {
  const models = latestModels(suite)
  const { snapshots, plan } = suite
  const names: Readonly<Record<FamilyName, () => string[]>> = {
    constraints: () => models.map(({ name }) => constraintsName(name)),
    expiry: () => (models.some(({ expiry }) => expiry !== undefined) ? [expiryName] : []),
    model: () => [modelName],
    differential: () => snapshots.map(({ name }) => differentialName(name)),
    'old data': () => {
      const versionTables = new Set(plan.versions.tables.map(foldName))
      const declared = modelsOf(suite.facts.tables)
      const hasTables = ({ version }: { readonly version: number }) =>
        declared.at(Math.max(version, 1)).some(({ name }) => !versionTables.has(foldName(name)))
      return snapshots
        .filter((snapshot) => snapshot.form !== 'empty' && hasTables(snapshot))
        .map(({ name }) => survivalName(name))
    },
  }
  return models.length === 0 ? [] : names[family]()
}

const differentialName = (snapshot: string) => `upgraded ${snapshot} behaves as fresh`
const survivalName = (snapshot: string) => `rows of ${snapshot} survive`

/** Opens the databases that the properties of a family run on. The caller closes them. */
export function openFamily(suite: Suite, name: FamilyName): PropertyFamily {
  const counter = createRowCounter()
  return { counter, ...families[name](suite, counter) }
}

function latestModels({ facts, plan }: Suite) {
  return modelsOf(facts.tables).at(latestVersionOf(plan))
}

/** Thrown when a property does not hold: its message has the smallest counterexample and the command that repeats it. */
export class CounterexampleError extends Error {
  override readonly name = 'CounterexampleError'
  /** What is wrong with the counterexample. */
  readonly problems: readonly Problem[]

  constructor(message: string, problems: readonly Problem[]) {
    super(message)
    this.problems = problems
  }
}

/** The properties of one family, run with one seed. */
export interface Campaign {
  readonly names: readonly string[]
  /** Runs a property. @throws {CounterexampleError} when it does not hold */
  expectToHold(name: string, runs: number): void
  /** How many rows were tried so far, and the minimum that a full run must reach. */
  count(least: number): { rows: number; least: number }
  /** Prints the seed, and closes the databases, where any were opened. */
  end(): void
}

/**
 * Runs the properties of a family that follow from the tables of a suite. Environment variables: FC_SEED, the seed;
 * FC_PATH, the path of one counterexample; FC_RUNS, a factor for the number of runs; FC_KEEP, the reason why the
 * counterexample is kept in the `regressions` folder of the fixtures.
 *
 * @example
 * const campaign = startCampaign(suite, 'constraints')
 * afterAll(() => campaign.end())
 * it.for(campaign.names)('%s', (name) => campaign.expectToHold(name, 450))
 *
 * @param command runs the test file, with `-t NAME` for one property; printed with each counterexample
 */
export function startCampaign(suite: Suite, title: FamilyName, command = 'npx vitest run'): Campaign {
  let opened: PropertyFamily | null = null
  const openOnce = () => {
    opened ??= openFamily(suite, title)
    return opened
  }
  const { FC_SEED, FC_PATH, FC_RUNS = '1', FC_KEEP } = process.env
  const seed = FC_SEED === undefined ? randomInt(2 ** 31) : Number(FC_SEED)
  const factor = Number(FC_RUNS)
  if (!Number.isInteger(seed)) throw new RangeError(`FC_SEED must be a whole number, not '${FC_SEED}'`)
  if (!(factor > 0)) throw new RangeError(`FC_RUNS must be a number above 0, not '${FC_RUNS}'`)
  return {
    names: listProperties(suite, title),
    expectToHold: (name, runs) => {
      const property = findProperty(openOnce().properties, name)
      const exploration = property.explore({
        runs: Math.ceil(runs * factor),
        seed,
        ...(FC_PATH === undefined ? {} : { path: FC_PATH }),
      })
      if (exploration.counterexample === null) return
      const file =
        FC_KEEP === undefined
          ? null
          : keepCounterexample(join(suite.fixtures, 'regressions'), name, exploration, FC_KEEP)
      throw new CounterexampleError(
        renderCounterexample(name, command, exploration, file),
        exploration.counterexample.failures,
      )
    },
    // Repeating one counterexample, or asking for fewer runs, need not reach the minimum.
    count: (least) => ({
      rows: opened?.counter.rows ?? 0,
      least: FC_PATH === undefined && factor >= 1 ? least : 0,
    }),
    end: () => {
      if (opened === null) return
      console.log(
        `property ${title}: seed ${seed}, ${opened.counter.rows} rows (repeat with FC_SEED=${seed})`,
      )
      opened.close()
    },
  }
}

/** The property of a name. @throws {RangeError} when there is none */
export function findProperty(properties: readonly Property[], name: string): Property {
  const property = properties.find((candidate) => candidate.name === name)
  if (property === undefined) throw new RangeError(`There is no property '${name}'`)
  return property
}

const LONGEST = 4_000

function renderCounterexample(
  name: string,
  test: string,
  { seed, counterexample }: Exploration,
  file: string | null,
): string {
  const { path = '', value, failures = [] } = counterexample ?? {}
  const command = `FC_SEED=${seed} FC_PATH=${path} ${test} -t '${name}'`
  const shown = JSON.stringify(value)
  return [
    `${name} does not hold:`,
    ...failures.map((failure) => `  ${describeProblem(failure)}`),
    `counterexample: ${shown.length > LONGEST ? `${shown.slice(0, LONGEST)}…` : shown}`,
    `repeat: ${command}`,
    file === null ? `keep: FC_KEEP='why' ${command}` : `kept in ${file}`,
  ].join('\n')
}
