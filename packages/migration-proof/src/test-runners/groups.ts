import { existsSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Campaign,
  CounterexampleError,
  type FamilyName,
  familyNames,
  findProperty,
  listProperties,
  openFamily,
  type PropertyFamily,
  startCampaign,
} from '../behaviour/campaign.ts'
import { checkBehaviour } from '../behaviour/checks/index.ts'
import { openFresh, openUpgraded } from '../behaviour/databases.ts'
import { readCounterexamples } from '../behaviour/properties/kept.ts'
import { checkContracts } from '../checks/contracts.ts'
import { listExamples, proveExample } from '../checks/conversions.ts'
import { compareWithFacts } from '../checks/facts.ts'
import { checks } from '../checks/index.ts'
import { type OpenProof, openProof } from '../checks/verify.ts'
import { problemsOfFixtures } from '../cli/output/fixtures.ts'
import { betterSqliteConnection, openMemory } from '../engines/better-sqlite3.ts'
import { DiagnosedError } from '../errors.ts'
import { latestVersionOf } from '../migrator/plan.ts'
import { makeProblem, type Problem } from '../problem.ts'
import { factsAt } from '../proof/facts-at.ts'
import type { Suite } from '../proof/suite.ts'
import { checkFixtures, type FixtureReport } from '../snapshots/check.ts'
import { goldensOf } from '../snapshots/declaration.ts'
import { labelOfMigration } from '../snapshots/label.ts'
import { readLedger } from '../snapshots/ledger.ts'
import { goldenPath, readText } from '../snapshots/paths.ts'
import type { Connection } from '../sql/connection.ts'
import { type DescribeOptions, type Outcome, type PartName, partNames, type UpgradeGroup } from './model.ts'

/** How many random cases each property gets where nothing is said, as `report` does: seconds for a project of usual size. */
const usualRuns: Readonly<Record<FamilyName, number>> = {
  constraints: 100,
  expiry: 100,
  model: 50,
  differential: 20,
  'old data': 5,
}

/**
 * Every test of a suite, in groups. Nothing is proven and no database opened before the first of a group runs, so that what a
 * filter leaves out costs nothing.
 *
 * @throws {DiagnosedError} when an option names no part
 */
export function listGroups(suite: Suite, options: DescribeOptions = {}): UpgradeGroup[] {
  const all: Readonly<Record<PartName, () => Group[]>> = {
    fixtures: () => [fixtureGroup(suite)],
    declarations: () => declarationGroups(suite),
    upgrades: () => upgradeGroups(suite, options),
    examples: () => exampleGroups(suite),
    behaviour: () => behaviourGroups(suite),
    contracts: () => contractGroups(suite),
    properties: () => propertyGroups(suite, options),
    regressions: () => regressionGroups(suite),
  }
  const { parts = partNames } = options
  const unknown = parts.find((part) => !partNames.includes(part))
  if (unknown !== undefined) throw wrongOption('parts', `some of ${partNames.join(', ')}`, unknown)
  return parts.flatMap((part) => all[part]()).map(toUpgradeGroup)
}

function wrongOption(option: string, expected: string, given: string): DiagnosedError {
  return new DiagnosedError({
    where: `describeUpgrades, ${option}`,
    expected,
    actual: `'${given}'`,
    fix: 'correct it',
  })
}

/** A group whose tests return the problems that they found. */
interface Group {
  readonly name: string
  readonly tests: readonly Test[]
  close(): void
}

interface Test {
  readonly name: string
  prove(): readonly Problem[]
}

function toUpgradeGroup({ name, tests, close }: Group): UpgradeGroup {
  return {
    name,
    tests: tests.map((test) => ({ name: test.name, prove: () => findOutcome(test) })),
    close,
  }
}

function findOutcome({ prove }: Test): Outcome {
  try {
    return { problems: prove() }
  } catch (error) {
    if (error instanceof CounterexampleError) return { problems: error.problems, message: error.message }
    throw error
  }
}

/** Opens something with the first test that needs it. */
function lazily<Opened>(open: () => Opened, close: (opened: Opened) => void) {
  let opened: { readonly value: Opened } | null = null
  return {
    get: () => {
      opened ??= { value: open() }
      return opened.value
    },
    close: () => {
      const last = opened
      opened = null
      if (last !== null) close(last.value)
    },
  }
}

/** What was released stays as it was: `freeze --check`, a test for each fixture. */
function fixtureGroup(suite: Suite): Group {
  const report = lazily<FixtureReport>(
    () => checkFixtures(suite),
    () => {},
  )
  const names = [
    ...suite.plan.migrations.map((migration) => `migrations/${labelOfMigration(migration)}`),
    ...goldensOf(suite).map(({ name }) => `schemas/${name}`),
    ...suite.snapshots.map(({ name }) => `snapshots/${name}`),
  ]
  const problemsOf = (isOne: (fixture: string) => boolean) =>
    problemsOfFixtures(
      suite,
      report.get().failures.filter(({ fixture }) => isOne(fixture)),
    )
  return {
    name: 'the fixtures',
    tests: [
      ...names.map((name) => ({
        name: `${name} is what was frozen`,
        prove: () => problemsOf((fixture) => fixture === name),
      })),
      {
        name: 'no other fixture is missing, changed or unknown',
        prove: () => problemsOf((fixture) => !names.includes(fixture)),
      },
    ],
    close: report.close,
  }
}

/** The golden schemas and the declarations of the tables, written apart, agree with each other. */
function declarationGroups(suite: Suite): Group[] {
  if (suite.facts.tables.length === 0) return []
  const tests = suite.plan.migrations
    .filter(({ version }) => existsSync(goldenPath(suite.fixtures, `v${version}`)))
    .map(({ version }) => ({
      name: `the golden schema of v${version} holds what the facts say, and nothing else`,
      prove: () =>
        withDatabase(
          () => {
            const connection = betterSqliteConnection(openMemory())
            connection.exec(readText(goldenPath(suite.fixtures, `v${version}`)) ?? '')
            return connection
          },
          (connection) => compareWithFacts(connection, suite.facts, version),
        ),
    }))
  return [{ name: 'the declarations', tests, close: () => {} }]
}

/** Each snapshot, and each check on it. */
function upgradeGroups(suite: Suite, { targets = 'latest' }: DescribeOptions): Group[] {
  const latest = latestVersionOf(suite.plan)
  const frozen = readFrozen(suite)
  return suite.snapshots.flatMap(({ name, version }) => {
    const isFrozen = frozen === null || frozen.has(name)
    const all = Array.from({ length: latest - version }, (_, step) => version + 1 + step)
    return (targets === 'every' ? all : [latest]).map((target) => upgradeGroup(suite, name, target, isFrozen))
  })
}

/** The names of the snapshots in the ledger; null where it cannot be read, which each test then says. */
function readFrozen({ fixtures }: Suite): ReadonlySet<string> | null {
  try {
    return new Set(readLedger(fixtures).snapshots.map(({ name }) => name))
  } catch {
    return null
  }
}

/** Of a snapshot that is not frozen, one test says so: no check has anything to look at. */
function upgradeGroup(suite: Suite, snapshot: string, target: number, isFrozen: boolean): Group {
  const proof = lazily<OpenProof>(
    () => openProof(suite, snapshot, target),
    (opened) => opened[Symbol.dispose](),
  )
  // The way to the latest version passes every statement of the ways to the versions before it.
  const isWhole = target === latestVersionOf(suite.plan)
  const run = isFrozen ? checks.filter(({ name }) => isWhole || name !== 'interruption') : []
  return {
    name: `${snapshot} upgraded to v${target}`,
    tests: [
      { name: 'upgrade: runs to its end', prove: () => proof.get().upgrade.problems },
      ...run.map((check) => ({
        name: `${check.name}: ${check.proves}`,
        prove: () => proof.get().run(check).problems,
      })),
    ],
    close: proof.close,
  }
}

/** Each example of a declared change of rows, on the newest snapshot that passes its migration. */
function exampleGroups(suite: Suite): Group[] {
  const examples = listExamples(suite.plan)
  if (examples.length === 0) return []
  const open = new Map<string, OpenProof>()
  const proofOf = (snapshot: string) => {
    const known = open.get(snapshot) ?? openProof(suite, snapshot)
    open.set(snapshot, known)
    return known
  }
  const tests = examples.map((declared): Test => {
    const { migration, change, name } = declared
    const [newest] = suite.snapshots
      .filter(({ version }) => version < migration.version)
      .toSorted((left, right) => right.version - left.version)
    return {
      name: `v${migration.version}, ${change.table}, ${name}: ${JSON.stringify(declared.example.before, writeBigInt)}`,
      prove: () => {
        if (newest === undefined) throw new RangeError(`No snapshot is older than v${migration.version}`)
        const proof = proofOf(newest.name)
        return proof.look((subject) => proveExample(subject, declared)) ?? proof.upgrade.problems
      },
    }
  })
  const close = () => {
    for (const proof of open.values()) proof[Symbol.dispose]()
    open.clear()
  }
  return [{ name: 'examples of data changes', tests, close }]
}

function writeBigInt(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}` : value
}

/** A database of each version, made new or upgraded, with its version. */
function listDatabases(suite: Suite) {
  const latest = latestVersionOf(suite.plan)
  const fresh = suite.plan.migrations.map(({ version }) => ({
    name: `a fresh database of v${version}`,
    version,
    open: () => openFresh(suite, version),
  }))
  const upgraded = suite.snapshots.map(({ name }) => ({
    name: `the upgraded snapshot ${name}`,
    version: latest,
    open: () => openUpgraded(suite, name),
  }))
  return [...fresh, ...upgraded]
}

function behaviourGroups(suite: Suite): Group[] {
  if (suite.facts.tables.length === 0) return []
  const tests = listDatabases(suite).map(({ name, version, open }) => ({
    name: `of ${name} is as declared`,
    prove: () =>
      withDatabase(open, (connection) => checkBehaviour({ connection, facts: suite.facts, version })),
  }))
  return [{ name: 'the behaviour', tests, close: () => {} }]
}

function contractGroups(suite: Suite): Group[] {
  if (suite.facts.contracts.length === 0) return []
  const tests = listDatabases(suite).map(({ name, version, open }) => ({
    name: `finds its rows as declared on ${name}`,
    prove: () =>
      withDatabase(open, (connection) => checkContracts(connection, factsAt(suite.facts, version).contracts)),
  }))
  return [{ name: 'each statement of the application', tests, close: () => {} }]
}

function withDatabase<Result>(open: () => Connection, work: (connection: Connection) => Result): Result {
  const connection = open()
  try {
    return work(connection)
  } finally {
    connection.close()
  }
}

/** Random rows and statements against what the tables declare, a group for each family. */
function propertyGroups(suite: Suite, { properties, leastRows = {}, repeat }: DescribeOptions): Group[] {
  const chosen = properties ?? usualRuns
  return familyNames
    .filter((family) => family in chosen)
    .flatMap((family) => {
      const names = listProperties(suite, family)
      if (names.length === 0) return []
      const campaign = startCampaign(suite, family, repeat)
      const tests = names.map(
        (name): Test => ({
          name,
          prove: () => {
            campaign.expectToHold(name, chosen[family] ?? usualRuns[family])
            return []
          },
        }),
      )
      const wanted = leastRows[family]
      if (wanted !== undefined)
        tests.push({
          name: `tries at least ${wanted} rows`,
          prove: () => countRows(campaign, family, wanted),
        })
      return [{ name: `property ${family}`, tests, close: campaign.end }]
    })
}

function countRows(campaign: Campaign, family: FamilyName, wanted: number): Problem[] {
  const { rows, least } = campaign.count(wanted)
  if (rows >= least) return []
  const subject = { type: 'property', name: family } as const
  return [makeProblem('rows-tried', { subject, expected: `${least} rows or more`, actual: `${rows}` })]
}

/** What was once a counterexample, and was kept. */
function regressionGroups(suite: Suite): Group[] {
  const folder = join(suite.fixtures, 'regressions')
  if (suite.facts.tables.length === 0 || !existsSync(folder)) return []
  const open = new Map<FamilyName, PropertyFamily>()
  const familyOf = (property: string) => {
    const name = familyNames.find((family) => listProperties(suite, family).includes(property))
    if (name === undefined) throw new RangeError(`There is no property '${property}'`)
    const family = open.get(name) ?? openFamily(suite, name)
    open.set(name, family)
    return family
  }
  const tests = readCounterexamples(folder).map(({ file, kept }) => ({
    name: `${file.slice(folder.length + 1)} holds`,
    prove: () => {
      const problems = findProperty(familyOf(kept.property).properties, kept.property).replay(kept.value)
      return problems.map((problem): Problem => ({ ...problem, why: kept.reason }))
    },
  }))
  const close = () => {
    for (const family of open.values()) family.close()
    open.clear()
  }
  return tests.length === 0 ? [] : [{ name: 'the kept counterexamples', tests, close }]
}
