/**
 * Goal: the rows of a snapshot may be those of an older one, upgraded, and a few more. They build the same bytes at any
 * time, and what was frozen of them never changes unseen.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { definePlan } from '../../src/migrator/plan.ts'
import { userVersion } from '../../src/migrator/version-store.ts'
import { checkFixtures } from '../../src/snapshots/check.ts'
import { withFixedDate } from '../../src/snapshots/clock.ts'
import type { FixtureSuite, SnapshotDeclaration } from '../../src/snapshots/declaration.ts'
import { draftRows } from '../../src/snapshots/draft.ts'
import { freezeMissing } from '../../src/snapshots/freeze.ts'
import { openSnapshot } from '../../src/snapshots/open.ts'
import { readSnapshotText } from '../../src/snapshots/rows-base.ts'
import {
  createAuthors,
  createBooks,
  createLoans,
  declarations,
  makeWrittenSuite,
  writeText,
} from './library.ts'

const third: SnapshotDeclaration = {
  name: 'v3',
  version: 3,
  form: 'versioned',
  origin: 'release 3',
  releases: [],
}
const head = '-- base: v2\n-- clock: 2026-01-31T12:00:00.000Z\n'
const oneLoan = `INSERT INTO loan (isbn, reader) VALUES ('zwölf', 'Ana');\n`

/** The library with the version that comes after the third, and these rows of the third. */
function withThird(rows: string, change: Partial<FixtureSuite> = {}): FixtureSuite {
  const suite = makeWrittenSuite({ snapshots: [...declarations, third], ...change })
  writeText(suite, 'rows/v3.sql', rows)
  return suite
}

const bytesOf = ({ fixtures }: FixtureSuite) => readFileSync(join(fixtures, 'snapshots/v3.db'))
const messages = (suite: FixtureSuite) => freezeMissing(suite).failures.map(({ message }) => message)

describe('rows with a base', () => {
  it('are those of the base, upgraded, and these; no trigger writes more', () => {
    const suite = withThird(`${head}${oneLoan}`)
    expect(messages(suite)).toEqual([])
    using open = openSnapshot(suite.fixtures, 'v3', { on: 'memory' })
    expect(open.connection.all('SELECT isbn FROM book ORDER BY isbn')).toHaveLength(2)
    expect(open.connection.all('SELECT * FROM loan')).toEqual([{ isbn: 'zwölf', reader: 'Ana' }])
    expect(open.connection.all('PRAGMA user_version')).toEqual([{ user_version: 3n }])
  })

  it('may have a base of the same kind', () => {
    const addDates = {
      version: 4,
      name: 'loan dates',
      up: (connection: { exec(sql: string): void }) =>
        connection.exec('ALTER TABLE loan ADD COLUMN since TEXT'),
    }
    const plan = definePlan([createAuthors, createBooks, createLoans, addDates], userVersion())
    const fourth = { ...third, name: 'v4', version: 4 }
    const suite = withThird(`${head}${oneLoan}`, { plan, snapshots: [...declarations, third, fourth] })
    const rows = draftRows(suite, fourth)
    expect(rows).toMatch(/^-- base: v3$/m)
    writeText(suite, 'schemas/v4.sql', 'never read')
    writeText(suite, 'rows/v4.sql', rows)
    expect(readSnapshotText(suite, fourth).rows).toContain(`('zwölf', 'Ana', NULL)`)
  })

  it('build the same bytes at any time, though the migrations write the time', () => {
    const timed = {
      ...createLoans,
      up: (connection: Parameters<typeof createLoans.up>[0]) => {
        createLoans.up(connection)
        connection.exec(`UPDATE author SET name = datetime('now') || ' ${new Date().getUTCHours()}'`)
      },
    }
    const plan = definePlan([createAuthors, createBooks, timed], userVersion())
    const suite = withThird(`${head}${oneLoan}`, { plan })
    const [early, late] = [0, 1].map((years) =>
      withFixedDate(Date.UTC(2030 + years, 0, 1, years), () => readSnapshotText(suite, third).rows),
    )
    expect(late).toBe(early)
    expect(early).toContain(`'2026-01-31 12:00:00 12'`)
  })

  it('are frozen: a change of them, or of their base, is named', () => {
    const suite = withThird(`${head}${oneLoan}`)
    freezeMissing(suite)
    const before = bytesOf(suite)
    writeText(suite, 'rows/v3.sql', `${head}${oneLoan.replace('Ana', 'Ben')}`)
    expect(checkFixtures(suite).failures.map(({ message }) => message)).toEqual([
      expect.stringContaining('table loan: 1 rows'),
    ])
    writeText(suite, 'rows/v3.sql', `${head}${oneLoan}`)
    writeText(
      suite,
      'rows/v2.sql',
      readFileSync(join(suite.fixtures, 'rows/v2.sql'), 'utf8').replace('1929.8', '1929.7'),
    )
    expect(checkFixtures(suite).failures.map(({ fixture }) => fixture)).toEqual([
      'snapshots/v2',
      'snapshots/v3',
    ])
    expect(bytesOf(suite)).toEqual(before)
  })

  it.for([
    ['-- base: v9\n-- clock: 2026-01-31T12:00:00Z\n', `a base that is one of v1, v2, found 'v9'`],
    ['-- base: v3\n-- clock: 2026-01-31T12:00:00Z\n', `a base that is one of v1, v2, found 'v3'`],
    ['-- clock: 2026-01-31T12:00:00Z\n', 'a base that is one of v1, v2, found none'],
    ['-- base: v2\n', 'a clock such as 2026-01-31T12:00:00.000Z, found none'],
    ['-- base: v2\n-- clock: noon\n', `a clock such as 2026-01-31T12:00:00.000Z, found 'noon'`],
  ])('name what is wrong with %j', ([first, expected]) => {
    expect(messages(withThird(`${first}${oneLoan}`))).toEqual([
      expect.stringContaining(`rows/v3: expected ${expected}`),
    ])
  })

  it('are drafted as what is new: the base, and rows of the tables that have none', () => {
    const suite = makeWrittenSuite({ snapshots: [...declarations, third] })
    const draft = draftRows(suite, third)
    // AUTOINCREMENT remembers the ids of rows that were deleted.
    expect(draft.match(/^(?:INSERT INTO|DELETE FROM) \w+/gm)).toEqual([
      'INSERT INTO loan',
      'DELETE FROM sqlite_sequence',
      'INSERT INTO sqlite_sequence',
    ])
    expect(draft.split('\n').length).toBeLessThan(21)
  })

  it('name the rows, the migration and what to do where it does not take them', () => {
    const up: typeof createLoans.up = (connection) => connection.exec('CREATE UNIQUE INDEX title ON book (1)')
    const plan = definePlan([createAuthors, createBooks, { version: 3, name: 'one book', up }], userVersion())
    const suite = makeWrittenSuite({ snapshots: [...declarations, third], plan })
    expect(() => draftRows(suite, third)).toThrow(
      "rows/v2: expected rows that upgrade to version 3, found Migration v3 (one book), statement 'CREATE UNIQUE INDEX title ON book (?)': the error 'SQLITE_CONSTRAINT_UNIQUE: UNIQUE constraint failed: index 'title''; let the migration correct or remove such rows before it adds the constraint",
    )
  })

  it('are written out where the upgrade draws random numbers', () => {
    const random = {
      ...createLoans,
      up: (connection: Parameters<typeof createLoans.up>[0]) => {
        createLoans.up(connection)
        connection.exec(`UPDATE author SET name = hex(randomblob(8))`)
      },
    }
    const plan = definePlan([createAuthors, createBooks, random], userVersion())
    const suite = makeWrittenSuite({ plan, snapshots: [...declarations, third] })
    const draft = draftRows(suite, third)
    expect(draft).not.toContain('-- base:')
    expect(draft.match(/^INSERT INTO \w+/gm)).toContain('INSERT INTO author')
  })
})
