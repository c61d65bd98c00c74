import { countOf } from '../count.ts'
import { listStored, makeObjects, type StoredObject } from '../migrator/stored-objects.ts'
import { expectedSchemaOf } from '../migrator/tool-change.ts'
import { listOlderNotes } from '../migrator/versions.ts'
import { makeProblem, type Problem } from '../problem.ts'
import { literalOf, shorten } from '../rows/requirements.ts'
import { findTrials, type RowTrials, type Trial, tryRow } from '../rows/trials.ts'
import { createStatements } from '../schema/create.ts'
import { nameKeyOf, type Schema } from '../schema/model.ts'
import { readSchema } from '../schema/read.ts'
import { FixtureError } from '../snapshots/errors.ts'
import { readGoldenSchema } from '../snapshots/golden-review.ts'
import type { Connection } from '../sql/connection.ts'
import { engineOf } from '../sql/engine-of.ts'
import { foldName, quoteName } from '../sql/names.ts'
import { type Check, notApplicable } from './check.ts'
import { withoutOldNotes } from './divergence.ts'
import type { DatabaseSubject } from './subject.ts'

/**
 * Two schemas that read alike may still differ in what they accept. The rows are made from the schema that is expected, and
 * tried in memory, in a copy of the schema that the upgrade left: so that no old row stands in their way, and no file is
 * written to.
 */
export const inserts: Check = {
  name: 'inserts',
  proves:
    'accepts the rows that it should, and refuses each that breaks one constraint, with the code of that constraint',
  needs: 'database',
  run: (subject) => {
    const { suite, target, upgraded, goldenAt } = subject
    const expected = orBuilt(() => withoutOldNotes(subject, goldenAt(target)), { suite, target, upgraded })
    const { schema, found } = trialsOf(expected, upgraded)
    if (found.trials.length === 0) return notApplicable('the schema has no table whose rows can be made')
    const problems = problemsOf(subject, schema, found.trials)
    const { plan } = suite
    // Of the table that an older release of the tool made, no one has written what is expected.
    const older =
      problems.length === 0 ? new Set<string>() : listOlderNotes(plan, readSchema(subject.upgraded))
    return {
      detail: describe(found),
      problems: problems.filter(({ subject: { table, name } }) => !older.has(foldName(table ?? name))),
    }
  },
}

/**
 * Finds the rows of a version before a file is locked: to find them takes longer than all other proofs of a small file.
 *
 * @param empty an empty database, which is closed
 */
export function prepareInserts(
  { suite, target }: Pick<DatabaseSubject, 'suite' | 'target'>,
  empty: Connection,
): void {
  try {
    const golden = () => readGoldenSchema(suite.fixtures, `v${target}`)
    trialsOf(orBuilt(golden, { suite, target, upgraded: empty }), empty)
  } finally {
    empty.close()
  }
}

/** The golden schema where there is one, otherwise what the migrations build. */
function orBuilt(
  golden: () => Schema,
  { suite, target, upgraded }: Pick<DatabaseSubject, 'suite' | 'target' | 'upgraded'>,
): Schema {
  try {
    return golden()
  } catch (error) {
    if (!(error instanceof FixtureError)) throw error
    return expectedSchemaOf(upgraded, suite.plan, target)
  }
}

function trialsOf(expected: Schema, connection: Connection) {
  const schema = statementsOf(expected)
  const found = knownTrials.get(schema) ?? findTrials(expected, () => connection.openMemory())
  remember(knownTrials, schema, found)
  return { schema, found }
}

const knownStatements = new WeakMap<Schema, string>()

function statementsOf(schema: Schema): string {
  const statements = knownStatements.get(schema) ?? createStatements(schema).join(';\n')
  knownStatements.set(schema, statements)
  return statements
}

/** By the statements of the schema: most files of a run end with the same one. */
const knownTrials = new Map<string, RowTrials>()

/** By the schema, what the upgrade left, and the engine: what was tried once is not tried again. */
const knownProblems = new Map<string, readonly Problem[]>()

/** A cache is cleared when it holds this many results. */
const mostKnown = 50

function remember<Value>(cache: Map<string, Value>, key: string, value: Value): void {
  if (cache.size >= mostKnown) cache.clear()
  cache.set(key, value)
}

function problemsOf(
  { upgraded, extras }: DatabaseSubject,
  schema: string,
  trials: readonly Trial[],
): readonly Problem[] {
  const own = new Set(extras.map(nameKeyOf))
  const stored = listStored(upgraded).filter((object) => !own.has(nameKeyOf(object)))
  const engine = engineOf(upgraded)
  // What such an engine accepts is tried again.
  if (engine === null) return makeTrials(upgraded.openMemory(), stored, trials)
  const key = JSON.stringify([engine, schema, stored.map(({ sql }) => sql)])
  const known = knownProblems.get(key)
  if (known !== undefined) return known
  const problems = makeTrials(upgraded.openMemory(), stored, trials)
  remember(knownProblems, key, problems)
  return problems
}

function makeTrials(
  memory: Connection,
  stored: readonly StoredObject[],
  trials: readonly Trial[],
): readonly Problem[] {
  try {
    memory.exec('PRAGMA foreign_keys = ON')
    makeObjects(memory, stored)
    const problems = new Map<string, Problem>()
    for (const trial of trials) {
      const code = tryRow(memory, trial)
      const key = `${trial.table} ${trial.constraint?.label}`
      // The first row of a kind is enough.
      if (code !== trial.code && !problems.has(key)) problems.set(key, problemOf(trial, code))
    }
    return [...problems.values()]
  } finally {
    memory.close()
  }
}

function problemOf(trial: Trial, code: string | null): Problem {
  const { table, constraint } = trial
  const accepted = 'the row is accepted'
  const actual = code ?? accepted
  return makeProblem('inserts', {
    subject: { type: 'table', name: table, aspect: constraint?.label ?? 'a row that breaks no constraint' },
    expected: constraint === null ? accepted : `${constraint.code} for a row that breaks it alone`,
    actual,
    evidence: [{ ran: showInsert(trial), happened: actual }],
  })
}

function showInsert({ table, row }: Trial): string {
  const names = [...row.keys()].map(quoteName).join(', ')
  return `INSERT INTO ${quoteName(table)} (${names}) VALUES (${[...row.values()].map((value) => shorten(literalOf(value))).join(', ')})`
}

function describe({ trials, constraints, unbroken, empty }: RowTrials): string {
  const accepted = trials.filter(({ code }) => code === null).length
  const untried = unbroken.filter(({ reason }) => reason === null).map(({ constraint }) => constraint.label)
  return [
    `${countOf(accepted, 'row')} accepted, ${countOf(trials.length - accepted, 'row')} refused as expected`,
    ...(empty.length === 0
      ? []
      : [`no row was made for ${empty.map(({ table, problem }) => `${table} (${problem})`).join(', ')}`]),
    ...(untried.length === 0
      ? []
      : [
          `${untried.length} of ${countOf(constraints, 'constraint')} not tried, as no row was found that breaks it alone: ${untried.join(', ')}`,
        ]),
  ].join('; ')
}
