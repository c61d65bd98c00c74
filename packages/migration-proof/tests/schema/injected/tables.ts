import type { InjectedDifference } from './injected.ts'

/** Of tables as a whole. */
export const tableDifferences: readonly InjectedDifference[] = [
  {
    what: 'STRICT',
    before: 'CREATE TABLE t(a TEXT) STRICT',
    after: 'CREATE TABLE t(a TEXT)',
    aspect: 'table t: strict',
    expected: 'STRICT',
    actual: 'not STRICT',
  },
  {
    what: 'WITHOUT ROWID',
    before: 'CREATE TABLE t(a TEXT PRIMARY KEY NOT NULL) WITHOUT ROWID',
    after: 'CREATE TABLE t(a TEXT PRIMARY KEY NOT NULL)',
    aspect: 'table t: rowid',
    expected: 'WITHOUT ROWID',
    actual: 'a rowid',
  },
  {
    what: 'the module of a virtual table',
    before: 'CREATE VIRTUAL TABLE t USING fts5(a, b)',
    after: 'CREATE VIRTUAL TABLE t USING fts5(a, c)',
    aspect: 'table t: module',
    expected: 'fts5(a, b)',
    actual: 'fts5(a, c)',
  },
  {
    what: 'a virtual table instead of an ordinary one',
    before: 'CREATE TABLE t(a, b)',
    after: 'CREATE VIRTUAL TABLE t USING fts5(a, b)',
    aspect: 'table t: module',
    expected: 'none',
    actual: 'fts5(a, b)',
  },
]
