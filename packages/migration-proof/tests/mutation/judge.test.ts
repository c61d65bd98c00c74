// Goal: the checks find no fault where none was injected, and a fault that only one check sees survives, by
// name, when that check is switched off.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { modelsOf } from '../../src/behaviour/index.ts'
import { definePlan, type Migration, migrate } from '../../src/index.ts'
import { latestVersionOf } from '../../src/migrator/plan.ts'
import { mutantChecks } from '../../src/mutation/checks/index.ts'
import { type MutantContext, openContext } from '../../src/mutation/checks/mutant-check.ts'
import { judgeMutant, killersOf } from '../../src/mutation/judge.ts'
import { simpleMigrator } from '../../src/mutation/migrators/simple-migrator.ts'
import type { Mutant } from '../../src/mutation/model.ts'
import { listMutants } from '../../src/mutation/mutants.ts'
import { operators } from '../../src/mutation/operators/index.ts'
import { rebuild } from '../../src/mutation/operators/rebuilds.ts'
import { makeReport } from '../../src/mutation/report.ts'
import { forum as suite } from '../support/forum.ts'

const mutants = listMutants(suite)
const latest = latestVersionOf(suite.plan)
let context: MutantContext

beforeAll(async () => {
  context = await openContext({ suite, models: modelsOf(suite.facts.tables) })
})
afterAll(() => context.close())

function mutantOf(id: string): Mutant {
  const mutant = mutants.find((candidate) => candidate.id === id)
  if (mutant === undefined) throw new Error(`There is no mutant ${id}`)
  return mutant
}

/** A mutant without a fault. */
function control(changes: Partial<Mutant>): Mutant {
  const { plan } = suite
  return {
    id: 'control',
    operator: 'none',
    fault: 'does nothing',
    site: 'schema',
    version: latest,
    object: 'none',
    plan,
    migrate,
    ...changes,
  }
}

const pairs: Migration = {
  version: 1,
  name: 'pairs',
  up: (connection) => {
    connection.exec('CREATE TABLE point (x, y CHECK (y > 0), PRIMARY KEY (x, y))')
    connection.exec('CREATE TABLE visit (x, y, FOREIGN KEY (x, y) REFERENCES point)')
  },
}

const moved: Migration = {
  version: 2,
  name: 'moved',
  up: (connection) => {
    connection.exec('CREATE TABLE place (x, y, n)')
    connection.exec(
      'INSERT INTO place (x, y, n) SELECT x, y, max(rowid) FROM visit WHERE x > 0 GROUP BY x ORDER BY y LIMIT 9',
    )
    connection.exec('DELETE FROM visit WHERE x IS NULL')
  },
}

const keyed: Migration = {
  version: 1,
  name: 'keyed',
  up: (connection) => connection.exec('CREATE TABLE t (a TEXT PRIMARY KEY, b)'),
}

describe('the mutants', () => {
  it('are many, and each has an id of its own', () => {
    expect(mutants.length).toBeGreaterThan(250)
    expect(new Set(mutants.map(({ id }) => id)).size).toBe(mutants.length)
  })

  it('are of every operator', () => {
    // The forum has no foreign key of two columns, compares in no CHECK, and changes no rows.
    const others = listMutants({ ...suite, plan: definePlan([pairs, moved]) })
    const injected = new Set([...mutants, ...others].map(({ operator }) => operator))
    expect(operators.map(({ name }) => name).filter((name) => !injected.has(name))).toEqual([])
  })

  it('hold none that an operator knows to be equivalent', () => {
    const unique = listMutants({ ...suite, plan: definePlan([keyed]) }).filter(
      ({ operator }) => operator === 'unique-column-added',
    )
    expect(unique.map(({ fault }) => fault)).toEqual(['adds a UNIQUE constraint on column b'])
  })

  it('are the same every time', () => {
    expect(listMutants(suite).map(({ id, fault }) => `${id} ${fault}`)).toEqual(
      mutants.map(({ id, fault }) => `${id} ${fault}`),
    )
  })
})

describe('without a fault, no check sees anything', () => {
  const rebuilding: Migration = {
    version: latest + 1,
    name: 'rebuild',
    foreignKeys: 'off',
    up: (connection) => {
      for (const { name } of connection.all(
        `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'`,
      )) {
        const columns = connection.all('SELECT name FROM pragma_table_info(?)', [String(name)])
        rebuild(
          connection,
          String(name),
          columns.map((column) => String(column.name)),
        )
      }
    },
  }
  const controls: readonly (readonly [what: string, mutant: Mutant])[] = [
    ...suite.plan.migrations.map(({ version }) => [`of version ${version}`, control({ version })] as const),
    ['in the data', control({ site: 'data' })],
    ['of the migrator', control({ site: 'migrator' })],
    ['of the small migrator with good habits', control({ site: 'migrator', migrate: simpleMigrator() })],
    [
      'of a careful rebuild of every table',
      control({
        site: 'data',
        version: latest + 1,
        plan: { ...suite.plan, migrations: [...suite.plan.migrations, rebuilding] },
      }),
    ],
  ]
  it.for(controls)('%s', ([, mutant]) => {
    const { checks: verdicts } = judgeMutant(mutant, context)
    expect(
      verdicts.flatMap(({ check, problems }) => problems.map((problem) => ({ check, ...problem }))),
    ).toEqual([])
  })
})

/** Mutants that few checks kill. */
const killedByFew: readonly (readonly [id: string, killers: readonly string[]])[] = [
  [`v${latest}/vote/constraint-renamed/1`, ['golden']],
  [`v${latest}/migrator/errors-swallowed/1`, ['interruption']],
  [`v${latest}/migrator/version-in-own-transaction/1`, ['interruption']],
]

describe.for(killedByFew)('%s', ([id, killers]) => {
  it(`is killed by ${killers.join(' and ')}, and survives by name when that is switched off`, () => {
    const mutant = mutantOf(id)
    const verdict = judgeMutant(mutant, context)
    expect(killersOf(verdict)).toEqual(killers)
    const others = mutantChecks.filter(({ name }) => !killers.includes(name))
    const without = { ...verdict, checks: verdict.checks.filter(({ check }) => !killers.includes(check)) }
    const report = makeReport({
      mutants: [mutant],
      verdicts: [without],
      checks: others,
      equivalents: [],
      suite,
      isWhole: false,
    })
    expect(report.survivors.map((survivor) => survivor.id)).toEqual([id])
  })
})

/** Faults of the field, each with an object that a check names. */
const named: readonly (readonly [id: string, check: string, object: string])[] = [
  [`v${latest + 1}/topic/rebuild-wipes-children/1`, 'rows', 'vote'],
  [`v${latest + 1}/topic/rebuild-wipes-children/1`, 'behaviour', 'vote'],
  [`v${latest}/post/rebuild-loses-trigger/1`, 'own objects', 'own_post'],
  [`v${latest}/event/rebuild-lowers-watermark/1`, 'rows', 'event'],
  ['v1/member/row-deleted/1', 'rows', 'member'],
  [`v${latest}/migrator/deferred-begin/1`, 'starters', 'the lock'],
  [`v${latest}/migrator/newer-database-touched/1`, 'newer database', 'a newer database'],
]

describe.for(named)('%s', ([id, check, object]) => {
  it(`is seen by ${check}, which names ${object}`, () => {
    const chosen = mutantChecks.filter(({ name }) => name === check)
    const [verdict] = judgeMutant(mutantOf(id), context, chosen).checks
    expect(verdict?.problems.map((problem) => problem.subject.name).join('\n')).toContain(object)
  })
})
