/**
 * Goal: the checks of this folder can fail. Each injected difference between an engine and better-sqlite3 is
 * found, and named.
 */

import { makeProblem, openSubject } from 'migration-proof'
import { examineBehaviour, examineUpgrade, judgeDeviations } from 'migration-proof/compatibility'
import { describe, expect, it } from 'vitest'
import { latestVersion } from '../../src/migrations/index.ts'
import suite from '../../src/suite/index.ts'
import { loadDebianEngines, loadNpmEngines } from './support/engines.ts'
import { upgradeHere } from './support/upgrade-here.ts'

// The oldest in a container, where there are containers, and the oldest in memory.
const engines = [...loadDebianEngines().slice(0, 1), ...(await loadNpmEngines()).slice(0, 1)]
const snapshot = suite.snapshots.at(-1)?.name ?? ''

const faults = [
  {
    fault: 'an index is missing after the upgrade',
    examine: [examineUpgrade, examineBehaviour],
    sql: 'DROP INDEX idx_oauth_access_token_expires_at',
    checks: ['golden', 'facts', 'content', 'rerun', 'indexes', 'purge plan', 'contracts'],
    object: 'idx_oauth_access_token_expires_at',
  },
  {
    fault: 'a row is lost',
    examine: [examineUpgrade],
    sql: 'DELETE FROM record WHERE rowid = (SELECT min(rowid) FROM record)',
    checks: ['content'],
    object: 'record',
  },
  {
    fault: 'a value is another',
    examine: [examineUpgrade],
    sql: `UPDATE record SET json = json || ' ' WHERE rowid = (SELECT max(rowid) FROM record)`,
    checks: ['content'],
    object: 'record',
  },
  {
    fault: 'a child lacks its parent',
    examine: [examineUpgrade],
    sql: `PRAGMA foreign_keys = OFF;
      INSERT INTO oauth_par_request (request_uri, authorization_request, client_id, created_at, expires_at)
        VALUES ('urn:a', '{}', 'no one', 1, 2);
      PRAGMA foreign_keys = ON`,
    checks: ['foreign keys', 'content'],
    object: 'oauth_par_request',
  },
  {
    fault: 'a trigger undoes what is written',
    examine: [examineUpgrade, examineBehaviour],
    sql: 'CREATE TRIGGER undo AFTER INSERT ON config BEGIN DELETE FROM config WHERE key = new.key; END',
    checks: ['golden', 'content', 'missing values'],
    object: 'undo',
  },
]

describe.for(engines)('on $name', (engine) => {
  it.for(faults)('$fault: found', ({ examine, sql, checks, object }) => {
    using subject = openSubject(suite, snapshot, latestVersion)
    using file = engine.open(upgradeHere(snapshot))
    file.connection.exec(`PRAGMA foreign_keys = ON; ${sql}`)
    const found = examine.flatMap((look) => look(file.connection, subject))
    const { problems } = judgeDeviations(suite.deviations, engine, found)
    const undeclared = problems.filter(({ status }) => status === 'new')
    expect(undeclared.map(({ code }) => code)).toEqual(expect.arrayContaining(checks))
    expect(undeclared.map((problem) => problem.subject.name + problem.actual).join()).toContain(object)
  })
})

describe('a declaration', () => {
  const known = ['oauth_sessions.created_at', 'oauth_states.created_at'].flatMap((name) =>
    ['missing values', 'defaults'].map((code) => {
      const subject = { type: 'column', name } as const
      return makeProblem(code, { subject, expected: 'a row without it: accepted', actual: 'SQLITE_ERROR' })
    }),
  )
  const judge = (sqlite: string, problems: typeof known) => {
    const judged = judgeDeviations(suite.deviations, { id: 'sql.js', sqlite }, problems)
    return {
      undeclared: judged.problems.filter(({ status }) => status === 'new'),
      unused: judged.unused.map(({ object }) => object),
    }
  }

  it('is for the engines that it names, and for no newer one', () => {
    expect(judge('3.36.0', known)).toEqual({ undeclared: [], unused: [] })
    expect(judge('3.38.0', known)).toEqual({ undeclared: known, unused: [] })
  })

  it('fails when no engine needs it', () => {
    expect(judge('3.36.0', []).unused).toEqual(known.map(({ subject }) => `column ${subject.name}`))
  })

  it('does not cover another deviation of the same object', () => {
    const other = known.map((problem) => ({ ...problem, actual: 'SQLITE_CONSTRAINT_NOTNULL' }))
    expect(judge('3.36.0', other).undeclared).toEqual(other)
  })
})
