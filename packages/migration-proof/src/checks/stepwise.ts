import { betterSqliteConnection, openFile } from '../engines/better-sqlite3.ts'
import { startOfFile } from '../migrator/tool-change.ts'
import { openOnDisk } from '../snapshots/open.ts'
import type { Connection } from '../sql/connection.ts'
import type { Check } from './check.ts'
import { compareContent, readUserContent } from './check.ts'
import type { RerunSubject } from './subject.ts'

/** Some people upgrade with every release, others skip five: both must end with the same file. */
export const stepwise: Check = {
  name: 'stepwise',
  proves: 'is the same when it is upgraded one version at a time, reopened after each',
  needs: 'steps',
  steps: 'two',
  run: (subject) => {
    const { suite, upgraded } = subject
    const expected = readUserContent(upgraded, suite.plan)
    const read = (stepped: Connection) => readUserContent(stepped, suite.plan)
    const actual = subject.visitStepped?.(read) ?? upgradeInSteps(subject, read)
    return { problems: compareContent('stepwise', expected, actual) }
  },
}

function upgradeInSteps<Result>(
  { suite, image, from, target, migrate }: RerunSubject,
  work: (connection: Connection) => Result,
): Result {
  using copy = openOnDisk(image)
  for (let version = from; version < target; ) {
    const connection = betterSqliteConnection(openFile(copy.path))
    // What a loss of power does is proven elsewhere, and waiting for the disk would take half of the time.
    connection.exec('PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF')
    try {
      version = startOfFile(connection, suite.plan, version, target) + 1
      migrate(connection, suite.plan, { target: version })
    } finally {
      connection.close()
    }
  }
  return work(copy.connection)
}
