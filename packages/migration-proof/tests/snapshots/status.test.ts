// Goal: what is frozen, drafted and pending is known in an instant, and nothing that `freeze` would do or refuse is left out.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { definePlan } from '../../src/migrator/plan.ts'
import { userVersion } from '../../src/migrator/version-store.ts'
import { freezeMissing } from '../../src/snapshots/freeze.ts'
import { readStatus } from '../../src/snapshots/status.ts'
import {
  createAuthors,
  createBooks,
  createLoans,
  declarations,
  goldens,
  makeFrozenSuite,
  makeSuite,
  makeWrittenSuite,
  writeText,
} from './library.ts'

const createNothing = { version: 4, name: 'nothing', up: () => {} }
const snapshotOfThird = {
  name: 'v3',
  version: 3,
  form: 'versioned',
  origin: 'the third release',
  releases: [],
}

/** The fixtures of a suite by their state. */
function statesOf(suite: Parameters<typeof readStatus>[0]) {
  const { fixtures } = readStatus(suite)
  const named = (state: string) => fixtures.filter((one) => one.state === state).map(({ fixture }) => fixture)
  return {
    frozen: named('frozen'),
    draft: named('draft'),
    pending: named('pending'),
    differs: named('differs'),
  }
}

const everything = [
  ...['migrations/v1', 'migrations/v2', 'migrations/v3', 'schemas/v1', 'schemas/v2', 'schemas/v3'],
  ...['rows/v1', 'rows/v2', 'snapshots/v0-empty', 'snapshots/v1', 'snapshots/v2'],
]

describe('the status', () => {
  it('of a suite whose fixtures are frozen has nothing pending', () => {
    const suite = makeFrozenSuite()
    expect(statesOf(suite)).toEqual({ frozen: everything, draft: [], pending: [], differs: [] })
    expect(readStatus(suite)).toMatchObject({ unfrozenVersions: [], failures: [] })
  })

  it('of a suite without a ledger has all pending, and makes no file', () => {
    const suite = makeSuite()
    expect(statesOf(suite)).toEqual({ frozen: [], draft: [], pending: everything, differs: [] })
    expect(readStatus(suite).unfrozenVersions).toEqual([1, 2, 3])
    expect(readdirSync(suite.fixtures)).toEqual([])
  })

  it('names the drafts that wait for review, and what to do with each', () => {
    const suite = makeSuite()
    freezeMissing(suite)
    const { draft, pending } = statesOf(suite)
    expect(draft).toEqual(['schemas/v1', 'schemas/v2', 'schemas/v3', 'rows/v1', 'rows/v2'])
    expect(pending).toContain('snapshots/v1')
    const next = readStatus(suite).fixtures.find(({ fixture }) => fixture === 'rows/v1')?.next
    const file = join(suite.fixtures, 'rows', 'v1.sql')
    expect(next).toBe(`read ${file}, delete its first lines, and run \`npx migration-proof freeze\``)
  })

  it('says of a text that was reviewed that it can be frozen, and of one that is missing who writes it', () => {
    const old = { name: 'old', version: 1, form: 'legacy', origin: 'before v1', releases: [] }
    const suite = makeWrittenSuite({ snapshots: [...declarations, old] })
    const nextOf = (name: string) => readStatus(suite).fixtures.find(({ fixture }) => fixture === name)?.next
    expect(nextOf('schemas/v1')).toBe('run `npx migration-proof freeze`')
    expect(nextOf('schemas/old')).toBe('write it by hand: no migration leaves this form behind')
    rmSync(join(suite.fixtures, 'schemas/v1.sql'))
    expect(nextOf('schemas/v1')).toBe('run `npx migration-proof freeze`, which drafts it')
  })

  it('names what a new version needs', () => {
    const plan = definePlan([createAuthors, createBooks, createLoans, createNothing], userVersion())
    const suite = { ...makeFrozenSuite(), plan, snapshots: [...declarations, snapshotOfThird] }
    expect(statesOf(suite)).toMatchObject({
      frozen: everything,
      pending: ['migrations/v4', 'schemas/v4', 'rows/v3', 'snapshots/v3'],
    })
    expect(readStatus(suite).unfrozenVersions).toEqual([4])
  })

  it('names a version without a snapshot', () => {
    const plan = definePlan([createAuthors, createBooks, createLoans, createNothing], userVersion())
    const { failures } = readStatus({ ...makeFrozenSuite(), plan })
    expect(failures.map(({ fixture }) => fixture)).toEqual(['snapshots/v3'])
  })

  /** Each row: a change of a suite that is frozen, and the fixture that no longer agrees with the ledger. */
  const changes: readonly (readonly [fixture: string, change: (folder: string) => void])[] = [
    ['schemas/v1', (folder) => writeFileSync(join(folder, 'schemas/v1.sql'), `${goldens.v2}`)],
    ['schemas/v1', (folder) => rmSync(join(folder, 'schemas/v1.sql'))],
    ['snapshots/v1', (folder) => writeFileSync(join(folder, 'snapshots/v1.db'), 'other')],
    ['snapshots/v1', (folder) => rmSync(join(folder, 'snapshots/v1.db'))],
    ['rows/v1', (folder) => rmSync(join(folder, 'rows/v1.sql'))],
  ]
  it.for(changes)('names %s, which changed after it was frozen (%o)', ([fixture, change]) => {
    const suite = makeFrozenSuite()
    change(suite.fixtures)
    expect(statesOf(suite)).toMatchObject({ differs: [fixture], pending: [], draft: [] })
    expect(readStatus(suite).failures.map((failure) => failure.fixture)).toEqual([fixture])
  })

  it('names a migration and a declaration that changed after they were frozen', () => {
    const plan = definePlan([createAuthors, createBooks, { ...createNothing, version: 3 }], userVersion())
    expect(statesOf({ ...makeFrozenSuite(), plan }).differs).toEqual(['migrations/v3'])
    const snapshots = declarations.map((one) => ({ ...one, origin: 'elsewhere' }))
    expect(statesOf({ ...makeFrozenSuite(), snapshots }).differs).toContain('snapshots/v1')
  })

  it('names files that belong to nothing, and folders that are missing', () => {
    const suite = makeFrozenSuite()
    writeText(suite, 'rows/v9.sql', '')
    expect(readStatus(suite).failures.map(({ fixture }) => fixture)).toEqual(['rows/v9.sql'])
    rmSync(join(suite.fixtures, 'rows'), { recursive: true })
    expect(readStatus(suite).failures.map(({ fixture }) => fixture)).toEqual(['rows/v1', 'rows/v2'])
  })

  it('builds no snapshot: rows that do not fit their schema are the business of freeze', () => {
    const suite = makeFrozenSuite()
    const file = join(suite.fixtures, 'rows/v1.sql')
    writeFileSync(file, `${readFileSync(file, 'utf8')}INSERT INTO nowhere VALUES (1);\n`)
    expect(readStatus(suite).failures).toEqual([])
  })
})
