/**
 * Goal: a file may travel between the engines that people have. Every engine upgrades every snapshot by itself
 * and then behaves as better-sqlite3 does; and every engine reads, checks and writes what better-sqlite3
 * upgraded. What an engine does otherwise is declared with its reason.
 */
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  betterSqliteConnection,
  definePlan,
  type EngineFile,
  migrate,
  openSubject,
  type Subject,
} from '../../src/harness/index.ts'
import { latestVersion, migrations } from '../../src/migrations/index.ts'
import suite from '../../src/suite/index.ts'
import { judge } from './support/declared-deviations.ts'
import { withoutWal } from './support/engines/without-wal.ts'
import { loadEngines } from './support/engines.ts'
import { examineBehaviour, examineFile, examineUpgrade } from './support/examine.ts'
import { containers, needContainers } from './support/need-containers.ts'
import { upgradeHere } from './support/upgrade-here.ts'

const engines = await loadEngines()

describe.for(engines)('$name, SQLite $version', (engine) => {
  it('behaves as better-sqlite3 does, but for what is declared', () => {
    using subject = openSubject(suite, 'v5', latestVersion)
    using file = engine.open(upgradeHere('v5'))
    file.connection.exec('PRAGMA foreign_keys = ON')
    const deviations = examineBehaviour(file.connection, subject)
    expect(judge(engine.version, deviations)).toEqual({ undeclared: [], unused: [] })
  })

  describe.for(suite.snapshots)('from $name', ({ name }) => {
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
      // A plan of its own, so that the expected schemas are built by this engine too.
      const { outcome, to } = migrate(file.connection, definePlan(migrations))
      expect({ outcome, to }).toEqual({ outcome: 'migrated', to: latestVersion })
      expect(examineUpgrade(file.connection, subject)).toEqual([])
    })

    it('leaves a file in which better-sqlite3 finds everything', () => {
      const database = new Database(Buffer.from(withoutWal(file.save())))
      const upgraded = betterSqliteConnection(database)
      upgraded.exec('PRAGMA foreign_keys = ON')
      expect(examineFile({ ...subject, upgraded })).toEqual([])
      database.close()
    })

    it('reads and checks the file that better-sqlite3 upgraded', () => {
      using received = engine.open(upgradeHere(name))
      expect(examineUpgrade(received.connection, subject)).toEqual([])
    })
  })
})

if (!containers.isReady) it('the engines in containers', ({ skip }) => needContainers(skip))
