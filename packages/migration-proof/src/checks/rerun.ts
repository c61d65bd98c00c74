import { runUp } from '../migrator/run-up.ts'
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
  run: (subject) => ({ problems: [...checkFirstRun(subject), ...checkSecondRun(subject)] }),
}

function checkFirstRun({ suite, image, from, target, migrate }: RerunSubject): Problem[] {
  using copy = openInMemory(image)
  copy.connection.exec('PRAGMA foreign_keys = ON')
  const runs = new Map<number, number>()
  const migrations = suite.plan.migrations.map((migration) => ({
    ...migration,
    up: (inner: Parameters<typeof migration.up>[0]) => {
      if (!memories.areOpen()) runs.set(migration.version, (runs.get(migration.version) ?? 0) + 1)
      runUp(migration, inner)
    },
  }))
  const memories = watchMemories(copy.connection)
  migrate(memories.connection, { ...suite.plan, migrations }, { target })
  const isOn = copy.connection.all('PRAGMA foreign_keys')[0]?.foreign_keys === 1n
  const wrong = suite.plan.migrations
    .slice(0, target)
    .map(({ version }) => ({ version, expected: version > from ? 1 : 0, actual: runs.get(version) ?? 0 }))
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
