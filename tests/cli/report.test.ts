// Goal: the report knows this history: where each statement stands, what deletes what, and which engines run it.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { runCommandLine } from '../support/command-line.ts'

describe('report of this project', () => {
  const { exitCode, stdout } = runCommandLine(['report', '--parts', 'history,contracts,engines', '--json'])
  const results = JSON.parse(stdout)

  it('runs the parts that are named, and leaves the others null', () => {
    expect(exitCode).toBe(0)
    expect({ ...results, history: 1, contracts: 1, engines: 1 }).toMatchObject({
      suite: 'quickslice',
      ...{ upgrades: null, findings: null, mutation: null, crash: null, fuzz: null, gate: null },
    })
  })

  it('knows the file and the line of every statement of every migration', () => {
    const statements: { sql: string; file: string; line: number }[] = results.history.versions.flatMap(
      ({ statements: own }: { statements: object[] }) => own,
    )
    expect(statements.length).toBeGreaterThan(30)
    for (const { sql, file, line } of statements) {
      const [first = ''] = sql.split('\n')
      expect(readFileSync(file, 'utf8').split('\n')[line - 1]).toContain(first)
    }
  })

  it('knows the cascades, and the one whose children no index finds', () => {
    const edges: { child: string; index: string | null }[] = results.history.edges
    expect(edges).toHaveLength(4)
    expect(edges.filter(({ index }) => index === null).map(({ child }) => child)).toEqual([
      'oauth_par_request',
    ])
  })

  it('has a plan for every statement of the server, and the oldest engine of every migration', () => {
    expect(results.contracts.contracts.length).toBeGreaterThan(50)
    expect(results.engines.minimum).toHaveLength(results.history.versions.length - 1)
    expect(results.engines.minimum[0]).toMatchObject({ migration: 'v1, initial schema', oldest: '3.38.5' })
  })
})
