// Goal: a mistake in a config that was written without types is named by the path of its field, before anything runs.
import { beforeEach, describe, expect, it } from 'vitest'
import { ConfigError, DiagnosedError, defineConfig, userVersion } from '../../src/index.ts'

const migrations = [{ version: 1, name: 'notes', up: () => {} }]
const right = { name: 'notes', migrations, fixtures: 'fixtures' }
const waiver = { code: 'pk-nullable', objects: ['note.id'], reason: 'released' }
const snapshot = { name: 'v1', version: 1, form: 'versioned', origin: 'release 1.0', releases: ['1.0'] }
const contract = { name: 'one', table: 'note', sql: 'SELECT 1', parameters: [1n], access: { index: 'rowid' } }
const mutants = { reason: 'the same', mutants: ['a'] }

/** Each row: what is given beside or in place of the fields of a config that is right, and what is said of it. */
const mistakes: readonly (readonly [fields: object, says: RegExp])[] = [
  [
    { waiver: [] },
    /^defineConfig: expected only the keys name, .+, found unknown key `waiver`; did you mean `waivers`\?$/,
  ],
  [{ xyzzy: 1 }, /^defineConfig: .+ found unknown key `xyzzy`; remove it\.$/],
  [{ name: undefined }, /^name: expected a string, found nothing; correct it\.$/],
  [{ name: '' }, /^name: expected a string that is not empty, found an empty one; correct it\.$/],
  [{ migrations: {} }, /^migrations: expected an array, found an object; correct it\.$/],
  [
    { migrations: [{ ...migrations[0], up: 'x' }] },
    /^migrations\[0\]\.up: expected a function, found a string;/,
  ],
  [{ fixtures: 7 }, /^fixtures: expected a path or a `file:` URL, found a number;/],
  [{ fixtures: '' }, /^fixtures: expected a path or a `file:` URL, found an empty string;/],
  [
    { fixtures: new URL('https://example.org/a') },
    /^fixtures: expected a path or a `file:` URL, found a URL of https:;/,
  ],
  [{ sources: null }, /^sources: expected a path or a `file:` URL, found null;/],
  [{ engineResults: [] }, /^engineResults: expected a path or a `file:` URL, found an array;/],
  [
    { engine: '3.40' },
    /^engine: expected one of .*, or the oldest version of SQLite, such as '>=3\.40', or an object of both, found '3\.40';/,
  ],
  [
    { engine: 3.4 },
    /^engine: expected one of .*, or the oldest version of SQLite, such as '>=3\.40', or an object of both, found a number;/,
  ],
  [{ connection: true }, /^connection: expected an object, found a boolean;/],
  [{ connection: { foreignKeys: 'on' } }, /^connection\.foreignKeys: expected a boolean, found a string;/],
  [
    { connection: { foreign_keys: true } },
    /^connection: expected only the keys foreignKeys, functions, found unknown key/,
  ],
  [{ versions: 'schema_version' }, /^versions: expected a version store, .+ found a string;/],
  [{ versions: { ...userVersion(), read: 1 } }, /^versions\.read: expected a function, found a number;/],
  [
    { versions: { ...userVersion(), tables: 'a' } },
    /^versions\.tables: expected an array of strings, found a string;/,
  ],
  [
    { snapshots: 'v1' },
    /^snapshots: expected an array, 'all', or an object such as \{ since: 54 \}, found a string;/,
  ],
  [{ snapshots: {} }, /^snapshots: expected one of since and versions, found none;/],
  [{ snapshots: { since: 1, versions: [1] } }, /^snapshots: expected one of since and versions, found both;/],
  [{ snapshots: { last: 5 } }, /^snapshots: .+ unknown key `last`/],
  [{ snapshots: { since: 0 } }, /^snapshots\.since: expected a version from 1 to \d+, found 0;/],
  [
    { snapshots: { versions: [1, 99] } },
    /^snapshots\.versions\[1\]: expected a version from 1 to \d+, found 99;/,
  ],
  [{ snapshots: [snapshot, 'v2'] }, /^snapshots\[1\]: expected an object, found a string;/],
  [{ snapshots: [{ ...snapshot, form: 1 }] }, /^snapshots\[0\]\.form: expected a string, found a number;/],
  [
    { snapshots: [{ ...snapshot, version: -1 }] },
    /^snapshots\[0\]\.version: expected a version of 0 or more, found -1;/,
  ],
  [{ engine: 'node:sqlit' }, /^engine: .+ found 'node:sqlit'; did you mean 'node:sqlite'\?$/],
  [{ replication: 'raft' }, /^replication: expected one of rqlite, .+, found 'raft'; correct it\.$/],
  [
    { snapshots: [{ ...snapshot, version: '1' }] },
    /^snapshots\[0\]\.version: expected a number, found a string;/,
  ],
  [
    { snapshots: [{ ...snapshot, release: [] }] },
    /^snapshots\[0\]: .+ unknown key `release`; did you mean `releases`\?$/,
  ],
  [
    { snapshots: [{ ...snapshot, releases: [1] }] },
    /^snapshots\[0\]\.releases: expected an array of strings, found an array;/,
  ],
  [
    { snapshots: [snapshot, snapshot] },
    /^snapshots\[1\]\.name: expected a name of its own, found 'v1' for the second time;/,
  ],
  [{ tables: {} }, /^tables: expected an array, found an object;/],
  [{ tables: [null] }, /^tables\[0\]: expected an object, found null;/],
  [
    { contracts: [{ ...contract, sql: undefined }] },
    /^contracts\[0\]\.sql: expected a string, found nothing;/,
  ],
  [
    { contracts: [{ ...contract, parameters: [{}] }] },
    /^contracts\[0\]\.parameters: expected an array of values, found an array;/,
  ],
  [
    { contracts: [{ ...contract, access: { indx: 'a' } }] },
    /^contracts\[0\]\.access: .+ unknown key `indx`; did you mean `index`\?$/,
  ],
  [
    { contracts: [{ ...contract, access: { or: 'a' } }] },
    /^contracts\[0\]\.access: expected one of index, scan and write, found none;/,
  ],
  [
    { contracts: [{ ...contract, access: { index: 'a', scan: 'b' } }] },
    /^contracts\[0\]\.access: .+ found index and scan;/,
  ],
  [
    { contracts: [{ ...contract, access: { write: false } }] },
    /^contracts\[0\]\.access\.write: expected true, .+ a boolean;/,
  ],
  [
    { contracts: [{ ...contract, sort: 'a' }] },
    /^contracts\[0\]: .+ unknown key `sort`; did you mean `sorts`\?$/,
  ],
  [
    { waivers: [waiver, waiver, { ...waiver, reason: 1 }] },
    /^waivers\[2\]\.reason: expected a reason, which a person writes, found a number;/,
  ],
  [
    { waivers: [{ ...waiver, objects: 'a' }] },
    /^waivers\[0\]\.objects: expected an array of strings, found a string;/,
  ],
  [
    { equivalentMutants: [{ ...mutants, mutants: undefined }] },
    /^equivalentMutants\[0\]\.mutants: .+ found nothing;/,
  ],
  [
    { equivalentMutants: [{ ...mutants, why: '' }] },
    /^equivalentMutants\[0\]: .+ unknown key `why`; remove it\.$/,
  ],
]

// Another file of tests in this thread may have loaded a config, whose folder relative paths lead from then.
beforeEach(() => void Reflect.deleteProperty(globalThis, Symbol.for('migration-proof config folder')))

describe('defineConfig', () => {
  it.for(mistakes)('refuses %o by the path of the field', ([fields, says]) => {
    const given = Object.assign({}, right, fields)
    const define = () => defineConfig(given)
    expect(define).toThrow(DiagnosedError)
    expect(define).toThrow(says)
  })

  it.for([null, 'notes', []])('refuses %o, which is no config', (given) => {
    const define = () => defineConfig(JSON.parse(JSON.stringify(given)))
    expect(define).toThrow(ConfigError)
    expect(define).toThrow(/^defineConfig: expected an object, found /)
  })

  it('takes every field that it knows', () => {
    const definition = {
      ...right,
      versions: userVersion(),
      snapshots: [snapshot],
      tables: [{ name: 'note', since: 1, columns: { id: { type: 'TEXT' } } }],
      contracts: [
        contract,
        { ...contract, access: { write: true as const }, sorts: 'few', since: 1, until: 2 },
      ],
      waivers: [waiver],
      equivalentMutants: [mutants],
      sources: new URL('file:///sources'),
      engineResults: 'engines.json',
    }
    expect(defineConfig(definition)).toMatchObject({ sources: '/sources', engineResults: 'engines.json' })
  })

  it('takes a version store that is an instance of a class', () => {
    class Store {
      readonly tables: readonly string[] = []
      readonly more = 1
      create() {}
      read() {
        return { current: 0, missing: null }
      }
      record() {}
    }
    const versions = new Store()
    expect(defineConfig({ ...right, versions }).plan.versions).toBe(versions)
  })
})

it('a contract is of a table that is declared, in any case, or of the version store', () => {
  const tables = [{ name: 'Note', since: 1, columns: { id: { type: 'INTEGER' } }, key: ['id'] }]
  const define = (table: string) => () =>
    defineConfig({ ...right, tables, contracts: [{ ...contract, table }] })
  expect(define('note')).not.toThrow()
  expect(define('schema_version')).not.toThrow()
  expect(define('notes')).toThrow(
    /^contracts\[0\]\.table \('one'\): expected one of Note, schema_version, found 'notes';/,
  )
})
