import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { betterSqliteConnection, openFile } from '../../../engines/better-sqlite3.ts'
import { errorCode } from '../../../migrator/errors.ts'
import { migrate } from '../../../migrator/migrate.ts'
import { latestVersionOf } from '../../../migrator/plan.ts'
import { describeVersions } from '../../../migrator/versions.ts'
import type { Connection } from '../../../sql/connection.ts'
import type { Mutant, Symptom } from '../../model.ts'

/** Two processes start at the same time: one of them upgrades, and the other one sees that it has. */
export function probeStarters(mutant: Mutant): readonly Symptom[] {
  if (mutant.ground !== 'migrator') return []
  return [...probeRival(mutant), ...probeLock(mutant)]
}

/** Another starter finishes right before the first transaction of this one. */
function probeRival(mutant: Mutant): readonly Symptom[] {
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
        : [
            {
              object: 'the slower of two starters',
              expected: 'nothing applied',
              actual: `${applied.join(', ')} again`,
            },
          ]),
      ...(expected === actual ? [] : [{ object: 'the versions after two starters', expected, actual }]),
    ]
  })
}

/** Once a transaction is open, nobody else gets the lock: what was read in it stays true. */
function probeLock(mutant: Mutant): readonly Symptom[] {
  return onDisk((connection, rival) => {
    const symptoms: Symptom[] = []
    mutant.migrate(connection, mutant.plan, {
      beforeStatement: ({ sql }) => {
        if (!connection.inTransaction || symptoms.length > 0) return
        const outcome = tryToLock(rival)
        if (outcome === 'SQLITE_BUSY') return
        symptoms.push({
          object: `the lock, at '${sql.slice(0, 40)}'`,
          expected: 'SQLITE_BUSY',
          actual: outcome,
        })
      },
    })
    return symptoms
  })
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
