import { betterSqliteConnection, openMemory } from '../../engines/better-sqlite3.ts'
import { readSchema } from '../../schema/read.ts'
import type { Check } from '../check.ts'
import { compareSchemas } from '../divergence.ts'
import type { Subject } from '../subject.ts'

/** Whether an upgraded file and a new install are the same to the application. */
export const fresh: Check = {
  name: 'fresh',
  proves: 'has the schema that a fresh install has',
  run: (subject) => compareSchemas(subject, (version) => freshSchema(subject, version)),
}

function freshSchema({ suite, migrate }: Subject, version: number) {
  const connection = betterSqliteConnection(openMemory())
  try {
    migrate(connection, suite.plan, { target: version })
    return readSchema(connection)
  } finally {
    connection.close()
  }
}
