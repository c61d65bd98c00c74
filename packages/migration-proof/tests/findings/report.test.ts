// Goal: a finding is silent only by a waiver that names it, and a waiver only as long as it is needed; a history shows
// each weakness that it has, and no migration adds another unseen.
import { describe, expect, it } from 'vitest'
import { findWeaknesses } from '../../src/findings/find-weaknesses.ts'
import { keyOfFinding } from '../../src/findings/finding.ts'
import { rules } from '../../src/findings/rules/index.ts'
import type { Migration } from '../../src/index.ts'
import { isNew } from '../../src/problem.ts'
import { forum } from '../support/forum.ts'
import { suiteOf, type Toy } from './toy-suite.ts'

const weak: Toy = { versions: ['CREATE TABLE note (id TEXT PRIMARY KEY)'] }
const waiver = { code: 'pk-nullable', objects: ['note.id'], reason: 'a test' }

describe('a report', () => {
  it('fails by a finding that is not waived', () => {
    const { outcome, problems } = findWeaknesses(suiteOf(weak))
    expect(problems).toMatchObject([{ code: 'pk-nullable', subject: { name: 'note.id' }, status: 'new' }])
    expect(outcome).toBe('failed')
  })

  it('passes where the finding is waived, and says why', () => {
    const { outcome, problems } = findWeaknesses(suiteOf({ ...weak, waivers: [waiver] }))
    expect(problems).toMatchObject([
      { subject: { name: 'note.id' }, status: 'accepted', acceptedBecause: 'a test' },
    ])
    expect(outcome).toBe('passed')
  })

  it.for([
    ['an object that no finding has', { ...waiver, objects: ['note.id', 'note.text'] }, ['note.text']],
    ['no object at all', { ...waiver, objects: [] }, []],
    ['another code', { ...waiver, code: 'int-pk-not-rowid' }, ['note.id']],
  ] as const)('fails by a waiver of %s, and names it', ([, extra, objects]) => {
    const { outcome, problems } = findWeaknesses(suiteOf({ ...weak, waivers: [waiver, extra] }))
    const expected = `a finding of ${extra.code} at ${objects.join(', ') || 'some object'}`
    expect(problems.filter(isNew)).toMatchObject([
      { code: 'waiver-unused', subject: { type: 'waiver', name: extra.code }, expected },
    ])
    expect(outcome).toBe('failed')
  })

  it('reports a reference or a secret that the facts name wrongly', () => {
    const facts = { secrets: [{ table: 'note', column: 'no_such_column' }] }
    expect(() => findWeaknesses(suiteOf({ ...weak, facts }))).toThrow('note.no_such_column')
    const references = [{ table: 'note', columns: ['id'], parent: 'missing', parentColumns: ['id'] }]
    expect(() => findWeaknesses(suiteOf({ ...weak, facts: { references } }))).toThrow('note (id)')
  })

  it('names the tables that accept no synthetic row', () => {
    const versions = [
      "CREATE TABLE shut (id TEXT PRIMARY KEY); CREATE TRIGGER shut_it BEFORE INSERT ON shut BEGIN SELECT RAISE(ABORT, 'shut'); END;",
    ]
    expect(findWeaknesses(suiteOf({ versions }))).toMatchObject({
      problems: [],
      untriedTables: [{ table: 'shut', problem: expect.stringMatching(/trigger shut_it/) }],
    })
  })

  it('names with them the constraint, and the values that were tried', () => {
    const versions = ['CREATE TABLE never (id INTEGER PRIMARY KEY, a INT NOT NULL CHECK (a > 5 AND a < 3))']
    expect(findWeaknesses(suiteOf({ versions })).untriedTables).toEqual([
      {
        table: 'never',
        problem: expect.stringMatching(
          /^no row was found that meets CHECK \(a > 5 and a < 3\) \(tried: a \d+/,
        ),
      },
    ])
  })

  it('names no table whose only row a migration wrote, and none of a cycle', () => {
    const versions = [
      `CREATE TABLE setting (id INTEGER PRIMARY KEY CHECK (id = 1), name TEXT NOT NULL); INSERT INTO setting VALUES (1, 'x');
       CREATE TABLE a (id INTEGER PRIMARY KEY, b INT NOT NULL REFERENCES b (id));
       CREATE TABLE b (id INTEGER PRIMARY KEY, a INT NOT NULL REFERENCES a (id));`,
    ]
    expect(findWeaknesses(suiteOf({ versions })).untriedTables).toEqual([])
  })

  it('is made although triggers refuse what is tried', () => {
    const trigger = "CREATE TRIGGER kept BEFORE DELETE ON note BEGIN SELECT RAISE(ROLLBACK, 'kept'); END;"
    const versions = [`CREATE TABLE note (id TEXT PRIMARY KEY, expires_at INTEGER); ${trigger}`]
    const codes = findWeaknesses(suiteOf({ versions })).problems.map(({ code }) => code)
    expect(codes).toEqual(expect.arrayContaining(['pk-nullable', 'expiry-unserved']))
  })

  it('is the same where a migration inserted rows of its own', () => {
    const table = 'CREATE TABLE note (id INT PRIMARY KEY, at DATETIME, expires_at INTEGER);'
    const codes = ['', "INSERT INTO note VALUES (0, '2025-01-01', 5), (7, 'x', 9999), (NULL, 12, 1);"].map(
      (rows) => findWeaknesses(suiteOf({ versions: [table + rows] })).problems.map(({ code }) => code),
    )
    expect(codes[1]).toEqual(codes[0])
    expect(codes[0]).toContain('odd-affinity')
  })

  it('has nothing to say of a sound schema', () => {
    const versions = ['CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL)']
    expect(findWeaknesses(suiteOf({ versions }))).toMatchObject({ problems: [], outcome: 'passed' })
  })
})

describe('the weaknesses of a history', () => {
  const report = findWeaknesses(forum)

  it('are those that its tables and contracts show', () => {
    const found = report.problems.map(({ code, subject }) => `${code}: ${keyOfFinding(subject)}`)
    expect(found.toSorted()).toEqual([
      'connection-fk-off: every connection',
      'fk-check-needed: every check of a file',
      'fk-child-unindexed: session (member)',
      'odd-affinity: post.made_at',
      'pk-nullable: session.token',
      'replace-cascades: member',
      'replace-cascades: post',
      'replace-cascades: topic',
      'secret-in-plain-text: session.token',
      'untyped-expiry: session.expires_at',
      'unused-index: post_title',
    ])
  })

  it('come with the number of rows that a statement visits', () => {
    const evidence = report.problems.find(({ code }) => code === 'fk-child-unindexed')?.evidence
    expect(evidence?.[0]?.happened).toContain('scan of session; 10,000 rows')
    expect(evidence?.[1]?.happened).toContain('; 0 rows')
  })

  it('are open again once a new migration adds one to those that were waived', () => {
    const waivers = report.problems.map(({ code, subject }) => ({
      code,
      objects: [keyOfFinding(subject)],
      reason: 'a test',
    }))
    expect(findWeaknesses({ ...forum, waivers }).outcome).toBe('passed')
    const up: Migration['up'] = ({ exec }) => exec('CREATE TABLE fresh (id TEXT PRIMARY KEY)')
    const { migrations } = forum.plan
    const added = { version: migrations.length + 1, name: 'another', up }
    const plan = { ...forum.plan, migrations: [...migrations, added] }
    const { problems, outcome } = findWeaknesses({ ...forum, waivers, plan })
    expect(problems.filter(isNew)).toMatchObject([{ subject: { name: 'fresh.id' } }])
    expect(outcome).toBe('failed')
  })
})

describe('the rules', () => {
  it.for(rules)(
    '$code names a page of documentation, a reason and a fix',
    ({ code, source, reason, fix }) => {
      // Those on replication are about the statements that rqlite takes.
      const isOfServer = code === 'replica-differs' || code === 'replication-refuses'
      expect(source).toMatch(
        isOfServer ? /^https:\/\/rqlite\.io\/docs\/\S+$/ : /^https:\/\/www\.sqlite\.org\/\S+$/,
      )
      expect([reason, fix].every((text) => text.endsWith('.'))).toBe(true)
    },
  )

  it('have a code each', () => {
    expect(new Set(rules.map(({ code }) => code)).size).toBe(rules.length)
  })
})
