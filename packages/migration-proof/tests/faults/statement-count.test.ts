// Goal: the number of statements shows a run with a fault where the run without one had committed a version.
// Queries must not count: how many there are depends on what was asked before.
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { betterSqliteConnection } from '../../src/engines/better-sqlite3.ts'
import { countStatements } from '../../src/faults/run.ts'

describe('the statements of a connection', () => {
  it('are counted from 0 when they succeed, without the queries', () => {
    const reported: number[] = []
    const counted = countStatements(betterSqliteConnection(new Database(':memory:')), (index) =>
      reported.push(index),
    )
    counted.exec('CREATE TABLE t (c UNIQUE)')
    counted.all('SELECT c FROM t')
    counted.all('INSERT INTO t VALUES (?)', [1n])
    expect(() => counted.all('INSERT INTO t VALUES (?)', [1n])).toThrow()
    counted.all(' select count(*) FROM t')
    counted.all('PRAGMA user_version = 1')
    expect(reported).toEqual([0, 1, 2])
    counted.close()
  })
})
