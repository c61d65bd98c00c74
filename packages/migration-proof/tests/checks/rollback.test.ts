// Goal: of each version it is said whether the program of the version before can go on with its file, and the program of
// the version itself with what that one writes: by statements that are declared, or derived from the schema.
import { describe, expect, it } from 'vitest'
import { describeObstacle, judgeRollbacks, rollback } from '../../src/checks/rollback.ts'
import { type ContractDeclaration, type DataChange, type Migration, openSubject } from '../../src/index.ts'
import { completeFacts } from '../../src/proof/facts-at.ts'
import { freezeHistory } from '../incidents/toy-history.ts'
import { brief } from '../support/brief.ts'

const jars = `CREATE TABLE shelf (id INTEGER PRIMARY KEY, label TEXT);
  CREATE TABLE jar (id INTEGER PRIMARY KEY, lid TEXT NOT NULL, filled_at INTEGER, shelf INTEGER REFERENCES shelf (id));`

interface Given extends Pick<Migration, 'rollback'> {
  readonly sql: string
  readonly changes?: readonly Omit<DataChange, 'reason'>[]
  readonly contracts?: readonly ContractDeclaration[]
}

function suiteOf({ sql, changes = [], contracts = [], ...rest }: Given) {
  const up = ({ exec }: { exec(sql: string): void }) => exec(sql)
  const dataChanges = changes.map((one) => ({ ...one, reason: 'a test' }))
  const suite = freezeHistory({ steps: [jars, { up, dataChanges, foreignKeys: 'off', ...rest }] })
  return { ...suite, facts: completeFacts([], contracts, 2) }
}

function judge(given: Given) {
  return judgeRollbacks(suiteOf(given)).find(({ version }) => version === 2)
}

/** The table again, with other columns. */
const again = (columns: string, names: string, values = names) =>
  `CREATE TABLE jar_next (id INTEGER PRIMARY KEY, ${columns}); INSERT INTO jar_next (id, ${names}) SELECT id, ${values} FROM jar;
   DROP TABLE jar; ALTER TABLE jar_next RENAME TO jar;`
const rest = 'filled_at INTEGER, shelf INTEGER REFERENCES shelf (id)'
const names = 'lid, filled_at, shelf'

describe('without contracts', () => {
  it.for([
    ['a column that may be NULL', 'ALTER TABLE jar ADD COLUMN note TEXT'],
    ['a column with a default', "ALTER TABLE jar ADD COLUMN note TEXT NOT NULL DEFAULT ''"],
    ['a table', 'CREATE TABLE crate (id INTEGER PRIMARY KEY, jar INTEGER NOT NULL REFERENCES jar (id))'],
    ['an index', 'CREATE INDEX jar_shelf ON jar (shelf)'],
  ])('it is possible after %s', ([, sql = '']) => {
    expect(judge({ sql })).toMatchObject({ version: 2, outcome: 'possible', obstacles: [] })
    expect(judge({ sql })?.tried).toBeGreaterThan(8)
  })

  it('nothing is said of tables that take no further row: nothing was tried', () => {
    const one = 'CREATE TABLE one (id INTEGER PRIMARY KEY CHECK (id = 1)); INSERT INTO one VALUES (1)'
    const suite = freezeHistory({ steps: [one, 'ALTER TABLE one ADD COLUMN note TEXT'] })
    expect(judgeRollbacks(suite)).toEqual([])
  })

  it.for([
    [
      'a column that an INSERT must name',
      again(`lid TEXT NOT NULL, ${rest}, size INTEGER NOT NULL`, `${names}, size`, `${names}, 1`),
      [],
      'jar.size is new, NOT NULL and without a default',
    ],
    [
      'another name of a column',
      'ALTER TABLE jar RENAME COLUMN lid TO cap',
      [{ table: 'jar', renamedColumns: { lid: 'cap' } }],
      'jar.lid is called cap',
    ],
    [
      'another name of a table',
      'ALTER TABLE jar RENAME TO pot',
      [{ table: 'jar', renamedTo: 'pot' }],
      'the table jar is called pot',
    ],
    [
      'a column that is dropped',
      'ALTER TABLE jar DROP COLUMN lid',
      [{ table: 'jar', columns: ['lid'] }],
      'jar.lid is gone',
    ],
    ['a table that is dropped', 'DROP TABLE jar', [{ table: 'jar' }], 'the table jar is gone'],
  ] satisfies [string, string, Given['changes'], string][])(
    'it needs an expand step before %s',
    ([, sql, changes, reason]) => {
      const { outcome, obstacles = [] } = judge({ sql, changes }) ?? {}
      expect(outcome).toBe('expand-first')
      expect(new Set(obstacles.map((obstacle) => obstacle.reason))).toEqual(new Set([reason]))
      expect(obstacles[0]).toMatchObject({
        program: 'older',
        statement: expect.stringMatching(/^INSERT INTO "?jar"? /),
      })
    },
  )

  it.for([
    [
      'a constraint that refuses what the older one writes',
      again(`lid TEXT NOT NULL CHECK (lid = 'a lid'), ${rest}`, names, "'a lid', filled_at, shelf"),
      [{ table: 'jar', columns: ['lid'] }],
      [/^INSERT INTO jar .*: SQLITE_CONSTRAINT_CHECK: /],
    ],
    [
      'values of another kind',
      again(
        'lid TEXT NOT NULL, filled_at TEXT, shelf INTEGER REFERENCES shelf (id)',
        names,
        "lid, datetime(filled_at, 'unixepoch'), shelf",
      ),
      [{ table: 'jar', columns: ['filled_at'] }],
      ['jar.filled_at: holds text, where version 1 stores a number'],
    ],
    [
      'a column that may be NULL where it could not be',
      again(`lid TEXT, ${rest}`, names),
      [],
      ['jar.lid: may be NULL, which version 1 does not know'],
    ],
  ] satisfies [string, string, Given['changes'], (string | RegExp)[]][])(
    'it breaks after %s',
    ([, sql, changes, expected]) => {
      const { outcome, obstacles = [] } = judge({ sql, changes }) ?? {}
      expect(outcome).toBe('breaks')
      expect(obstacles.map(describeObstacle)).toEqual(
        expected.map((text) => (typeof text === 'string' ? text : expect.stringMatching(text))),
      )
    },
  )

  it('it breaks where the newer program cannot read what the older one writes', () => {
    const sql = `UPDATE jar SET lid = json_object('name', lid); CREATE VIEW lids AS SELECT lid FROM jar`
    const contracts: readonly ContractDeclaration[] = [
      {
        name: 'add a jar',
        table: 'jar',
        since: 1,
        sql: 'INSERT INTO jar (lid) VALUES (?)',
        parameters: ['red'],
        access: { write: true },
        until: 2,
      },
      {
        name: 'the names',
        table: 'jar',
        since: 2,
        sql: "SELECT lid ->> '$.name' FROM jar",
        parameters: [],
        access: { scan: 'all' },
      },
    ]
    expect(judge({ sql, changes: [{ table: 'jar', columns: ['lid'] }], contracts })).toMatchObject({
      outcome: 'breaks',
      obstacles: [
        { program: 'newer', statement: 'the names', reason: expect.stringContaining('malformed JSON') },
      ],
    })
  })

  it('it breaks where the older program cannot read what the newer one writes', () => {
    const contract = { table: 'jar', access: { write: true } } as const
    const contracts: readonly ContractDeclaration[] = [
      {
        ...contract,
        name: 'add JSON',
        since: 1,
        until: 2,
        sql: 'INSERT INTO jar (lid) VALUES (?)',
        parameters: ['{}'],
      },
      {
        ...contract,
        name: 'add text',
        since: 2,
        sql: 'INSERT INTO jar (lid) VALUES (?)',
        parameters: ['red'],
      },
      {
        ...contract,
        name: 'the names',
        since: 1,
        until: 2,
        sql: "SELECT json_type(lid) FROM jar WHERE lid IN ('{}', 'red')",
        parameters: [],
      },
    ]
    const { obstacles = [] } = judge({ sql: 'CREATE INDEX jar_lid ON jar (lid)', contracts }) ?? {}
    expect(obstacles.map(describeObstacle)).toEqual([
      'the names, after the newer program has written: SQLITE_ERROR: malformed JSON',
    ])
  })
})

describe('with contracts', () => {
  const find: ContractDeclaration = {
    name: 'jars filled since',
    table: 'jar',
    since: 1,
    sql: 'SELECT id FROM jar WHERE filled_at > ?',
    parameters: [1n],
    access: { scan: 'a test' },
  }

  it('these alone are run', () => {
    const sql = 'ALTER TABLE jar DROP COLUMN lid'
    expect(judge({ sql, changes: [{ table: 'jar', columns: ['lid'] }], contracts: [find] })).toMatchObject({
      outcome: 'possible',
      obstacles: [],
    })
  })

  it('one that finds nothing any more is named', () => {
    const sql = 'UPDATE jar SET filled_at = -filled_at'
    expect(
      judge({ sql, changes: [{ table: 'jar', columns: ['filled_at'] }], contracts: [find] }),
    ).toMatchObject({
      outcome: 'breaks',
      obstacles: [
        {
          program: 'older',
          statement: 'jars filled since',
          reason: expect.stringMatching(/^finds no row, where it found \d+ at version 1$/),
        },
      ],
    })
  })
})

describe("rollback: 'possible'", () => {
  const look = (given: Given) => {
    using subject = openSubject(suiteOf(given), 'v1', 2)
    return { lacks: rollback.lacks?.(subject), problems: rollback.run(subject).problems.map(brief) }
  }

  it('is proven', () => {
    expect(look({ sql: 'ALTER TABLE jar ADD COLUMN note TEXT', rollback: 'possible' })).toEqual({
      lacks: null,
      problems: [],
    })
    const renamed = {
      sql: 'ALTER TABLE jar RENAME COLUMN lid TO cap',
      changes: [{ table: 'jar', renamedColumns: { lid: 'cap' } }],
    }
    const { problems } = look({ ...renamed, rollback: 'possible' })
    expect(problems).toEqual([
      {
        object: 'migration v2',
        expected: "rollback: 'possible': the statements of version 1 work on it",
        actual: expect.stringMatching(/^3 do not: INSERT INTO jar .*: jar\.lid is called cap; /),
        version: 2,
      },
    ])
  })

  const views = (write: string) => `ALTER TABLE jar RENAME TO pot; CREATE VIEW jar AS SELECT * FROM pot;
    CREATE TRIGGER jar_added INSTEAD OF INSERT ON jar BEGIN
      INSERT INTO pot VALUES (new.id, new.lid, new.filled_at, new.shelf); END;
    CREATE TRIGGER jar_set INSTEAD OF UPDATE ON jar BEGIN ${write}; END;
    CREATE TRIGGER jar_gone INSTEAD OF DELETE ON jar BEGIN DELETE FROM pot WHERE id = old.id; END;`
  const viewed = (write: string) =>
    look({ sql: views(write), changes: [{ table: 'jar', renamedTo: 'pot' }], rollback: 'possible' })

  it('is proven of a view that writes as the table did, for which SQLite counts no rows', () => {
    const write =
      'UPDATE pot SET lid = new.lid, filled_at = new.filled_at, shelf = new.shelf WHERE id = old.id'
    expect(viewed(write).problems).toEqual([])
  })

  it('is no proof of a view that writes nothing', () => {
    expect(viewed('SELECT 1').problems).toEqual([
      expect.objectContaining({
        actual: expect.stringMatching(/^1 do not: UPDATE jar .*: finds no row, where it found 1/),
      }),
    ])
  })

  it('is no failure where it is not declared', () => {
    expect(
      look({ sql: 'ALTER TABLE jar DROP COLUMN lid', changes: [{ table: 'jar', columns: ['lid'] }] }).lacks,
    ).toBe("no migration declares rollback: 'possible'")
  })
})
