// Goal: the rows that the snapshots are frozen from look like the field. The AT Protocol's own packages check what
// claims to be an identifier, a lexicon or a record; every kind of content that old files hold is there, by name;
// and whatever breaks a rule does so on purpose, in a list that is complete.
import { createHash } from 'node:crypto'
import { AtUri, isValidAtUri, isValidDid, isValidNsid, isValidRecordKey, isValidTid } from '@atproto/syntax'
import { describe, expect, it } from 'vitest'
import {
  cidOfJson,
  complaintOf,
  isRecordCid,
  lexiconsOf,
  microsOfTid,
  parseObject,
  strongRefsIn,
} from '../support/fixture-rows/atproto.ts'
import { deviations, withoutLexicon } from '../support/fixture-rows/deviations.ts'
import { kinds } from '../support/fixture-rows/kinds.ts'
import {
  fixtures,
  openEmptyFixture,
  openFixture,
  readRowsText,
  textOf,
  writtenOut,
} from '../support/fixture-rows/open.ts'
import { describeCell, keepsRule, ruledColumns } from '../support/fixture-rows/rules.ts'

const opened = writtenOut.map((fixture) => ({ ...fixture, db: openFixture(fixture.name) }))
const all = fixtures.map((fixture) => ({ ...fixture, db: openFixture(fixture.name) }))
const mostRows = 200
/** Beside the one that each table and each index needs, however few rows it has. */
const mostPages = 20
const invalid = (values: readonly unknown[], isValid: (text: string) => boolean) =>
  values.map(String).filter((text) => !isValid(text))

const rkeyOf = (uri: string): string => uri.slice(uri.lastIndexOf('/') + 1)

describe.for(all)('all rows of $name', ({ name, db }) => {
  it('fill every table, and stay small', () => {
    const counts = db.tables.map((table) => ({
      table,
      rows: Number(db.list(`SELECT count(*) FROM ${table}`)[0]),
    }))
    expect(counts.filter(({ rows }) => rows === 0)).toEqual([])
    expect(counts.reduce((sum, { rows }) => sum + rows, 0)).toBeLessThanOrEqual(mostRows)
    const [pages] = db.list('SELECT page_count FROM pragma_page_count')
    const [trees] = db.list('SELECT count(*) FROM sqlite_schema WHERE rootpage > 0')
    expect(Number(pages) - Number(trees)).toBeLessThanOrEqual(mostPages)
  })

  it('are sound: integrity and foreign keys', () => {
    expect(db.list('PRAGMA integrity_check')).toEqual(['ok'])
    expect(db.rows('PRAGMA foreign_key_check')).toEqual([])
  })

  it('take no value from a clock or a default: each INSERT names every column', () => {
    const inserts = [...readRowsText(name).matchAll(/^INSERT INTO (\w+) \(([^)]*)\) VALUES/gm)]
    const expected = (table: string | undefined) =>
      db.columns
        .filter((column) => column.table === table)
        .map(({ column }) => column)
        .join(', ')
    const isAdded = !writtenOut.some((fixture) => fixture.name === name)
    expect(inserts.length + Number(isAdded)).toBeGreaterThan(0)
    expect(inserts.filter(([, table, columns]) => columns !== expected(table)).map(String)).toEqual([])
  })
})

describe.for(opened)('the rows of $name', ({ name, version, db }) => {
  const records = db.rows('SELECT * FROM record ORDER BY rowid').map((row) => {
    const { uri, cid, did, collection } = row
    return { uri: String(uri), cid, did, collection: String(collection), json: textOf(row.json) }
  })
  const tidRecords = records.filter(({ uri }) => isValidTid(rkeyOf(uri)))

  it.for(kinds.filter(({ needs }) => db.tables.includes(needs)))('hold $name', (kind) => {
    expect(kind.isIn(db), `fixtures/rows/${name}.sql holds ${kind.name}`).toBe(true)
  })

  it('break the rules of their columns only where deviations.ts says so', () => {
    const actual = db.cells.filter((cell) => !keepsRule(cell)).map(describeCell)
    expect(actual.sort()).toEqual((deviations[name] ?? []).map(([cell]) => cell).sort())
  })

  it('name their records by valid URIs, which agree with the other columns', () => {
    expect(invalid(db.list('SELECT uri FROM record'), isValidAtUri)).toEqual([])
    expect(invalid(db.list('SELECT collection FROM record'), isValidNsid)).toEqual([])
    const actual = records.map(({ uri }) => new AtUri(uri)).map((uri) => [uri.host, uri.collection])
    expect(actual).toEqual(records.map(({ did, collection }) => [did, collection]))
    expect(
      invalid(
        records.map(({ uri }) => rkeyOf(uri)),
        isValidRecordKey,
      ),
    ).toEqual([])
  })

  it('know the author of every record, and the owner of every session', () => {
    expect(db.list('SELECT did FROM record WHERE did NOT IN (SELECT did FROM actor)')).toEqual([])
    if (!db.tables.includes('oauth_sessions')) return
    expect(db.list('SELECT did FROM oauth_sessions WHERE did NOT IN (SELECT did FROM actor)')).toEqual([])
  })

  it('have the CID that each record has', () => {
    expect(invalid(db.list('SELECT cid FROM record'), isRecordCid)).toEqual([])
    expect(records.filter(({ cid, json }) => cid !== cidOfJson(json)).map(({ uri }) => uri)).toEqual([])
  })

  it('carry TIDs that encode the time of their records', () => {
    const late = tidRecords.filter(({ uri, json }) => {
      const created = parseObject(json).createdAt
      const micros = Date.parse(String(created)) * 1000
      return created !== undefined && Math.abs(Number(microsOfTid(rkeyOf(uri))) - micros) >= 1000
    })
    expect(tidRecords.length).toBeGreaterThan(10)
    expect(late.map(({ uri }) => uri)).toEqual([])
  })

  it('hold lexicons under their own NSIDs', () => {
    const lexicons = lexiconsOf(db)
    expect(invalid(db.list('SELECT id FROM lexicon'), isValidNsid)).toEqual([])
    expect(lexicons.map(({ id }) => id)).toEqual(db.list('SELECT id FROM lexicon ORDER BY rowid'))
  })

  it('hold records that their lexicons accept', () => {
    const lexicons = lexiconsOf(db)
    const loaded = new Set<string>(lexicons.map(({ id }) => id))
    const unloaded = new Set(records.map(({ collection }) => collection).filter((id) => !loaded.has(id)))
    expect([...unloaded]).toEqual(withoutLexicon[name] ?? [])
    const judged = records.filter(({ collection }) => loaded.has(collection))
    const complaints = judged.map(({ uri, collection, json }) => [
      uri,
      complaintOf(lexicons, collection, json),
    ])
    expect(complaints.filter(([, complaint]) => complaint !== null)).toEqual([])
  })

  it('point from likes and replies to the version of the record that is there', () => {
    const cids = new Map(records.map(({ uri, cid }) => [uri, cid]))
    const subjects = records.flatMap(({ json }) => strongRefsIn(parseObject(json)))
    expect(subjects.length).toBeGreaterThan(0)
    expect(subjects.filter(({ uri, cid }) => cids.get(String(uri)) !== cid)).toEqual([])
  })

  it('count the versions up to their own, in the order of time', () => {
    if (version === 0) return expect(db.tables).not.toContain('schema_version')
    const versions = db.list('SELECT version FROM schema_version ORDER BY applied_at, version')
    expect(versions).toEqual(Array.from({ length: version }, (_, index) => BigInt(index + 1)))
  })
})

describe.for(opened.filter(({ db }) => db.tables.includes('oauth_states')))(
  'the logins of $name',
  ({ db }) => {
    it('have challenges that are the hash of their verifiers', () => {
      const s256 = (text: string) => createHash('sha256').update(text).digest('base64url')
      const states = db.rows('SELECT code_verifier, code_challenge FROM oauth_states')
      expect(states.map((state) => s256(textOf(state.code_verifier)))).toEqual(
        states.map((state) => state.code_challenge),
      )
    })
  },
)

describe('all rows together', () => {
  it('are what the kinds are found in: an empty database holds none', () => {
    const empty = openEmptyFixture(writtenOut.at(-1)?.name ?? '')
    const able = kinds.filter(({ needs }) => empty.tables.includes(needs))
    expect(able.length).toBeGreaterThan(10)
    expect(able.filter((kind) => kind.isIn(empty)).map((kind) => kind.name)).toEqual([])
  })

  it.for([
    ['config', 'updated_at', 2],
    ['jetstream_activity', 'timestamp', 4],
    ['jetstream_cursor', 'updated_at', 5],
  ] as const)('%s holds nothing older than the version that made it', ([table, column, version]) => {
    const holders = opened.filter(({ db }) => db.tables.includes(table))
    const older = `SELECT ${column} FROM ${table}
      WHERE unixepoch(${column}) < (SELECT unixepoch(applied_at) FROM schema_version WHERE version = ${version})`
    expect(holders.length).toBeGreaterThan(0)
    expect(holders.filter(({ db }) => db.list(older).length > 0).map(({ name }) => name)).toEqual([])
  })

  it('have a different history in each snapshot: no person appears in two', () => {
    const everyone = opened.flatMap(({ db }) => db.list('SELECT did FROM actor'))
    expect(invalid(everyone, isValidDid)).toEqual([])
    expect(new Set(everyone).size).toBe(everyone.length)
  })

  it('leave no list of deviations without a snapshot', () => {
    const names = writtenOut.map(({ name }) => name)
    const listed = [...Object.keys(deviations), ...Object.keys(withoutLexicon)]
    expect(listed.filter((name) => !names.includes(name))).toEqual([])
  })

  it('leave no rule without a column', () => {
    const columns = opened.flatMap(({ db }) => db.columns.map(({ table, column }) => `${table}.${column}`))
    expect(ruledColumns.filter((column) => !columns.includes(column))).toEqual([])
  })
})
