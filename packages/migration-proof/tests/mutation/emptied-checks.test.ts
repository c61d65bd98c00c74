// Goal: no command compares by itself what a check compares. With any one check emptied, its column of the kill matrix
// is 0, all others stay, and the mutants that it alone killed survive by name.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { modelsOf } from '../../src/behaviour/models.ts'
import {
  type Check,
  type ContractDeclaration,
  checks,
  defineConfig,
  freezeMissing,
  type Migration,
  type MigrationPlan,
  migrate,
  type Suite,
  type TableDeclaration,
} from '../../src/index.ts'
import { listMutantChecks } from '../../src/mutation/checks/index.ts'
import { type MutantCheck, type MutantContext, openContext } from '../../src/mutation/checks/mutant-check.ts'
import { judgeMutant, killersOf, type MutantVerdict } from '../../src/mutation/judge.ts'
import { simpleMigrator } from '../../src/mutation/migrators/simple-migrator.ts'
import type { Mutant } from '../../src/mutation/model.ts'
import { listMutants } from '../../src/mutation/mutants.ts'
import { makeReport } from '../../src/mutation/report.ts'
import { makePrivateFolder } from '../../src/snapshots/private-folder.ts'

const shops = 'CREATE TABLE shop (id INTEGER PRIMARY KEY, name TEXT NOT NULL)'
const prices = `CREATE TABLE price (id INTEGER PRIMARY KEY, shop INTEGER REFERENCES shop (id),
  cents INTEGER CHECK (cents < 100)); CREATE INDEX price_shop ON price (shop)`
const tags = "CREATE TABLE tag (id INTEGER PRIMARY KEY, label TEXT NOT NULL CHECK (label <> ''))"

/** The last version also converts a column and the keys of a table, as it declares. */
const last = `${tags}; UPDATE price SET cents = cents + 1 WHERE cents < 99; PRAGMA defer_foreign_keys = ON;
  UPDATE shop SET id = id + 1000; UPDATE price SET shop = shop + 1000`
const dataChanges = [
  {
    table: 'price',
    columns: { cents: 'CASE WHEN cents < 99 THEN cents + 1 ELSE cents END' },
    reason: 'prices rise',
  },
  { table: 'price', columns: { shop: 'shop + 1000' }, reason: 'follows the shop' },
  { table: 'shop', columns: ['id'], reason: 'numbers of four digits' },
]

const steps = [shops, prices, last].map(
  (sql, place): Migration => ({
    version: place + 1,
    name: `step ${place + 1}`,
    up: ({ exec }) => exec(sql),
    ...(sql === last ? { dataChanges, rollback: 'possible' } : {}),
  }),
)

const id = { type: 'INTEGER' } as const
const tables: readonly TableDeclaration[] = [
  {
    name: 'shop',
    since: 1,
    columns: { id, name: { type: 'TEXT', notNull: true, examples: ['a', 'b'] } },
    key: ['id'],
  },
  {
    name: 'price',
    since: 2,
    columns: { id, shop: { type: 'INTEGER' }, cents: { type: 'INTEGER' } },
    key: ['id'],
    indexes: { price_shop: ['shop'] },
    foreignKeys: [{ columns: ['shop'], parent: 'shop', parentColumns: ['id'] }],
    checks: [
      {
        sql: 'cents < 100',
        holds: ({ cents }) => typeof cents !== 'bigint' || cents < 100n,
        refuses: [{ cents: 100n }],
      },
    ],
  },
  {
    name: 'tag',
    since: 3,
    columns: { id, label: { type: 'TEXT', notNull: true, examples: ['a', 'b'] } },
    key: ['id'],
    checks: [{ sql: "label <> ''", holds: ({ label }) => label !== '', refuses: [{ label: '' }] }],
  },
]

const contracts: readonly ContractDeclaration[] = [
  {
    name: 'the prices of a shop',
    table: 'price',
    sql: 'SELECT cents FROM price AS p WHERE p.shop = ?',
    parameters: [1n],
    access: { index: 'price_shop' },
  },
]

/** Faults that no operator injects, for the checks that see none of the others. */
function injectByHand({ plan }: Suite): Mutant[] {
  const latest = plan.migrations.length
  const mutant = (id: string, fault: Partial<Mutant>): Mutant => ({
    id: `v${latest}/shop/${id}/1`,
    operator: id,
    site: 'data',
    version: latest,
    object: 'shop',
    fault: `is injected by hand: ${id}`,
    plan,
    migrate,
    ...fault,
  })
  const withLast = (up: Migration['up']): MigrationPlan => ({
    ...plan,
    migrations: plan.migrations.map((migration) =>
      migration.version === latest ? { ...migration, up } : migration,
    ),
  })
  return [
    mutant('check-broken', {
      plan: withLast(({ exec }) =>
        exec(`${last}; PRAGMA ignore_check_constraints = ON; INSERT INTO price VALUES (99, NULL, 500);
          PRAGMA ignore_check_constraints = OFF`),
      ),
    }),
    mutant('orphan-made', {
      migrate: simpleMigrator({ leavesForeignKeysOff: true }),
      plan: withLast(({ exec }) => exec(`${last}; INSERT INTO price VALUES (99, 404, 5)`)),
    }),
    mutant('made-of-rows', {
      plan: withLast(({ all, exec }) => {
        exec(all('SELECT 1 FROM shop').length > 0 ? last.replace('TEXT', 'BLOB') : last)
      }),
      migrate: simpleMigrator(),
    }),
    mutant('fails-on-rows', {
      plan: withLast(({ exec }) => exec(`${last}; INSERT INTO shop SELECT * FROM shop`)),
    }),
    mutant('keys-exchanged', {
      plan: withLast(({ all, exec }) => {
        exec(last)
        const [first, second] = all('SELECT id FROM shop ORDER BY id').map(({ id }) => id)
        if (second === undefined) return
        exec(`UPDATE shop SET id = 0 WHERE id = ${first}; UPDATE shop SET id = ${first} WHERE id = ${second};
          UPDATE shop SET id = ${second} WHERE id = 0`)
      }),
    }),
    mutant('older-stopped', {
      plan: withLast(({ exec }) => exec(`${last}; ALTER TABLE price RENAME COLUMN shop TO store`)),
    }),
    mutant('conversion-forgotten', { plan: withLast(({ exec }) => exec(tags)) }),
    mutant('one-jump-loses', {
      site: 'migrator',
      migrate: (connection, given, options) => {
        const result = migrate(connection, given, options)
        if (result.applied.length > 1) connection.exec("INSERT INTO tag (label) VALUES ('a jump')")
        return result
      },
    }),
  ]
}

/** Of each of these operators all mutants are tried: enough for every check to see something. */
const operators = [
  'constraint-renamed',
  'index-dropped',
  'row-deleted',
  'rebuild-loses-trigger',
  'version-in-own-transaction',
  'errors-swallowed',
  'version-not-noted',
  'deferred-begin',
  'newer-database-touched',
]

const all = listMutantChecks()
const folder = makePrivateFolder()
let context: MutantContext
let mutants: readonly Mutant[]
let verdicts: ReadonlyMap<string, MutantVerdict>

beforeAll(async () => {
  const fixtures = folder.path
  const suite = defineConfig({ name: 'shops', migrations: steps, fixtures, tables, contracts })
  freezeMissing(suite)
  freezeMissing(suite, { acceptDrafts: true })
  // No model of the prices: what happens to them is for the checks to see.
  const models = modelsOf(suite.facts.tables.filter(({ name }) => name !== 'price'))
  context = await openContext({ suite, models })
  const injected = listMutants(suite).filter(({ operator }) => operators.includes(operator))
  mutants = [...injected, ...injectByHand(context.subject.suite)]
  verdicts = new Map(mutants.map((mutant) => [mutant.id, judgeMutant(mutant, context)]))
}, 120_000)
afterAll(() => {
  context.close()
  folder.remove()
})

/** The same checks, of which one finds nothing. */
function emptied(name: string): readonly MutantCheck[] {
  const given = checks.map((check): Check => {
    return check.name === name ? { ...check, run: () => ({ problems: [] }) } : check
  })
  if (checks.some((check) => check.name === name)) return listMutantChecks(given)
  return all.map((check) => (check.name === name ? { ...check, run: () => [] } : check))
}

function killersIn({ id }: Mutant): readonly string[] {
  const verdict = verdicts.get(id)
  return verdict === undefined ? [] : killersOf(verdict)
}

it('every mutant is killed', () => {
  expect(mutants.filter((mutant) => killersIn(mutant).length === 0).map(({ id }) => id)).toEqual([])
})

it('some checks see what no other does', () => {
  const alone = mutants.flatMap((mutant) => {
    const [killer, ...others] = killersIn(mutant)
    return others.length > 0 ? [] : [`${mutant.operator}: ${killer}`]
  })
  expect([...new Set(alone)].sort()).toEqual([
    'constraint-renamed: golden',
    'conversion-forgotten: conversions',
    'deferred-begin: starters',
    'errors-swallowed: interruption',
    'keys-exchanged: references',
    'rebuild-loses-trigger: own objects',
    'row-deleted: rows',
    'version-in-own-transaction: interruption',
  ])
})

describe.for(all.map(({ name }) => name))('without the check %s', (name) => {
  it('its column is 0, and what it alone killed survives', () => {
    const killed = mutants.filter((mutant) => killersIn(mutant).includes(name))
    expect(killed.length).toBeGreaterThan(0)
    const others = emptied(name)
    const column = others.filter((check) => check.name === name)
    expect(killed.flatMap((mutant) => killersOf(judgeMutant(mutant, context, column)))).toEqual([])
    const alone = killed.filter((mutant) => killersIn(mutant).length === 1)
    const report = makeReport({
      mutants: alone,
      verdicts: alone.map((mutant) => judgeMutant(mutant, context, others)),
      checks: others,
      equivalents: [],
      suite: context.subject.suite,
      isWhole: false,
    })
    expect(report.survivors.map(({ id }) => id)).toEqual(alone.map(({ id }) => id))
  })
})
