import { errorCode } from '../../migrator/errors.ts'
import { makeProblem, type Problem, type ProblemSubject } from '../../problem.ts'
import type { Connection, SqlRow } from '../../sql/connection.ts'
import { quoteName } from '../../sql/names.ts'
import { type Outcome, outcomeOf, takeBack } from '../outcome.ts'
import { insertRow } from '../statements.ts'
import type { TableModel } from '../table-model.ts'
import { placeParents } from './examples.ts'

/** What a problem is about: the name of a table, or something else. */
export type Reported = string | ProblemSubject

export function subjectOf(reported: Reported): ProblemSubject {
  return typeof reported === 'string' ? { type: 'table', name: reported } : reported
}

/** One check at work on one table. Whatever it does to the database is taken back. */
export interface Examination {
  readonly connection: Connection
  readonly models: readonly TableModel[]
  /** Notes a problem. */
  report(object: Reported, expected: string, actual: string): void
  /** Notes a problem unless two texts are the same. */
  compare(object: Reported, expected: string, actual: string): void
  /** Runs a statement, takes it back, and compares what became of it. */
  expectOutcome(object: Reported, doing: string, expected: Outcome, work: () => void): void
  /** Takes back what the work does to the database. Not inside another such work, which would be taken back too. */
  apart<Result>(work: () => Result): Result
  /** Inserts a row, its parents before it where they are missing. */
  place(model: TableModel, row: SqlRow): void
  /** Inserts the parents of a row where they are missing. */
  placeParents(model: TableModel, row: SqlRow): void
  /** The only row of a table. */
  readOnly(model: TableModel): SqlRow | undefined
}

/** Whatever is tried is taken back to the savepoint that the caller is in: see `inSavepoint`. */
export function createExamination(
  check: string,
  connection: Connection,
  models: readonly TableModel[],
  problems: Problem[],
): Examination {
  const report = (object: Reported, expected: string, actual: string) => {
    problems.push(makeProblem(check, { subject: subjectOf(object), expected, actual }))
  }
  let isApart = false
  const apart = <Result>(work: () => Result) => {
    if (isApart) throw new Error('Work inside work that is taken back would take back both.')
    isApart = true
    try {
      return work()
    } finally {
      isApart = false
      takeBack(connection)
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
      const actual = apart(() => outcomeOf(work))
      if (actual !== expected) report(object, `${doing}: ${expected}`, actual)
    },
    apart,
    place: (model, row) => {
      placeParents(connection, models, model, row)
      insertRow(connection, model.name, row)
    },
    placeParents: (model, row) => placeParents(connection, models, model, row),
    readOnly: (model) => connection.all(`SELECT * FROM ${quoteName(model.name)}`)[0],
  }
}

/** Runs the work; an error of the engine becomes a problem of the object. */
export function reportErrors(
  examination: Pick<Examination, 'report'>,
  object: Reported,
  work: () => void,
): void {
  try {
    work()
  } catch (error) {
    if (errorCode(error) === null || !(error instanceof Error)) throw error
    examination.report(object, 'its statements run', `${errorCode(error)}: ${error.message}`)
  }
}
