// Goal: faults in the statements by which a migration changes rows on purpose are injected one at a time, and none survives
// where the change is declared and the rows show it. What the comparison of rows leaves out, parents and conversions show.
import { describe, expect, it } from 'vitest'
import { modelsOf } from '../../src/behaviour/models.ts'
import { type DataChange, verifySuite } from '../../src/index.ts'
import { openContext } from '../../src/mutation/checks/mutant-check.ts'
import { judgeMutant, killersOf } from '../../src/mutation/judge.ts'
import { listMutants } from '../../src/mutation/mutants.ts'
import { dataStatementOperators } from '../../src/mutation/operators/data-statements.ts'
import { freezeHistory } from '../incidents/toy-history.ts'

const people = `CREATE TABLE person (id INTEGER PRIMARY KEY, email TEXT NOT NULL, name TEXT, seen INTEGER);
  CREATE TABLE visit (id INTEGER PRIMARY KEY, person INTEGER REFERENCES person (id), room TEXT);
  CREATE INDEX visit_person ON visit (person);`

const rows = `INSERT INTO person VALUES (4, 'ann@x', 'Ann', 1700000000), (7, 'bob@x', 'Bob', 1700000060000),
    (8, 'ann@x', 'Anne', 1700000120), (9, 'cid@x', NULL, NULL), (11, 'dot@x', 'Dot', 1700000180000);
  INSERT INTO visit VALUES (1, 7, 'red'), (2, 8, 'blue'), (3, 11, 'red'), (5, 9, NULL), (6, NULL, 'green');
  PRAGMA user_version = 1;`

const seconds = `UPDATE person SET seen = seen / 1000 WHERE seen > 100000000000`

/** Each address once, with the name and time of the person with the highest number. */
const once = `CREATE TABLE once (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, name TEXT, seen INTEGER);
  INSERT INTO once (email, name, seen) SELECT email, name, seen FROM
    (SELECT *, row_number() OVER (PARTITION BY email ORDER BY id DESC) AS place FROM person) WHERE place = 1;
  CREATE TABLE visit_next (id INTEGER PRIMARY KEY, person INTEGER REFERENCES once (id), room TEXT);
  INSERT INTO visit_next (id, person, room) SELECT visit.id, once.id, room FROM visit
    LEFT JOIN person ON person.id = visit.person LEFT JOIN once ON once.email = person.email;
  DROP TABLE visit; DROP TABLE person;
  ALTER TABLE once RENAME TO person; ALTER TABLE visit_next RENAME TO visit;
  CREATE INDEX visit_person ON visit (person);
  CREATE TABLE room (name TEXT NOT NULL PRIMARY KEY);
  INSERT INTO room (name) SELECT DISTINCT room FROM visit WHERE room IS NOT NULL;
  DELETE FROM visit WHERE room IS NULL`

const step = (sql: string, dataChanges: readonly DataChange[]) => ({
  up: ({ exec }: { exec(sql: string): void }) => exec(sql),
  dataChanges,
  foreignKeys: 'off' as const,
})

const steps = [
  people,
  step(seconds, [
    {
      table: 'person',
      columns: { seen: 'CASE WHEN seen > 100000000000 THEN seen / 1000 ELSE seen END' },
      reason: 'in seconds',
    },
  ]),
  step(once, [
    {
      table: 'person',
      examples: [
        { before: { email: 'eve@x', name: 'Eve', seen: 5 }, after: { email: 'eve@x', name: 'Eve', seen: 5 } },
        {
          before: { id: 99, email: 'ann@x', name: 'Anna', seen: 6 },
          after: { email: 'ann@x', name: 'Anna', seen: 6 },
        },
        { before: { id: 2, email: 'ann@x', name: 'A', seen: 7 }, after: null },
      ],
      reason: 'each address once',
    },
    { table: 'visit', columns: ['person'], rowsRemoved: 'room IS NULL', reason: 'follows the person' },
  ]),
]

describe('faults in statements that change rows', () => {
  it('are killed, all of them, while the history itself is proven', { timeout: 120_000 }, async () => {
    const suite = freezeHistory({ steps, rows: { v1: rows } })
    const failed = verifySuite(suite).flatMap(({ checks }) => checks.flatMap(({ problems }) => problems))
    expect(failed).toEqual([])
    const context = await openContext({ suite, models: modelsOf([]) })
    try {
      const names = dataStatementOperators.map(({ name }) => name)
      const mutants = listMutants(suite).filter(({ operator }) => names.includes(operator))
      const judged = mutants.map((mutant) => ({ mutant, killers: killersOf(judgeMutant(mutant, context)) }))
      expect(new Set(mutants.map(({ operator }) => operator))).toEqual(new Set(names))
      expect(
        judged
          .filter(({ killers }) => killers.length === 0)
          .map(({ mutant }) => `${mutant.id} ${mutant.fault}`),
      ).toEqual([])
      const alone = judged.flatMap(({ killers }) => (killers.length === 1 ? killers : []))
      expect(new Set(alone)).toContain('references')
    } finally {
      context.close()
    }
  })
})
