import { AssertionError } from 'node:assert'
import { renderProblems } from '../cli/output/problem.ts'
import { describeSubject, type Problem } from '../problem.ts'

/**
 * The error of a failed proof: its message is what a command prints of the problems, and `expected` and `actual` are what a test
 * runner compares.
 *
 * @param showsDifference whether the test runner shows how both differ; otherwise the message does
 * @param message instead of the problems in full
 */
export function failureOf(
  problems: readonly Problem[],
  showsDifference: boolean,
  message = renderProblems(problems, (_, text) => text, null),
): AssertionError {
  const error = new AssertionError({
    message,
    expected: sideOf(problems, ({ expected }) => expected),
    actual: sideOf(problems, ({ actual }) => actual),
    // For this one alone Node appends the difference to the message.
    operator: showsDifference ? 'equal' : 'deepStrictEqual',
  })
  // Where in this package it was found helps no one.
  error.stack = `${error.name}: ${error.message}`
  return error
}

/** What stands on one side of each problem, by what it is about. */
export function sideOf(
  problems: readonly Problem[],
  textOf: (problem: Problem) => string,
): Record<string, string> {
  const side: Record<string, string> = {}
  for (const problem of problems) {
    const name = describeSubject(problem.subject)
    const before = side[name]
    side[name] = before === undefined ? textOf(problem) : `${before}\n${textOf(problem)}`
  }
  return side
}
