// Goal: each check names exactly what an upgrade lacks, by object, expected, actual and the version that did it.
import { describe, expect, it } from 'vitest'
import { interruptUpgrade } from '../../src/checks/interruption.ts'
import { countViolations } from '../../src/checks/violations.ts'
import { type Check, checks, type Migration, migrate, openSubject, type Suite } from '../../src/index.ts'
import { simpleMigrator } from '../../src/mutation/migrators/simple-migrator.ts'
import { describeSubject, type Problem } from '../../src/problem.ts'
import { diffContent, readContent } from '../../src/snapshots/content-hash.ts'
import { openOnDisk } from '../../src/snapshots/open.ts'
import { freezeHistory, suiteOf } from '../incidents/toy-history.ts'
import { brief } from '../support/brief.ts'

type Step = Parameters<typeof suiteOf>[0][number]

const prices = 'CREATE TABLE price (id INTEGER PRIMARY KEY, cents INTEGER)'
const shops = 'CREATE TABLE shop (id INTEGER PRIMARY KEY, name TEXT)'
const index = 'CREATE INDEX shop_name ON shop (name)'
const rows = {
  v1: `INSERT INTO price (id, cents) VALUES (1, 5), (2, 6); PRAGMA user_version = 1;`,
  v2: `INSERT INTO price (id, cents) VALUES (1, 5), (2, 6); INSERT INTO shop VALUES (1, 'Corner');
    PRAGMA user_version = 2;`,
}

const freezeShops = () => freezeHistory({ steps: [prices, shops, index], rows })

function checkNamed(name: string): Check {
  const found = checks.find((check) => check.name === name)
  if (found === undefined) throw new RangeError(`No check is named ${name}`)
  return found
}

interface Look {
  readonly suite?: Suite
  readonly snapshot?: string
  readonly target?: number
  readonly upgrade?: typeof migrate
  /** SQL that spoils the upgraded copy. */
  readonly spoil?: string
}

/** What one check says of an upgrade. */
function run(
  name: string,
  { suite = freezeShops(), snapshot = 'v1', target = 3, upgrade, spoil = '' }: Look,
) {
  using subject = openSubject(suite, snapshot, target, upgrade)
  subject.upgraded.exec(spoil)
  return checkNamed(name).run(subject).problems.map(brief)
}

/** The same fixtures with other migrations. */
const withSteps = (steps: readonly Step[]) => suiteOf(steps, freezeShops().fixtures)

it('every check says what it proves, by a name of its own', () => {
  expect(Object.fromEntries(checks.map(({ name, proves }) => [name, proves]))).toMatchInlineSnapshot(`
    {
      "contracts": "runs each statement of the application by the index that it needs",
      "conversions": "holds what each declared change says of its rows, and no value that the change spoiled",
      "facts": "holds what the facts of its version say, and nothing else",
      "foreign keys": "has no foreign key violation that it did not have before",
      "fresh": "has the schema that a fresh install has",
      "golden": "has the golden schema of its version",
      "inserts": "accepts the rows that it should, and refuses each that breaks one constraint, with the code of that constraint",
      "integrity": "passes integrity_check, and those of its virtual tables",
      "interruption": "is at a whole version, with every row, after a failure at any statement, and a rerun finishes",
      "references": "has for each row the parent that it had, where a migration changes keys or foreign keys",
      "rerun": "ran each migration once, and does not change when they run once more",
      "rollback": "is one with which the program of the version before can go on, where a migration declares that",
      "rows": "holds every row, column and value that it held before",
      "stepwise": "is the same when it is upgraded one version at a time, reopened after each",
      "versions": "records each version up to the target, once",
    }
  `)
})

it.for(checks)('the check $name finds nothing in a good upgrade', ({ name }) => {
  const suite = freezeShops()
  expect(run(name, { suite })).toEqual([])
  expect(run(name, { suite, snapshot: 'v2', target: 2 })).toEqual([])
})

describe('the check golden', () => {
  it('names the first version that led away from the golden schema', () => {
    const suite = withSteps([prices, shops.replace('TEXT', 'BLOB'), index])
    expect(run('golden', { suite })).toEqual([
      { object: 'table shop, column name: type', expected: 'TEXT', actual: 'BLOB', version: 2 },
    ])
  })

  it('names each difference with its own version', () => {
    const both = `${index}; CREATE INDEX shop_id ON shop (id)`
    const suite = withSteps([prices, shops.replace('TEXT', 'BLOB'), both])
    expect(run('golden', { suite }).map((failure) => [failure.object, failure.version])).toEqual([
      ['table shop, column name: type', 2],
      ['index shop_id, existence', 3],
    ])
  })

  it('names the target for a difference that is in no step', () => {
    expect(run('golden', { spoil: 'DROP INDEX shop_name' })).toEqual([
      {
        object: 'index shop_name, existence',
        expected: 'an index on shop (name)',
        actual: 'none',
        version: 3,
      },
    ])
  })
})

describe('the check fresh', () => {
  it('distinguishes an upgrade from a fresh install', () => {
    const dependent: Step = {
      up: ({ all, exec }) => {
        exec(all('SELECT 1 FROM price').length > 0 ? shops : `${shops}; ${index}`)
      },
    }
    const lax: typeof migrate = (connection, plan, options = {}) => {
      const from = plan.versions.read(connection).current
      const { target = 3 } = options
      for (const migration of plan.migrations.slice(from, target)) {
        migration.up(connection)
        plan.versions.record(connection, migration.version)
      }
      return { outcome: 'migrated', from, to: target, applied: [], extras: [] }
    }
    const suite = withSteps([prices, dependent, ''])
    expect(run('fresh', { suite, upgrade: lax })).toEqual([
      {
        object: 'index shop_name, existence',
        expected: 'an index on shop (name)',
        actual: 'none',
        version: 2,
      },
    ])
  })
})

describe('the check stepwise', () => {
  it('distinguishes one jump from single steps', () => {
    const skipping: typeof migrate = (connection, plan, options = {}) => {
      const result = migrate(connection, plan, options)
      if (result.applied.length > 1) connection.exec('DELETE FROM price WHERE id = 2')
      return result
    }
    expect(run('stepwise', { upgrade: skipping })).toEqual([
      {
        object: 'content',
        expected: 'the same schema and rows',
        actual: expect.stringMatching(/^table price: 1 rows of hash .+ expected, 2 rows of hash .+ found$/),
      },
    ])
  })

  it('reopens the file for each version, and for no other', () => {
    const seen: string[] = []
    const noting: typeof migrate = (connection, plan, options = {}) => {
      const [file] = connection.all('PRAGMA database_list')
      if (file?.file !== '') seen.push(`to ${options.target}`)
      return migrate(connection, plan, options)
    }
    run('stepwise', { upgrade: noting })
    expect(seen).toEqual(['to 2', 'to 3'])
  })
})

describe('the check versions', () => {
  it.for([
    ['too high', 'PRAGMA user_version = 4', '1, 2, 3, 4'],
    ['too low', 'PRAGMA user_version = 2', '1, 2'],
    ['none', 'PRAGMA user_version = 0', 'none'],
  ] as const)('names versions that are %s', ([, spoil, actual]) => {
    expect(run('versions', { spoil })).toEqual([{ object: 'the versions', expected: '1, 2, 3', actual }])
  })
})

describe('the check rows', () => {
  it('names a row that is gone, and shows none of its values', () => {
    const [failure, ...others] = run('rows', { spoil: 'DELETE FROM price WHERE id = 2' })
    expect(others).toEqual([])
    expect(failure?.object).toMatch(/^table price/)
    expect(`${failure?.actual}`).toMatch(/: .*2/)
  })

  it('takes the declared changes of the versions that the upgrade ran, and of no other', () => {
    const dataChanges: Migration['dataChanges'] = [{ table: 'price', columns: ['cents'], reason: 'rounding' }]
    const spoil = 'UPDATE price SET cents = 7 WHERE id = 2'
    const changing = (version: number) =>
      withSteps(
        [prices, shops, index].map((sql, place) =>
          place + 1 === version ? { up: ({ exec }) => exec(sql), dataChanges } : sql,
        ),
      )
    expect(run('rows', { suite: changing(3), spoil })).toEqual([])
    expect(run('rows', { suite: changing(1), spoil })).toHaveLength(1)
    expect(run('rows', { suite: changing(3), spoil, target: 2 })).toHaveLength(1)
  })
})

describe('the check inserts', () => {
  const orders = `CREATE TABLE orders (id INTEGER PRIMARY KEY, price INTEGER NOT NULL REFERENCES price (id),
    code TEXT NOT NULL UNIQUE CHECK (length(code) = 4), state TEXT CHECK (state IN ('open', 'paid')))`
  const freezeOrders = () => freezeHistory({ steps: [prices, orders], rows })
  const spoiledBy = (from: string, to: string) =>
    run('inserts', {
      suite: freezeOrders(),
      target: 2,
      spoil: `DROP TABLE orders; ${orders.replace(from, to)}`,
    })

  it.for([
    ['UNIQUE ', '', 'UNIQUE (code)', 'SQLITE_CONSTRAINT_UNIQUE'],
    [' NOT NULL', '', 'NOT NULL of price', 'SQLITE_CONSTRAINT_NOTNULL'],
    [
      ' REFERENCES price (id)',
      '',
      'FOREIGN KEY (price) REFERENCES price (id)',
      'SQLITE_CONSTRAINT_FOREIGNKEY',
    ],
    ['= 4', '>= 4', 'CHECK (length(code) = 4)', 'SQLITE_CONSTRAINT_CHECK'],
    [
      ` CHECK (state IN ('open', 'paid'))`,
      '',
      `CHECK (state in ('open', 'paid'))`,
      'SQLITE_CONSTRAINT_CHECK',
    ],
  ] as const)('names the constraint that is lost with %j', ([from, to, label, code]) => {
    expect(spoiledBy(from, to)).toEqual([
      {
        object: `table orders, ${label}`,
        expected: `${code} for a row that breaks it alone`,
        actual: 'the row is accepted',
      },
    ])
  })

  it.for([
    [', state', ', extra TEXT NOT NULL, state', 'SQLITE_CONSTRAINT_NOTNULL'],
    [`'open', `, '', 'SQLITE_CONSTRAINT_CHECK'],
    ['price INTEGER', 'price INTEGER UNIQUE', 'SQLITE_CONSTRAINT_UNIQUE'],
  ] as const)('names the table that refuses a row since %j became %j', ([from, to, code]) => {
    expect(spoiledBy(from, to)[0]).toEqual({
      object: 'table orders, a row that breaks no constraint',
      expected: 'the row is accepted',
      actual: code,
    })
  })

  it('shows the INSERT, and writes nothing', () => {
    using subject = openSubject(freezeOrders(), 'v1', 2)
    subject.upgraded.exec(`DROP TABLE orders; ${orders.replace('UNIQUE ', '')}`)
    const before = readContent(subject.upgraded)
    const [problem] = checkNamed('inserts').run(subject).problems
    expect(problem?.evidence[0]?.ran).toMatch(
      /^INSERT INTO "orders" \("id", "price", "code", "state"\) VALUES \(\d+, /,
    )
    expect(diffContent(before, readContent(subject.upgraded))).toEqual([])
  })

  it('has no old row in its way, and fires no trigger of a user', () => {
    const one = 'CREATE TABLE price (id INTEGER PRIMARY KEY CHECK (id = 1), cents INTEGER NOT NULL)'
    const suite = freezeHistory({
      steps: [one, shops],
      rows: { v1: 'INSERT INTO price VALUES (1, 5); PRAGMA user_version = 1' },
    })
    using subject = openSubject(suite, 'v1', 1)
    subject.upgraded.exec("CREATE TRIGGER own BEFORE INSERT ON price BEGIN SELECT RAISE(ABORT, 'no'); END")
    const extras = [{ type: 'trigger', name: 'own', table: 'price' }] as const
    expect(checkNamed('inserts').run({ ...subject, extras })).toMatchObject({
      problems: [],
      detail: expect.stringMatching(/^\d+ rows? accepted, \d+ rows refused as expected$/),
    })
    expect(checkNamed('inserts').run(subject).problems).not.toEqual([])
  })

  it('says how many constraints it tried no row for, as no row was found and none is known to be impossible', () => {
    const strict = `CREATE TABLE price (id INTEGER PRIMARY KEY, cents INTEGER NOT NULL CHECK (cents % 2 IN (-1, 0, 1)),
      euros INTEGER NOT NULL CHECK (cents = 100 OR euros * euros <> 2)) STRICT`
    const suite = freezeHistory({
      steps: [strict, shops],
      rows: { v1: 'INSERT INTO price VALUES (1, 5, 1); PRAGMA user_version = 1' },
    })
    using subject = openSubject(suite, 'v1', 1)
    expect(checkNamed('inserts').run(subject)).toMatchObject({
      problems: [],
      detail: expect.stringMatching(
        /as expected; 2 of 8 constraints not tried, as no row was found that breaks it alone: CHECK \(cents % 2 .*, CHECK \(cents = 100 or [^,]*$/,
      ),
    })
  })

  it('goes by what the migrations build where there is no golden schema, and has nothing to try without a table', () => {
    const built = suiteOf([prices, orders], freezeHistory({ steps: [prices], rows: {} }).fixtures)
    const spoil = `DROP TABLE orders; ${orders.replace('UNIQUE ', '')}`
    expect(run('inserts', { suite: built, snapshot: 'v0-empty', target: 2, spoil })).toHaveLength(1)
    const empty = freezeHistory({ steps: [''], rows: {} })
    using subject = openSubject(empty, 'v0-empty', 1)
    expect(checkNamed('inserts').run(subject)).toMatchObject({ isNotApplicable: true, problems: [] })
  })
})

describe('the check integrity', () => {
  it('names each line that SQLite finds', () => {
    const checked = prices.replace('cents INTEGER', 'cents INTEGER CHECK (cents < 100)')
    const suite = freezeHistory({ steps: [checked, shops, index], rows })
    const spoil =
      'PRAGMA ignore_check_constraints = ON; INSERT INTO price VALUES (9, 500); PRAGMA ignore_check_constraints = OFF'
    expect(run('integrity', { suite, spoil })).toEqual([
      { object: 'database file', expected: 'ok', actual: 'CHECK constraint failed in price' },
    ])
  })
})

describe('the check foreign keys', () => {
  it('names the orphans that the upgrade made, and not those of before', () => {
    const tags = 'CREATE TABLE tag (id INTEGER PRIMARY KEY, price_id INTEGER REFERENCES price (id))'
    const suite = freezeHistory({
      steps: [`${prices}; ${tags}`, shops],
      rows: {
        v1: `INSERT INTO price VALUES (1, 5); INSERT INTO tag VALUES (1, 1); PRAGMA user_version = 1;`,
      },
    })
    const oldOrphan = 'PRAGMA foreign_keys = OFF; INSERT INTO tag VALUES (2, 99);'
    using subject = openSubject(suite, 'v1', 2)
    using before = openOnDisk(subject.image)
    before.connection.exec(oldOrphan)
    const violations = countViolations(before.connection)
    const look = () =>
      checkNamed('foreign keys')
        .run({ ...subject, violationsBefore: () => violations })
        .problems.map(brief)
    subject.upgraded.exec(oldOrphan)
    expect(look()).toEqual([])
    subject.upgraded.exec('INSERT INTO tag VALUES (3, 98)')
    expect(look()).toEqual([
      {
        object: 'tag → price',
        expected: '1 rows without their parent, as before',
        actual: '2: rowid 2; rowid 3',
      },
    ])
  })
})

describe('the check rerun', () => {
  it('names a version that runs twice, or not at all, and foreign keys that stay off', () => {
    const twice = simpleMigrator({ times: (version) => (version === 3 ? 2 : 1) })
    const suite = withSteps([prices, shops, `${index.replace('INDEX', 'INDEX IF NOT EXISTS')}`])
    expect(run('rerun', { suite, upgrade: twice })).toEqual([
      { object: 'version 3', expected: 'one run', actual: '2 runs', version: 3 },
    ])
    const never = simpleMigrator({ times: (version) => (version === 2 ? 0 : 1) })
    expect(run('rerun', { suite: withSteps([prices, shops, '']), upgrade: never })).toEqual([
      { object: 'version 2', expected: 'one run', actual: '0 runs', version: 2 },
    ])
    expect(run('rerun', { upgrade: simpleMigrator({ leavesForeignKeysOff: true }) })).toEqual([
      { object: 'foreign keys', expected: 'on, as before', actual: 'off' },
    ])
  })

  it('names a version that is applied again, and what that changed', () => {
    const repeating: typeof migrate = (connection, plan, options) => {
      const result = migrate(connection, plan, options)
      if (result.applied.length > 0) return result
      connection.exec('UPDATE price SET cents = cents + 1')
      return { ...result, applied: [3] }
    }
    expect(run('rerun', { upgrade: repeating })).toEqual([
      { object: 'version 3', expected: 'applied once', actual: 'applied again', version: 3 },
      { object: 'content', expected: 'the same schema and rows', actual: expect.stringContaining('price') },
    ])
  })
})

describe('the check integrity', () => {
  const searched = `CREATE TABLE page (id INTEGER PRIMARY KEY, body TEXT);
    CREATE VIRTUAL TABLE search USING fts5 (body, content = 'page', content_rowid = 'id')`
  const held = {
    v1: "INSERT INTO page VALUES (1, 'moss'); INSERT INTO search (search) VALUES ('rebuild'); PRAGMA user_version = 1;",
  }
  const adviceAfter = (step: string) => {
    using subject = openSubject(freezeHistory({ steps: [searched, step], rows: held }), 'v1', 2)
    return checkNamed('integrity')
      .run(subject)
      .problems.map(({ fix }) => fix)
  }

  it('advises what was tried: to rebuild full-text search, or to create it again where that fails', () => {
    expect(adviceAfter("UPDATE page SET body = 'fern'")).toEqual([
      `let the migration end with INSERT INTO "search" ("search") VALUES ('rebuild')`,
    ])
    expect(adviceAfter('ALTER TABLE page RENAME COLUMN body TO text')).toEqual([
      'let the migration drop it, create it over the columns that page has now, and fill it again',
    ])
  })
})

describe('the check interruption', () => {
  const anywhere = (...failures: readonly (readonly [string, string, unknown])[]) =>
    failures.map(([object, expected, actual]) => ({ object, expected, actual }))

  /** A migrator that fails differently once it is interrupted. */
  function interrupted(
    spoil: (connection: Parameters<typeof migrate>[0], error: unknown) => void,
  ): typeof migrate {
    return (connection, plan, options) => {
      try {
        return migrate(connection, plan, options)
      } catch (error) {
        spoil(connection, error)
        throw error
      }
    }
  }

  const beginAgain = (connection: Parameters<typeof migrate>[0]) => {
    if (!connection.inTransaction) connection.exec('BEGIN')
  }

  /** The statements at which a problem was seen, as far as they are named. */
  const placesOf = ({ evidence }: Problem) =>
    [...(evidence[0]?.ran ?? '').matchAll(/ (\d+) '/g)].map(([, place]) => Number(place))

  /** What the first statement shows: there are as many failures at each other one. */
  const first = (upgrade: typeof migrate) => {
    using subject = openSubject(freezeShops(), 'v1', 3, upgrade)
    const problems = interruptUpgrade(subject, 1)
    for (const { evidence } of problems) {
      expect(evidence).toEqual([
        {
          ran: "an upgrade that fails at statement 1 'BEGIN IMMEDIATE'",
          happened: 'seen at 1 of 1 statement',
        },
      ])
    }
    return problems.map(brief)
  }

  it('names a transaction that stays open, and the rerun that this stops', () => {
    expect(first(interrupted(beginAgain))).toEqual(
      anywhere(
        ['the connection', 'no open transaction', 'one that is open'],
        [
          'the rerun',
          'success',
          'The connection: expected no open transaction, found one that is open; change the call of migrate.',
        ],
      ),
    )
  })

  it('names a half version', () => {
    const failures = first(
      interrupted((connection) => connection.exec('DROP TABLE price; CREATE TABLE price (id)')),
    )
    expect(failures[0]).toEqual({
      object: 'the schema',
      expected: 'that of a whole version',
      actual: expect.stringMatching(/^SchemaDriftError: Schema at version 1, table price/),
    })
  })

  it('names a version that is committed before all of it is there', () => {
    const notesFirst = simpleMigrator({ records: 'before it' })
    using subject = openSubject(freezeShops(), 'v1', 3, notesFirst)
    expect(interruptUpgrade(subject, 0).map(brief)).toEqual([
      {
        object: 'table shop, existence, as version 2 was committed',
        expected: 'a table (id, name)',
        actual: 'none',
      },
    ])
  })

  it('names rows that are lost, at once and after the rerun', () => {
    const failures = first(interrupted((connection) => connection.exec('DELETE FROM price')))
    expect(failures.map(({ object }) => object)).toEqual(['table price', 'content'])
  })

  it('stops in the other migrations where the tool applies one without a transaction', () => {
    const { plan, ...suite } = freezeShops()
    const half = plan.migrations.map((migration) =>
      migration.version === 2 ? { ...migration, transaction: 'none' as const } : migration,
    )
    const look = (versions: typeof plan.versions, migrations = half) => {
      const runner = { tool: 'dbmate', transaction: 'each', foreignKeys: 'on' } as const
      const asTool = { ...suite, plan: { migrations, versions, runner } }
      using subject = openSubject(asTool, 'v1', 3)
      return checkNamed('interruption').run(subject)
    }
    const whole = look(plan.versions)
    expect(whole.problems).toEqual([])
    expect(whole.lacking).toContain('stops in v2, which dbmate applies without a transaction')
    const record: typeof plan.versions.record = (connection, version) => {
      if (version === 3) connection.exec('COMMIT; BEGIN')
      plan.versions.record(connection, version)
    }
    expect(look({ ...plan.versions, record }).problems).not.toEqual([])
    const none = half.map((migration) => ({ ...migration, transaction: 'none' as const }))
    expect(look(plan.versions, none)).toMatchObject({ isNotApplicable: true, problems: [] })
  })

  it('names an interruption that goes unnoticed', () => {
    const deaf: typeof migrate = (connection, plan, options = {}) => {
      const { beforeStatement, ...others } = options
      try {
        return migrate(connection, plan, options)
      } catch {
        return migrate(connection, plan, others)
      }
    }
    expect(first(deaf)).toEqual(anywhere(['the upgrade', 'an error', 'success']))
  })

  it('judges each state that is left, be it another file or only another connection', () => {
    let failed = 0
    const odd: typeof migrate = (connection, plan, options) => {
      const [setting] = connection.all('PRAGMA legacy_alter_table')
      if (setting?.legacy_alter_table === 1n) throw new Error('an odd connection')
      try {
        return migrate(connection, plan, options)
      } catch (error) {
        failed++
        if (failed === 3) connection.exec('PRAGMA legacy_alter_table = ON')
        if (failed === 4) connection.exec('DELETE FROM price')
        throw error
      }
    }
    using subject = openSubject(freezeShops(), 'v1', 3, odd)
    expect(
      interruptUpgrade(subject).map((problem) => [describeSubject(problem.subject), placesOf(problem)]),
    ).toEqual([
      ['the rerun', [3]],
      ['table price', [4]],
      ['content', [4]],
    ])
    expect(failed).toBeGreaterThan(6)
  })

  it.for(['DELETE FROM price', 'PRAGMA legacy_alter_table = ON', 'CREATE TEMP TABLE own (id)'])(
    'begins each stop with a file and a connection as they were, where the one before has left %s',
    (sql) => {
      // The first that leaves it is judged, the second is known, and the third must find nothing of it.
      const leaves = [false, true, true, false]
      const found: string[] = []
      let stops = 0
      const leaving: typeof migrate = (connection, plan, options = {}) => {
        const [state] = connection.all(
          `SELECT (SELECT count(*) FROM price) AS prices, (SELECT count(*) FROM temp.sqlite_schema) AS own, l.*
          FROM pragma_legacy_alter_table AS l`,
        )
        if (options.beforeStatement !== undefined) found.push(Object.values(state ?? {}).join(' '))
        try {
          return migrate(connection, plan, options)
        } catch (error) {
          if (leaves[stops++ % leaves.length] === true) connection.exec(sql)
          throw error
        }
      }
      using subject = openSubject(freezeShops(), 'v1', 2, leaving)
      interruptUpgrade(subject)
      expect(stops).toBe(leaves.length)
      expect([...new Set(found)]).toEqual(['2 0 0'])
    },
  )

  it('interrupts at every statement, or at so many from the first to the last', () => {
    const placesWith = (limit?: number) => {
      using subject = openSubject(freezeShops(), 'v1', 3, interrupted(beginAgain))
      const [found] = interruptUpgrade(subject, limit)
      return found === undefined ? [] : [...placesOf(found), found.evidence[0]?.happened]
    }
    expect(placesWith()).toEqual([1, 2, 3, 'seen at 8 of 8 statements'])
    expect(placesWith(8)).toEqual(placesWith())
    expect(placesWith(3)).toEqual([1, 5, 8, 'seen at 3 of 3 statements'])
    expect(placesWith(2)).toEqual([1, 8, 'seen at 2 of 2 statements'])
    expect(placesWith(1)).toEqual([1, 'seen at 1 of 1 statement'])
    expect(placesWith(0)).toEqual([])
  })

  it('reaches each statement from the version before it, unless the migrator does something else from there', () => {
    const starts = (upgrade: typeof migrate) => {
      const versions: unknown[] = []
      const noting: typeof migrate = (connection, plan, options) => {
        versions.push(connection.all('PRAGMA user_version')[0]?.user_version)
        return upgrade(connection, plan, options)
      }
      using subject = openSubject(freezeShops(), 'v1', 3, noting)
      versions.length = 0
      expect(interruptUpgrade(subject).map(brief)).toEqual([])
      return versions
    }
    const again = starts(migrate)
    expect(again.filter((version) => version === 2n).length).toBeGreaterThan(3)
    // From version 2 on, this one first asks what no upgrade from version 1 asks there.
    const asking: typeof migrate = (connection, plan, options = {}) => {
      const [found] = connection.all('PRAGMA user_version')
      if (found?.user_version === 2n) options.beforeStatement?.({ sql: 'SELECT 1', version: null })
      return migrate(connection, plan, options)
    }
    expect(starts(asking).filter((version) => version === 1n).length).toBeGreaterThan(8)
  })

  it('lets each upgrade go on up to its statement, and then to the same target', () => {
    const lengths: number[] = []
    const targets = new Set<number | undefined>()
    const counting: typeof migrate = (connection, plan, options = {}) => {
      const { beforeStatement } = options
      let length = 0
      targets.add(options.target)
      const count: typeof beforeStatement = (event) => {
        length += 1
        beforeStatement?.(event)
      }
      try {
        return migrate(connection, plan, { ...options, beforeStatement: count })
      } catch (error) {
        lengths.push(length)
        throw error
      }
    }
    using subject = openSubject(freezeShops(), 'v1', 2, counting)
    expect(interruptUpgrade(subject)).toEqual([])
    expect(lengths).toEqual([1, 2, 3, 4])
    expect([...targets]).toEqual([2])
  })

  it('shows the start of a long statement on one line', () => {
    const long = `CREATE TABLE\n  shop (id INTEGER PRIMARY KEY, name TEXT, ${'x'.repeat(60)})`
    const suite = freezeHistory({ steps: [prices, long], rows: { v1: rows.v1 } })
    using subject = openSubject(suite, 'v1', 2, interrupted(beginAgain))
    const shown = `CREATE TABLE shop (id INTEGER PRIMARY KEY, name TEXT, ${'x'.repeat(60)})`.slice(0, 60)
    const [{ evidence } = { evidence: [] }] = interruptUpgrade(subject)
    expect(evidence[0]?.ran).toContain(` 2 '${shown}'`)
  })

  it('holds the rows against what any version declares', () => {
    const changing: Step = {
      up: ({ exec }) => exec('UPDATE price SET cents = cents * 100'),
      dataChanges: [{ table: 'price', columns: ['cents'], reason: 'whole units become cents' }],
    }
    const suite = freezeHistory({ steps: [prices, changing], rows: { v1: rows.v1 } })
    expect(run('interruption', { suite, target: 2 })).toEqual([])
  })
})
