import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { betterSqliteConnection, openFile } from '../../engines/better-sqlite3.ts'
import { errorCode } from '../../migrator/errors.ts'
import { migrate } from '../../migrator/migrate.ts'
import { latestVersionOf } from '../../migrator/plan.ts'
import { describeVersions } from '../../migrator/versions.ts'
import { makeProblem, type Problem } from '../../problem.ts'
import type { Connection } from '../../sql/connection.ts'
import type { Mutant } from '../model.ts'
import type { MutantCheck } from './mutant-check.ts'

/** Two processes start at the same time: one of them upgrades, and the other one finds the upgrade done. */
export const starters: MutantCheck = {
  name: 'starters',
  keptBecause: 'it alone starts two migrators at the same time',
  sites: ['migrator'],
  run: (mutant) => [...raceRival(mutant), ...tryLock(mutant)],
}

/** Another process finishes its upgrade right before the first transaction of this one. */
function raceRival(mutant: Mutant): readonly Problem[] {
  return onDisk((connection, rival) => {
    let isFirst = true
    const beforeStatement = () => {
      if (isFirst) migrate(rival, mutant.plan)
      isFirst = false
    }
    const { applied } = mutant.migrate(connection, mutant.plan, { beforeStatement })
    const expected = describeVersions({ current: latestVersionOf(mutant.plan), missing: null })
    const actual = describeVersions(mutant.plan.versions.read(connection))
    return [
      ...(applied.length === 0
        ? []
        : [problemOf('the slower of two starters', 'nothing applied', `${applied.join(', ')} again`)]),
      ...(expected === actual ? [] : [problemOf('the versions after two starters', expected, actual)]),
    ]
  })
}

/** While a transaction is open, no other process gets the lock, so that what was read in it stays valid. */
function tryLock(mutant: Mutant): readonly Problem[] {
  return onDisk((connection, rival) => {
    const failures: Problem[] = []
    mutant.migrate(connection, mutant.plan, {
      beforeStatement: ({ sql }) => {
        if (!connection.inTransaction || failures.length > 0) return
        const outcome = tryToLock(rival)
        if (outcome === 'SQLITE_BUSY') return
        failures.push(problemOf(`the lock, at '${sql.slice(0, 40)}'`, 'SQLITE_BUSY', outcome))
      },
    })
    return failures
  })
}

function problemOf(name: string, expected: string, actual: string): Problem {
  return makeProblem('starters', { subject: { type: 'database', name }, expected, actual })
}

function tryToLock(rival: Connection): string {
  try {
    rival.exec('BEGIN IMMEDIATE')
    rival.exec('ROLLBACK')
    return 'a free lock'
  } catch (error) {
    return errorCode(error) ?? 'another error'
  }
}

function onDisk<Result>(work: (connection: Connection, rival: Connection) => Result): Result {
  const folder = mkdtempSync(join(tmpdir(), 'starters-'))
  const open = () => {
    const database = openFile(join(folder, 'database.db'), { timeout: 0 })
    database.pragma('journal_mode = WAL')
    return betterSqliteConnection(database)
  }
  const [connection, rival] = [open(), open()]
  try {
    return work(connection, rival)
  } finally {
    connection.close()
    rival.close()
    rmSync(folder, { recursive: true })
  }
}
