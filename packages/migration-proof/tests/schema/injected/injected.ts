/** A difference between two schemas, alone. */
export interface InjectedDifference {
  readonly what: string
  readonly before: string
  readonly after: string
  /** `object: aspect`; where the name of something is part of it, another one for the other direction. */
  readonly aspect: string | readonly [string, string]
  readonly expected: string
  readonly actual: string
}

/** A table for others to refer to. */
export const parent = 'CREATE TABLE p(id INTEGER PRIMARY KEY, code TEXT UNIQUE, kind TEXT UNIQUE);'

/** A table to put an index or a trigger on. */
export const table = 'CREATE TABLE t(a TEXT, b INTEGER);'
