import { describeSubject, type Problem } from '../../src/problem.ts'

/** What a test compares of a problem: what it is about, and what was found. The version where it is known. */
export function brief({ subject, expected, actual, version }: Problem) {
  return { object: describeSubject(subject), expected, actual, ...(version === null ? {} : { version }) }
}
