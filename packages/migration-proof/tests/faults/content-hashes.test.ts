// Goal: two databases have equal contents only where schema, rows, orphans and versions are the same: each
// small difference shows in its own part.
import { beforeAll, describe, expect, it } from 'vitest'
import { type ContentHashes, hashContent, haveSameContent } from '../../src/faults/content-hashes.ts'
import { SimulatedDisk } from '../../src/faults/disk.ts'
import { neverFail } from '../../src/faults/io-call.ts'
import { seededRandom } from '../../src/faults/random.ts'
import { loadSimulator, type Simulator } from '../../src/faults/simulator.ts'
import { definePlan } from '../../src/migrator/plan.ts'
import { userVersion, versionTable } from '../../src/migrator/version-store.ts'

const plan = definePlan([{ version: 1, name: 'any', up: () => {} }], userVersion())

const base = `
  CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT);
  CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parent(id), value);
  INSERT INTO parent VALUES (1, 'one'), (2, 'two');
  INSERT INTO child VALUES (1, 1, 1), (2, 2, 'x' || char(0) || 'y'), (3, NULL, 0.1);
`

let simulator: Simulator

beforeAll(async () => {
  simulator = await loadSimulator()
})

function contentsOf(sql: string, of = plan): ContentHashes {
  simulator.mount({ disk: new SimulatedDisk(new Map()), failure: neverFail, random: seededRandom('test') })
  const connection = simulator.connect('test.db')
  try {
    connection.exec(sql)
    return hashContent(connection, of)
  } finally {
    connection.close()
  }
}

const differences: readonly (readonly [what: string, part: keyof ContentHashes, sql: string])[] = [
  ['a value', 'rows', "UPDATE parent SET name = 'ONE' WHERE id = 1"],
  ['the type of a value', 'rows', "UPDATE child SET value = '1' WHERE id = 1"],
  ['an integer that became a real', 'rows', 'UPDATE child SET value = 1.0 WHERE id = 1'],
  ['what stands after a NUL', 'rows', "UPDATE child SET value = 'x' || char(0) || 'z' WHERE id = 2"],
  ['the last bit of a real', 'rows', 'UPDATE child SET value = 0.10000000000000002 WHERE id = 3'],
  ['NULL that became empty', 'rows', "UPDATE child SET value = '' WHERE id = 3"],
  ['a row less', 'rows', 'DELETE FROM child WHERE id = 3'],
  ['a row more', 'rows', 'INSERT INTO child VALUES (4, NULL, NULL)'],
  ['an index more', 'schema', 'CREATE INDEX i ON child (value)'],
  ['a column more', 'schema', 'ALTER TABLE child ADD COLUMN more'],
  ['a table more', 'schema', 'CREATE TABLE more (c)'],
  ['an orphan', 'orphans', 'UPDATE child SET parent_id = 9 WHERE id = 1'],
  ['another version', 'versions', 'PRAGMA user_version = 1'],
]

describe('contents', () => {
  it('are the same for the same database', () => {
    expect(haveSameContent(contentsOf(base), contentsOf(base))).toBe(true)
  })

  it.for(differences)('show %s', ([, part, sql]) => {
    const expected = contentsOf(base)
    const actual = contentsOf(`${base}; PRAGMA foreign_keys = OFF; ${sql}`)
    expect(actual[part]).not.toBe(expected[part])
    expect(haveSameContent(expected, actual)).toBe(false)
  })

  it('are the same whenever a version was noted, and not where the table of versions has another row', () => {
    const noted = definePlan(plan.migrations, versionTable('Versions'))
    const table = 'CREATE TABLE versions (version INTEGER, applied_at); '
    const read = (sql: string) => contentsOf(`${table}${sql}`, noted)
    const expected = read('INSERT INTO versions VALUES (1, 100)')
    expect(read('INSERT INTO versions VALUES (1, 200)')).toEqual(expected)
    expect(read('INSERT INTO versions VALUES (2, 100)').versions).not.toBe(expected.versions)
    expect(read('INSERT INTO versions VALUES (1, 100), (2, 100)').rows).not.toBe(expected.rows)
  })

  it('hold no value', () => {
    expect(JSON.stringify(contentsOf(`${base}; UPDATE parent SET name = 'hunter2'`))).not.toContain('hunter2')
  })
})
