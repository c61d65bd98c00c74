// Goal: `report` writes every format from the same results, says what was not run, and reports in one sentence what is wrong with
// a call or a file.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { provenResults, sampleResults } from '../report/samples.ts'
import { forumFolder, runOnForum } from '../support/forum.ts'

const folder = mkdtempSync(join(tmpdir(), 'report-'))
const failed = write('failed.json', sampleResults())
const proven = write('proven.json', provenResults())

afterAll(() => rmSync(folder, { recursive: true }))

function write(name: string, results: object): string {
  const file = join(folder, name)
  writeFileSync(file, JSON.stringify(results))
  return file
}

describe('report of results that were written before', () => {
  it('exits with 1 where a part failed, and with 0 where none did', () => {
    expect(runOnForum(['report', '--results', failed, '--format', 'markdown']).exitCode).toBe(1)
    expect(runOnForum(['report', '--results', proven, '--format', 'markdown']).exitCode).toBe(0)
  })

  it('gives the same results back as JSON, by either name of the format', () => {
    for (const format of [['--json'], ['--format', 'json']]) {
      const { stdout } = runOnForum(['report', '--results', failed, ...format])
      expect(JSON.parse(stdout)).toEqual(sampleResults())
    }
  })

  it('gives SARIF with a rule for each problem', () => {
    const { stdout } = runOnForum(['report', '--results', failed, '--format', 'sarif'])
    expect(JSON.parse(stdout)).toMatchObject({ version: '2.1.0', runs: [{ results: { length: 8 } }] })
  })

  it('writes a page into a file, and says how long it is', () => {
    const file = join(folder, 'page.html')
    const { stdout, stderr } = runOnForum(['report', '--results', failed, '--output', file])
    expect(stdout).toMatch(/^notes \(\S+failed\.json\)\n\S+page\.html: [\d.]+ kB\n/)
    expect(stderr).toBe('')
    expect(readFileSync(file, 'utf8')).toMatch(/^<!DOCTYPE html>\n<html lang="en">.*<\/html>\n$/s)
  })

  it('names each part that failed, and the command that repeats it', () => {
    const { stdout } = runOnForum(['report', '--results', failed, '--output', join(folder, 'page.html')])
    const parts = Object.entries(sampleResults()).flatMap(([name, part]) =>
      part !== null && typeof part === 'object' && 'outcome' in part && part.outcome === 'failed'
        ? [name]
        : [],
    )
    const lines = stdout.split('\n').filter((line) => line.startsWith('✗ '))
    expect(lines).toHaveLength(parts.length)
    expect(lines).toContainEqual(
      expect.stringMatching(/^✗ Upgrades of snapshots: .+; see it with `[^`]*verify`$/),
    )
    expect(
      runOnForum(['report', '--results', proven, '--output', join(folder, 'page.html')]).stdout,
    ).not.toContain('✗')
  })

  it('writes report.html by default', () => {
    runOnForum(['report', '--results', failed], { cwd: folder })
    expect(readFileSync(join(folder, 'report.html'), 'utf8')).toContain('8 problems to fix')
  })
})

describe('report of a project', () => {
  const { exitCode, stdout } = runOnForum(['report', '--parts', 'history,contracts,engines', '--json'])
  const results = JSON.parse(stdout)

  it('runs the parts that are named, and leaves the others null', () => {
    expect(exitCode).toBe(0)
    expect({ ...results, history: 1, contracts: 1, engines: 1 }).toMatchObject({
      suite: 'forum',
      ...{ upgrades: null, findings: null, mutation: null, crash: null, fuzz: null, gate: null },
    })
  })

  it('knows the file and the line of every statement of every migration', () => {
    const statements: { sql: string; file: string; line: number }[] = results.history.versions.flatMap(
      ({ statements: own }: { statements: object[] }) => own,
    )
    expect(statements.length).toBeGreaterThan(8)
    for (const { sql, file, line } of statements) {
      const [first = ''] = sql.split('\n')
      expect(readFileSync(join(forumFolder, file), 'utf8').split('\n')[line - 1]).toContain(first)
    }
  })

  it('knows the cascades, and those whose children no index finds', () => {
    const edges: { child: string; index: string | null }[] = results.history.edges
    expect(edges).toHaveLength(4)
    expect(edges.filter(({ index }) => index === null).map(({ child }) => child)).toEqual(['session'])
  })

  it('has a plan for every statement of the application, and the oldest engine of every migration', () => {
    expect(results.contracts.contracts).toHaveLength(2)
    expect(results.engines.minimum).toHaveLength(results.history.versions.length - 1)
    expect(results.engines.minimum[0]).toMatchObject({ migration: 'v1, members', oldest: '3.34.1' })
  })
})

const wrongCalls: readonly (readonly [call: readonly string[], says: string])[] = [
  [['--format', 'pdf'], 'expected one of html, json, sarif, junit, markdown'],
  [['--format', 'htm'], 'perhaps html was meant'],
  [['--json', '--format', 'html'], 'no other --format beside it'],
  [['--parts', 'upgrade'], 'perhaps upgrades was meant'],
  [['--parts', 'gate'], "found 'gate'"],
  [['--parts', 'history', '--results', failed], 'no --results beside it'],
  [['--results', join(folder, 'nowhere.json')], 'a file that can be read'],
  [['--results', 'package.json'], 'results.schema.json'],
  [['--results', 'CHANGELOG.md'], 'expected JSON'],
  [['--results', 'CHANGELOG.md'], 'a file that `npm run report -- --format json` wrote'],
  [['--output', join(folder, 'no', 'folder.html')], 'a folder that can be written'],
  [['--results', failed, '--output', folder], 'a file that can be written'],
]

describe('a wrong call of report', () => {
  it.for(wrongCalls)('%s is reported in one sentence', ([call, says]) => {
    const { exitCode, stderr } = runOnForum(['report', ...call])
    expect(exitCode).toBe(2)
    expect(stderr).toContain(says)
    expect(stderr).toMatch(/^Error: [^\n]+\.\n$/)
  })
})
