import { betterSqliteConnection, openFile } from '../engines/better-sqlite3.ts'
import { openOnDisk } from '../snapshots/open.ts'
import type { Check } from './check.ts'
import { compareContent, readUserContent } from './check.ts'

/** Some people upgrade with every release, others skip five: both must end with the same file. */
export const stepwise: Check = {
  name: 'stepwise',
  proves: 'is the same when it is upgraded one version at a time, reopened after each',
  needs: 'steps',
  steps: 'two',
  run: ({ suite, image, from, target, upgraded, migrate }) => {
    using copy = openOnDisk(image)
    for (let version = from + 1; version <= target; version++) {
      const connection = betterSqliteConnection(openFile(copy.path))
      // What a loss of power does is proven elsewhere, and waiting for the disk would take half of the time.
      connection.exec('PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF')
      try {
        migrate(connection, suite.plan, { target: version })
      } finally {
        connection.close()
      }
    }
    const expected = readUserContent(upgraded, suite.plan)
    return { problems: compareContent('stepwise', expected, readUserContent(copy.connection, suite.plan)) }
  },
}
