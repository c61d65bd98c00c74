// Goal: a proof says what was proven of which snapshot, and anything that goes wrong meanwhile is a failure in it.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { findSnapshot } from '../../src/checks/subject.ts'
import { runCheck, verifyUpgrade } from '../../src/checks/verify.ts'
import { verifySnapshots } from '../../src/cli/results/upgrades.ts'
import {
  type Check,
  defineConfig,
  type MigrationConnection,
  type migrate,
  openSubject,
  verifySuite,
  versionTable,
} from '../../src/index.ts'
import { makeProblem } from '../../src/problem.ts'
import { FixtureError } from '../../src/snapshots/errors.ts'
import { readGoldenSchema } from '../../src/snapshots/golden-review.ts'
import { freezeHistory, suiteOf } from '../incidents/toy-history.ts'
import { brief } from '../support/brief.ts'

const steps = ['CREATE TABLE price (id INTEGER PRIMARY KEY, cents INTEGER)', 'CREATE TABLE shop (name TEXT)']
const rows = { v1: 'INSERT INTO price (id, cents) VALUES (1, 5); PRAGMA user_version = 1;' }
const freezeShop = () => freezeHistory({ steps, rows })

const found = { object: 'the sky', expected: 'blue', actual: 'grey' }
const problem = makeProblem('blue', {
  subject: { type: 'database', name: 'the sky' },
  expected: 'blue',
  actual: 'grey',
})
const passing: Check = { name: 'calm', proves: 'is calm', needs: 'database', run: () => ({ problems: [] }) }
const failing: Check = {
  name: 'blue',
  proves: 'is blue',
  needs: 'database',
  run: () => ({ problems: [problem] }),
}
const throwing: Check = {
  name: 'loud',
  proves: 'is loud',
  needs: 'database',
  run: () => {
    throw new RangeError('no voice today')
  },
}

function catchError(work: () => unknown): Error {
  try {
    work()
  } catch (error) {
    if (error instanceof Error) return error
  }
  throw new Error('expected an error')
}

describe('a proof', () => {
  it('reports snapshot and versions, and each check in order, the upgrade itself first', () => {
    const suite = freezeShop()
    const reported: string[] = []
    const onCheck = (snapshot: string, { check, outcome }: { check: string; outcome: string }) =>
      reported.push(`${snapshot}: ${check} ${outcome}`)
    const proof = verifyUpgrade(suite, 'v1', { checks: [passing, failing, throwing], onCheck })
    expect(proof).toMatchObject({ snapshot: 'v1', from: 1, to: 2, outcome: 'failed' })
    expect(proof.checks.map(({ check, outcome, problems }) => [check, outcome, problems.map(brief)])).toEqual(
      [
        ['upgrade', 'passed', []],
        ['calm', 'passed', []],
        ['blue', 'failed', [found]],
        ['loud', 'failed', [{ object: 'check loud', expected: 'a result', actual: 'no voice today' }]],
      ],
    )
    expect(reported).toEqual(['v1: upgrade passed', 'v1: calm passed', 'v1: blue failed', 'v1: loud failed'])
  })

  it('says of a fixture that a check misses what was expected, and what to do', () => {
    const suite = freezeShop()
    const lost: Check = {
      ...passing,
      name: 'lost',
      run: () => {
        throw new FixtureError('schemas/v9', { expected: 'the file v9.sql', actual: 'none', fix: 'draft it' })
      },
    }
    const [, { problems = [] } = {}] = verifyUpgrade(suite, 'v1', { checks: [lost] }).checks
    expect(problems).toMatchObject([
      {
        subject: { type: 'fixture', name: 'schemas/v9' },
        expected: 'the file v9.sql',
        actual: 'none',
        fix: expect.stringMatching(/^draft it/),
      },
    ])
  })

  it('passes when all checks do, and takes the time of each', () => {
    const suite = freezeShop()
    const waiting: Check = {
      ...passing,
      run: () => {
        const start = performance.now()
        while (performance.now() - start < 3);
        return { problems: [] }
      },
    }
    const proof = verifyUpgrade(suite, 'v1', { checks: [waiting], target: 1 })
    expect(proof).toMatchObject({ from: 1, to: 1, outcome: 'passed' })
    expect(proof.checks[1]?.durationMilliseconds).toBeGreaterThanOrEqual(3)
    expect(proof.checks[1]?.durationMilliseconds).toBeLessThan(20_000)
  })

  it('ends with an upgrade that fails', () => {
    const suite = freezeShop()
    const broken: typeof migrate = () => {
      throw new RangeError('no upgrade today')
    }
    const { outcome, checks } = verifyUpgrade(suite, 'v1', { migrate: broken, checks: [passing] })
    expect(outcome).toBe('failed')
    expect(checks.map(({ check, problems }) => [check, problems.map(brief)])).toEqual([
      ['upgrade', [{ object: 'snapshot v1', expected: 'an upgrade', actual: 'no upgrade today' }]],
    ])
  })

  it('of a suite is one for each snapshot, with all checks', () => {
    const proofs = verifySuite(freezeShop())
    expect(proofs.map(({ snapshot, outcome }) => [snapshot, outcome])).toEqual([
      ['v0-empty', 'passed'],
      ['v1', 'passed'],
    ])
    expect(proofs[0]?.checks.map(({ check }) => check)).toEqual([
      'upgrade',
      'golden',
      'facts',
      'contracts',
      'fresh',
      'stepwise',
      'versions',
      'inserts',
      'foreign keys',
      'rows',
      'references',
      'conversions',
      'integrity',
      'rerun',
      'interruption',
      'rollback',
    ])
  })

  it('of all snapshots is interrupted and repeated on its whole way from the oldest file, and from each other beyond the next', async () => {
    const tables = ['a', 'b', 'c', 'd', 'e']
    const statements = tables.map((table) => `CREATE TABLE ${table} (id INTEGER)`)
    const rowsOf = (version: number) =>
      tables.slice(0, version).map((table) => `INSERT INTO ${table} VALUES (1);`)
    const versions = [1, 2, 3, 4]
    const rows = Object.fromEntries(
      versions.map((version) => [
        `v${version}`,
        `${rowsOf(version).join('')} PRAGMA user_version = ${version};`,
      ]),
    )
    const frozen = freezeHistory({ steps: statements, rows })
    const runs: number[] = []
    const steps = statements.map((sql, index) => ({
      up: ({ exec }: { exec(sql: string): void }) => {
        runs.push(index + 1)
        exec(sql)
      },
    }))
    const suite = suiteOf(steps, frozen.fixtures)
    const names = suite.snapshots.map(({ name }) => name)
    const count = async (chosen: readonly string[], everyPath = false) => {
      runs.length = 0
      const proofs = await verifySnapshots(suite, chosen, { everyPath })
      expect(proofs.map(({ outcome }) => outcome)).toEqual(chosen.map(() => 'passed'))
      return runs.filter((version) => version === 5).length
    }
    // The schemas that are compared with are built once.
    await count(names)
    const all = await count(names)
    expect(all).toBeLessThan(await count(names, true))
    expect((await count(names.slice(0, -1))) + (await count(names.slice(-1)))).toBeGreaterThan(all)
  })

  it('is not made of a fixture that is missing', () => {
    const suite = freezeShop()
    rmSync(join(suite.fixtures, 'snapshots', 'v1.db'))
    expect(catchError(() => verifyUpgrade(suite, 'v1')).name).toBe('FixtureError')
    rmSync(join(suite.fixtures, 'manifest.json'))
    expect(() => verifyUpgrade(suite, 'v1')).toThrow('manifest.json')
  })

  it('is not made of a snapshot that is not declared', () => {
    expect(catchError(() => verifyUpgrade(freezeShop(), 'v9')).message).toBe(
      "Suite toy: expected one of the snapshots v0-empty, v1, found 'v9'; name one that the suite declares.",
    )
  })
})

describe('a subject', () => {
  it('is a private copy with foreign keys on, closed at the end', () => {
    const suite = freezeShop()
    const subject = openSubject(suite, 'v1', 2)
    expect(subject.upgraded.all('PRAGMA foreign_keys')).toEqual([{ foreign_keys: 1n }])
    expect(subject.result).toMatchObject({ outcome: 'migrated', applied: [2] })
    expect(subject.snapshot).toBe(findSnapshot(suite, 'v1'))
    subject[Symbol.dispose]()
    expect(() => subject.upgraded.all('SELECT 1')).toThrow()
    expect(() => rmSync(subject.originalPath)).toThrow(/ENOENT/)
  })

  it('is closed when its upgrade fails', () => {
    const suite = freezeShop()
    let seen: Parameters<typeof migrate>[0] | undefined
    const broken: typeof migrate = (connection) => {
      seen = connection
      throw new RangeError('no upgrade today')
    }
    expect(() => openSubject(suite, 'v1', 2, broken)).toThrow(RangeError)
    expect(() => seen?.all('SELECT 1')).toThrow(/not open/)
  })

  it('can be looked at by one check', () => {
    using subject = openSubject(freezeShop(), 'v1', 2)
    expect(runCheck(failing, subject)).toMatchObject({
      check: 'blue',
      outcome: 'failed',
      problems: [problem],
    })
  })
})

describe('a suite', () => {
  const migrations = [{ version: 1, name: 'nothing', up: () => {} }]

  it('defaults to a snapshot for each version, no facts and no waivers', () => {
    const suite = defineConfig({ name: 'toy', migrations, fixtures: '/toys' })
    expect(suite).toMatchObject({
      name: 'toy',
      fixtures: '/toys',
      facts: { tables: [], contracts: [] },
      waivers: [],
    })
    expect(suite.snapshots.map(({ name }) => name)).toEqual(['v0-empty'])
    expect(suite.plan.versions.tables).toEqual(['schema_version'])
  })

  it('keeps what it is given', () => {
    const waivers = [{ code: 'any', objects: ['all'], reason: 'it is a toy' }]
    const versions = versionTable('version_of_toy')
    const suite = defineConfig({
      name: 'toy',
      migrations,
      versions,
      fixtures: pathToFileURL('/toys of mine'),
      snapshots: [],
      waivers,
    })
    expect(suite).toMatchObject({ fixtures: '/toys of mine', snapshots: [], waivers })
    expect(suite.plan.versions).toBe(versions)
  })
})

describe('a golden schema', () => {
  it('is read as SQLite understands it', () => {
    const suite = freezeShop()
    expect([...readGoldenSchema(suite.fixtures, 'v1').tables.keys()]).toEqual(['price'])
  })

  it('that is missing is named with its path, and how to draft it', () => {
    const suite = freezeShop()
    expect(catchError(() => readGoldenSchema(suite.fixtures, 'v7')).message).toMatch(
      /^schemas\/v7: expected the file .*schemas\/v7\.sql, found none; draft it with `.+` and review it\.$/,
    )
  })
})

describe('a migration that stores the clock or chance', () => {
  it('is verified like any other: both stand still', () => {
    const steps = [
      'CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)',
      {
        up: ({ all }: MigrationConnection) => {
          all(
            'CREATE TABLE seed (at REAL, token INTEGER, bytes BLOB, now TEXT DEFAULT CURRENT_TIMESTAMP, own REAL, dice REAL)',
          )
          all(
            "INSERT INTO seed (at, token, bytes, own, dice) VALUES (julianday('now'), random(), randomblob(8), ?, ?)",
            [performance.timeOrigin + Date.now() / 7, Math.random()],
          )
        },
      },
      'CREATE TABLE tag (id INTEGER PRIMARY KEY)',
    ]
    const suite = freezeHistory({ steps })
    const failed = verifySuite(suite).flatMap(({ checks }) => checks.flatMap(({ problems }) => problems))
    expect(failed.map(brief)).toEqual([])
  })
})

describe('a column that is renamed, as declared', () => {
  it('passes, with the objects that name it', () => {
    const create = `CREATE TABLE note (id INTEGER PRIMARY KEY, body TEXT UNIQUE); CREATE INDEX by_body ON note (body);
      CREATE TABLE tag (id INTEGER PRIMARY KEY, of TEXT REFERENCES note (body))`
    const rename = {
      up: ({ exec }: MigrationConnection) => exec('ALTER TABLE note RENAME COLUMN body TO text'),
      dataChanges: [{ table: 'note', renamedColumns: { body: 'text' }, reason: 'its new name' }],
    }
    const suite = freezeHistory({ steps: [create, rename, 'CREATE INDEX by_of ON tag (of)'] })
    expect(readGoldenSchema(suite.fixtures, 'v2').indexes.get('by_body')?.columns[0]?.column).toBe('text')
    const failed = verifySuite(suite).flatMap(({ checks }) => checks.flatMap(({ problems }) => problems))
    expect(failed.map(brief)).toEqual([])
  })
})
