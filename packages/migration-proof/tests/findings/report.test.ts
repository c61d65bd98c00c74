// Goal: a finding is silent only by a waiver that names it, and a waiver only as long as it is needed; the plan's
// schema shows every weakness that its specification knows, and no migration brings another unseen.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import suite from '../../../../src/suite/index.ts'
import { findWeaknesses } from '../../src/findings/find-weaknesses.ts'
import { rules } from '../../src/findings/rules/index.ts'
import { suiteOf, type Toy } from './toy-suite.ts'

const weak: Toy = { versions: ['CREATE TABLE note (id TEXT PRIMARY KEY)'] }
const waiver = { code: 'pk-nullable', objects: ['note.id'], reason: 'a test' }

describe('a report', () => {
  it('fails by a finding that nobody waived', () => {
    const { outcome, findings } = findWeaknesses(suiteOf(weak))
    expect(findings).toMatchObject([{ code: 'pk-nullable', object: 'note.id', waived: null }])
    expect(outcome).toBe('failed')
  })

  it('passes where the finding is waived, and tells why', () => {
    const { outcome, findings, unusedWaivers } = findWeaknesses(suiteOf({ ...weak, waivers: [waiver] }))
    expect(findings).toMatchObject([{ object: 'note.id', waived: 'a test' }])
    expect(unusedWaivers).toEqual([])
    expect(outcome).toBe('passed')
  })

  it.for([
    ['an object that no finding has', { ...waiver, objects: ['note.id', 'note.text'] }, ['note.text']],
    ['no object at all', { ...waiver, objects: [] }, []],
    ['another code', { ...waiver, code: 'int-pk-not-rowid' }, ['note.id']],
  ] as const)('fails by a waiver of %s, and names it', ([, extra, objects]) => {
    const { outcome, unusedWaivers } = findWeaknesses(suiteOf({ ...weak, waivers: [waiver, extra] }))
    expect(unusedWaivers).toEqual([{ ...extra, objects }])
    expect(outcome).toBe('failed')
  })

  it('tells of a reference or a secret that the facts name wrongly', () => {
    const facts = { secrets: [{ table: 'note', column: 'no_such_column' }] }
    expect(() => findWeaknesses(suiteOf({ ...weak, facts }))).toThrow('note.no_such_column')
    const references = [{ table: 'note', columns: ['id'], parent: 'nobody', parentColumns: ['id'] }]
    expect(() => findWeaknesses(suiteOf({ ...weak, facts: { references } }))).toThrow('note (id)')
  })

  it('names the tables that take no made-up row', () => {
    const versions = [
      "CREATE TABLE shut (id TEXT PRIMARY KEY); CREATE TRIGGER shut_it BEFORE INSERT ON shut BEGIN SELECT RAISE(ABORT, 'shut'); END;",
    ]
    expect(findWeaknesses(suiteOf({ versions }))).toMatchObject({ findings: [], untriedTables: ['shut'] })
  })

  it('is made although triggers refuse what is tried', () => {
    const trigger = "CREATE TRIGGER kept BEFORE DELETE ON note BEGIN SELECT RAISE(ROLLBACK, 'kept'); END;"
    const versions = [`CREATE TABLE note (id TEXT PRIMARY KEY, expires_at INTEGER); ${trigger}`]
    const codes = findWeaknesses(suiteOf({ versions })).findings.map(({ code }) => code)
    expect(codes).toEqual(expect.arrayContaining(['pk-nullable', 'expiry-unserved']))
  })

  it('is the same where a migration inserted rows of its own', () => {
    const table = 'CREATE TABLE note (id INT PRIMARY KEY, at DATETIME, expires_at INTEGER);'
    const codes = ['', "INSERT INTO note VALUES (0, '2025-01-01', 5), (7, 'x', 9999), (NULL, 12, 1);"].map(
      (rows) => findWeaknesses(suiteOf({ versions: [table + rows] })).findings.map(({ code }) => code),
    )
    expect(codes[1]).toEqual(codes[0])
    expect(codes[0]).toContain('odd-affinity')
  })

  it('has nothing to say of a sound schema', () => {
    const versions = ['CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL)']
    expect(findWeaknesses(suiteOf({ versions }))).toMatchObject({ findings: [], outcome: 'passed' })
  })
})

/** The last section of the specification, and where each weakness is. */
const known: readonly (readonly [code: string, objects: readonly string[]])[] = [
  [
    'pk-nullable',
    [
      'oauth_client.client_id',
      'oauth_access_token.token',
      'oauth_refresh_token.token',
      'oauth_par_request.request_uri',
      'oauth_dpop_nonce.nonce',
      'oauth_auth_request.session_id',
      'oauth_atp_request.oauth_state',
    ],
  ],
  ['untyped-expiry', ['oauth_access_token.expires_at', 'oauth_dpop_nonce.expires_at']],
  ['fk-child-unindexed', ['oauth_par_request (client_id)']],
  [
    'contract-scans',
    [
      "'find the newest row of oauth_access_token of a session that is not revoked'",
      "'find the newest row of oauth_refresh_token of a session that is not revoked'",
      "'find the highest iteration of an atp_oauth_state'",
    ],
  ],
  ['expiry-unserved', ['oauth_sessions.expires_at', 'oauth_atp_session.access_token_expires_at']],
  [
    'unused-index',
    ['idx_oauth_access_token_user_id', 'idx_oauth_atp_session_did', 'idx_oauth_atp_session_access_token'],
  ],
  [
    'expression-defeats-index',
    ["'list the newest 1000 events of the last hours'", "'delete the events that are older than some hours'"],
  ],
  [
    'missing-foreign-key',
    ['oauth_refresh_token (access_token)', 'oauth_access_token (session_id, session_iteration)'],
  ],
  ['connection-fk-off', ['every connection']],
  ['min-engine-version', ['oauth_sessions.created_at', 'oauth_states.created_at']],
  ['redundant-index', ['idx_record_did']],
  [
    'secret-in-plain-text',
    [
      'oauth_client.client_secret',
      'oauth_client.registration_access_token',
      'oauth_access_token.token',
      'oauth_atp_session.access_token',
      'oauth_atp_session.refresh_token',
      'oauth_atp_session.dpop_key',
      'oauth_atp_request.dpop_private_key',
      'oauth_atp_request.pkce_verifier',
      'oauth_states.code_verifier',
      'oauth_dpop_nonce.nonce',
    ],
  ],
]

describe("the plan's schema", () => {
  const report = findWeaknesses(suite)

  it.for(known)('shows %s where the specification knows it', ([code, objects]) => {
    const found = report.findings.filter((finding) => finding.code === code).map(({ object }) => object)
    expect(found).toEqual(expect.arrayContaining([...objects]))
  })

  it('has every finding waived, by a waiver that is needed', () => {
    expect(report.findings.filter(({ waived }) => waived === null)).toEqual([])
    expect(report.unusedWaivers).toEqual([])
  })

  it('counts the rows that a statement visits', () => {
    const evidence = report.findings.find(({ code }) => code === 'fk-child-unindexed')?.evidence
    expect(evidence?.[0]?.happened).toContain('scan of oauth_par_request; 10,000 rows')
    expect(evidence?.[1]?.happened).toContain('; 0 rows')
  })

  it('cannot get another weakness by a new migration unseen', () => {
    const up = (connection: { exec(sql: string): void }) =>
      connection.exec('CREATE TABLE fresh (id TEXT PRIMARY KEY)')
    const version = suite.plan.migrations.length + 1
    const plan = { ...suite.plan, migrations: [...suite.plan.migrations, { version, name: 'another', up }] }
    const { findings, outcome } = findWeaknesses({ ...suite, plan, facts: { tables: [], contracts: [] } })
    expect(findings.filter(({ waived }) => waived === null)).toMatchObject([{ object: 'fresh.id' }])
    expect(outcome).toBe('failed')
  })
})

describe('docs/findings.md', () => {
  const page = readFileSync(new URL('../../docs/findings.md', import.meta.url), 'utf8')

  it('has an entry for every rule, and for nothing else', () => {
    const entries = [...page.matchAll(/^### (.+)$/gm)].map(([, code]) => code)
    expect(entries.toSorted()).toEqual(rules.map(({ code }) => code).toSorted())
  })

  it.for(rules)('says something of $code', ({ code }) => {
    const [, text = ''] = page.split(`### ${code}\n`)
    expect(text.split('\n#', 1)[0]?.trim()).toMatch(/\.$/)
  })
})

describe('the rules', () => {
  it.for(rules)('$code names a page of sqlite.org, a reason and a remedy', ({ source, reason, remedy }) => {
    expect(source).toMatch(/^https:\/\/www\.sqlite\.org\/\S+$/)
    expect([reason, remedy].every((text) => text.endsWith('.'))).toBe(true)
  })

  it('have a code each', () => {
    expect(new Set(rules.map(({ code }) => code)).size).toBe(rules.length)
  })
})
