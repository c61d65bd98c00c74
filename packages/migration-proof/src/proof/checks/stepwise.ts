import { betterSqliteConnection, openFile } from '../../engines/better-sqlite3.ts'
import { openOnDisk } from '../../snapshots/open.ts'
import type { Check } from '../check.ts'
import { compareContent, readUserContent } from '../content.ts'

/** Some people upgrade with every release, others skip five: both must end with the same file. */
export const stepwise: Check = {
  name: 'stepwise',
  proves: 'is the same when it is upgraded one version at a time, reopened after each',
  run: ({ suite, image, snapshot, target, upgraded, migrate }) => {
    using copy = openOnDisk(image)
    for (let version = snapshot.version + 1; version <= target; version++) {
      const connection = betterSqliteConnection(openFile(copy.path))
      try {
        migrate(connection, suite.plan, { target: version })
      } finally {
        connection.close()
      }
    }
    return compareContent(readUserContent(upgraded, suite.plan), readUserContent(copy.connection, suite.plan))
  },
}
