import { errorCode } from '../../migrator/errors.ts'
import { makeProblem, type Problem, type ProblemSubject } from '../../problem.ts'
import type { Connection, SqlRow } from '../../sql/connection.ts'
import { quoteName } from '../../sql/names.ts'
import { type Outcome, outcomeOf, undoWork } from '../outcome.ts'
import { insertRow } from '../statements.ts'
import type { TableModel } from '../table-model.ts'
import { insertParents } from './examples.ts'

/** What a problem is about: the name of a table, or something else. */
export type Reported = string | ProblemSubject

export function subjectOf(reported: Reported): ProblemSubject {
  return typeof reported === 'string' ? { type: 'table', name: reported } : reported
}

/** What a check of one table works with. Every change that it makes to the database is rolled back. */
export interface CheckContext {
  readonly connection: Connection
  readonly models: readonly TableModel[]
  /** Records a problem. */
  report(object: Reported, expected: string, actual: string): void
  /** Records a problem if the two texts differ. */
  compare(object: Reported, expected: string, actual: string): void
  /** Runs the work, rolls it back, and compares its outcome. */
  expectOutcome(object: Reported, doing: string, expected: Outcome, work: () => void): void
  /** Runs the work and rolls back what it changed. Calls cannot be nested: the inner one would undo the outer one. */
  isolated<Result>(work: () => Result): Result
  /** Inserts a row, after any of its parents that are missing. */
  insert(model: TableModel, row: SqlRow): void
  /** Inserts the missing parents of a row. */
  insertParents(model: TableModel, row: SqlRow): void
  /** The only row of a table. */
  readSingleRow(model: TableModel): SqlRow | undefined
}

/** All changes are rolled back to the savepoint of the caller: see `inSavepoint`. */
export function createContext(
  check: string,
  connection: Connection,
  models: readonly TableModel[],
  problems: Problem[],
): CheckContext {
  const report = (object: Reported, expected: string, actual: string) => {
    problems.push(makeProblem(check, { subject: subjectOf(object), expected, actual }))
  }
  let isRunning = false
  const isolated = <Result>(work: () => Result) => {
    if (isRunning)
      throw new Error(
        'Isolated work cannot be nested: rolling back the inner work would undo the outer work too.',
      )
    isRunning = true
    try {
      return work()
    } finally {
      isRunning = false
      undoWork(connection)
    }
  }
  return {
    connection,
    models,
    report,
    compare: (object, expected, actual) => {
      if (expected !== actual) report(object, expected, actual)
    },
    expectOutcome: (object, doing, expected, work) => {
      const actual = isolated(() => outcomeOf(work))
      if (actual !== expected) report(object, `${doing}: ${expected}`, actual)
    },
    isolated,
    insert: (model, row) => {
      insertParents(connection, models, model, row)
      insertRow(connection, model.name, row)
    },
    insertParents: (model, row) => insertParents(connection, models, model, row),
    readSingleRow: (model) => connection.all(`SELECT * FROM ${quoteName(model.name)}`)[0],
  }
}

/** Runs the work; an engine error becomes a problem of the object. */
export function reportErrors(
  context: Pick<CheckContext, 'report'>,
  object: Reported,
  work: () => void,
): void {
  try {
    work()
  } catch (error) {
    if (errorCode(error) === null || !(error instanceof Error)) throw error
    context.report(object, 'its statements run', `${errorCode(error)}: ${error.message}`)
  }
}
