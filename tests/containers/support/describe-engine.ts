import Database from 'better-sqlite3'
import {
  betterSqliteConnection,
  definePlan,
  type EngineFile,
  loadSnapshot,
  migrate,
  openSubject,
  type Subject,
} from 'migration-proof'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { latestVersion, migrations } from '../../../src/migrations/index.ts'
import suite from '../../../src/suite/index.ts'
import { judge } from './declared-deviations.ts'
import { withoutWal } from './engines/without-wal.ts'
import type { TestedEngine } from './engines.ts'
import { examineBehaviour, examineFile, examineReceived, examineUpgrade } from './examine.ts'
import { upgradeHere } from './upgrade-here.ts'

const { snapshots } = suite
const newest = snapshots.at(-1)?.name ?? ''

/** In CI all; elsewhere those that differ most: the empty file, the first release, and the newest. */
const travelling = process.env.CI ? snapshots : [...snapshots.slice(0, 2), ...snapshots.slice(-1)]

/** Files that travel between an engine and better-sqlite3, in both directions. */
export function describeEngine(engine: TestedEngine): void {
  // A plan of its own, so that the expected schemas are built by this engine too.
  const plan = definePlan(migrations)

  it.for([
    { who: 'it', bytes: () => loadSnapshot(suite.fixtures, newest).bytes },
    { who: 'better-sqlite3', bytes: () => upgradeHere(newest) },
  ])('behaves as better-sqlite3 does on a file that $who upgraded, but for what is declared', ({ bytes }) => {
    using subject = openSubject(suite, newest, latestVersion)
    using file = engine.open(bytes())
    file.connection.exec('PRAGMA foreign_keys = ON')
    migrate(file.connection, plan)
    const deviations = examineBehaviour(file.connection, subject)
    expect(judge(engine.version, deviations)).toEqual({ undeclared: [], unused: [] })
  })

  describe.for(travelling)('from $name', ({ name }) => {
    let subject: Subject
    let file: EngineFile

    beforeAll(() => {
      subject = openSubject(suite, name, latestVersion)
      file = engine.open(subject.image.bytes)
      file.connection.exec('PRAGMA foreign_keys = ON')
    })
    afterAll(() => {
      file[Symbol.dispose]()
      subject[Symbol.dispose]()
    })

    it('upgrades the file by itself, to what better-sqlite3 makes of it', () => {
      const { outcome, to } = migrate(file.connection, plan)
      expect({ outcome, to }).toEqual({ outcome: 'migrated', to: latestVersion })
      expect(examineUpgrade(file.connection, subject)).toEqual([])
    })

    it('leaves a file in which better-sqlite3 finds everything', () => {
      const database = new Database(Buffer.from(withoutWal(file.save())))
      expect(examineFile(betterSqliteConnection(database), subject)).toEqual([])
      database.close()
    })

    it('reads and checks the file that better-sqlite3 upgraded', () => {
      using received = engine.open(upgradeHere(name))
      expect(examineReceived(received.connection, subject)).toEqual([])
    })
  })
}
