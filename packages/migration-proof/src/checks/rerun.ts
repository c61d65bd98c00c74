import type { Migration } from '../migrator/migration.ts'
import type { MigrationPlan, RunnerRules } from '../migrator/plan.ts'
import { runUp } from '../migrator/run-up.ts'
import { partsOf, startOfFile } from '../migrator/tool-change.ts'
import { makeProblem, type Problem } from '../problem.ts'
import { readContent } from '../snapshots/content-hash.ts'
import { openInMemory } from '../snapshots/open.ts'
import type { Connection } from '../sql/connection.ts'
import type { Check } from './check.ts'
import { compareContent } from './check.ts'
import type { RerunSubject } from './subject.ts'

/** A server runs its migrations at every start. */
export const rerun: Check = {
  name: 'rerun',
  proves: 'ran each migration once, and does not change when they run once more',
  needs: 'reruns',
  steps: 'one',
  run: (subject) => ({ problems: [...checkFirstRun(subject), ...checkSecondRun(subject)] }),
}

function checkFirstRun({ suite, image, from, target, migrate }: RerunSubject): Problem[] {
  using copy = openInMemory(image)
  copy.connection.exec('PRAGMA foreign_keys = ON')
  const counted = countedPlanOf(suite.plan)
  const memories = watchMemories(copy.connection)
  const runs = new Map<number, number>()
  counted.onRun = (version) => {
    if (!memories.areOpen()) runs.set(version, (runs.get(version) ?? 0) + 1)
  }
  const start = startOfFile(copy.connection, suite.plan, from, target)
  migrate(memories.connection, counted.plan, { target })
  const isOn = copy.connection.all('PRAGMA foreign_keys')[0]?.foreign_keys === 1n
  const wrong = suite.plan.migrations
    .slice(0, target)
    .map(({ version }) => ({ version, expected: version > start ? 1 : 0, actual: runs.get(version) ?? 0 }))
    .filter(({ expected, actual }) => expected !== actual)
  return [
    ...wrong.map(({ version, expected, actual }) =>
      makeProblem('rerun', {
        subject: { type: 'version', name: `${version}` },
        version,
        expected: countOfRuns(expected),
        actual: countOfRuns(actual),
      }),
    ),
    ...(isOn
      ? []
      : [
          makeProblem('rerun', {
            subject: { type: 'database', name: 'foreign keys' },
            expected: 'on, as before',
            actual: 'off',
          }),
        ]),
  ]
}

interface CountedPlan {
  readonly plan: MigrationPlan
  onRun: (version: number) => void
}

const countedPlans = new WeakMap<MigrationPlan, CountedPlan>()

/** The plan with migrations that tell when they run; always the same one, so that what is known of it is known again. */
function countedPlanOf(plan: MigrationPlan): CountedPlan {
  const known = countedPlans.get(plan)
  if (known !== undefined) return known
  const { runner } = plan
  // A tool that is run by itself is counted by what it is given: it knows nothing of these functions.
  const countedRunner = (
    { run, ...rules }: RunnerRules,
    toWhole = (version: number) => version,
  ): RunnerRules =>
    run === undefined
      ? rules
      : {
          ...rules,
          run: (connection, pending, facts) => {
            for (const { version } of pending) counted.onRun(toWhole(version))
            run(connection, pending, facts)
          },
        }
  const ofPart = (part: MigrationPlan, toWhole?: (version: number) => number) =>
    part.runner === undefined ? part : { ...part, runner: countedRunner(part.runner, toWhole) }
  const countedRules = (rules: RunnerRules): RunnerRules => {
    const { change } = rules
    if (change === undefined) return countedRunner(rules)
    const now = ofPart(change.now, partsOf(plan)?.now.toWhole)
    return { ...rules, change: { ...change, before: ofPart(change.before), now } }
  }
  const countUp = (migration: Migration, version: number): Migration => ({
    ...migration,
    up: (connection) => {
      counted.onRun(version)
      runUp(migration, connection)
    },
  })
  const migrations = plan.migrations.map((migration) => {
    const { version, adopts } = migration
    const own = countUp(migration, version)
    // The last of them makes the version in a new file.
    const last = (adopts?.length ?? 0) - 1
    return adopts === undefined
      ? own
      : { ...own, adopts: adopts.map((one, index) => (index === last ? countUp(one, version) : one)) }
  })
  const counted: CountedPlan = {
    plan: { ...plan, migrations, ...(runner === undefined ? {} : { runner: countedRules(runner) }) },
    onRun: () => {},
  }
  countedPlans.set(plan, counted)
  return counted
}

function countOfRuns(count: number): string {
  return count === 1 ? 'one run' : `${count} runs`
}

function checkSecondRun({ suite, target, upgraded, migrate }: RerunSubject): Problem[] {
  const before = readContent(upgraded)
  const { applied } = migrate(upgraded, suite.plan, { target })
  const again = applied.map((version) =>
    makeProblem('rerun', {
      subject: { type: 'version', name: `${version}` },
      version,
      expected: 'applied once',
      actual: 'applied again',
    }),
  )
  return [...again, ...compareContent('rerun', before, readContent(upgraded))]
}

/** Knows whether a database to compare with is open: what runs then does not run on the database itself. */
function watchMemories(connection: Connection): { readonly connection: Connection; areOpen(): boolean } {
  let open = 0
  return {
    areOpen: () => open > 0,
    connection: {
      exec: (sql) => connection.exec(sql),
      all: (sql, parameters) => connection.all(sql, parameters),
      get inTransaction() {
        return connection.inTransaction
      },
      openMemory: () => {
        const memory = connection.openMemory()
        open += 1
        return {
          exec: (sql) => memory.exec(sql),
          all: (sql, parameters) => memory.all(sql, parameters),
          get inTransaction() {
            return memory.inTransaction
          },
          openMemory: () => memory.openMemory(),
          close: () => {
            open -= 1
            memory.close()
          },
        }
      },
      close: () => connection.close(),
    },
  }
}
