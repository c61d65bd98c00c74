// Goal: the commands that report problems print them for the services that run builds too: as JUnit, and as annotations of GitHub
// Actions, which no name of a project can break out of.
import { afterAll, describe, expect, it } from 'vitest'
import { formatAnnotations } from '../../src/cli/output/annotations.ts'
import { makeProblem } from '../../src/problem.ts'
import { addThirdVersion, makeNotesProject } from '../support/notes-project.ts'

const project = makeNotesProject()
afterAll(() => project.destroy())
project.replace('migrations.mjs', 'ON note (text)', 'ON note (id)')

const config = ['--config', 'suite.mjs']
const github = { env: { ...process.env, GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: project.folder } }

describe.for([['verify'], ['freeze', '--check'], ['lint', '--quick'], ['gate', '--history']])(
  '%s',
  (command) => {
    const run = (...more: string[]) => project.run([...command, ...more, ...config], github)

    it('prints JUnit and nothing else', () => {
      const { exitCode, stdout } = run('--format', 'junit')
      expect(exitCode).toBe(1)
      expect(stdout).toMatch(/^<\?xml version="1.0" encoding="UTF-8"\?>\n<testsuites name="notes" /)
      expect(stdout).toMatch(/<failure message="[^"]+" type="[\w-]+">/)
      expect(stdout).toMatch(/<\/testsuites>\n$/)
      expect(stdout).not.toMatch(/^::/m)
    })

    it('prints a line for each problem and nothing else', () => {
      const { exitCode, stdout } = run('--format', 'github')
      expect(exitCode).toBe(1)
      const lines = stdout.trimEnd().split('\n')
      expect(
        lines.filter(
          (line) => !/^::(error|warning|notice) (file=[^,]+,)?(line=\d+,)?title=[^:]+::./.test(line),
        ),
      ).toEqual([])
      expect(lines.length).toBeGreaterThan(0)
    })

    it('prints them on GitHub beside its text, and never beside JSON', () => {
      const { stdout } = run()
      expect(stdout).toMatch(/^::(error|warning|notice) /m)
      expect(stdout).toMatch(/^notes, v1 to v2/)
      expect(JSON.parse(run('--json').stdout)).toHaveProperty('suite', 'notes')
      expect(JSON.parse(run('--format', 'json').stdout)).toHaveProperty('suite', 'notes')
    })

    it('refuses a format that it does not know, and two at once', () => {
      for (const options of [
        ['--format', 'xml'],
        ['--format', 'junit', '--json'],
      ]) {
        const { exitCode, stderr } = run(...options)
        expect(exitCode).toBe(2)
        expect(stderr).toMatch(/expected (one of text, json, junit, github|no other --format beside it)/)
      }
    })
  },
)

it('without GitHub, no annotation is printed', () => {
  const env = { ...process.env, GITHUB_ACTIONS: '' }
  expect(project.run(['freeze', '--check', ...config], { env }).stdout).not.toMatch(/^::/m)
})

it('gate writes a file of JUnit', () => {
  const copy = project.copy()
  addThirdVersion(copy, 'CREATE TABLE tag (name TEXT)')
  copy.run(['gate', '--history', '--output-dir', 'out', ...config])
  expect(copy.read('out/junit.xml')).toContain('<testsuites name="notes"')
})

describe('an annotation', () => {
  const annotate = (name: string) =>
    formatAnnotations(
      [
        makeProblem('rows', {
          subject: { type: 'file', name },
          expected: name,
          actual: 'none',
          location: { file: `migrations/${name}`, line: 3 },
        }),
      ],
      process.cwd(),
    )

  it.for([
    ['a.sql', '::error file=migrations/a.sql,line=3,title=rows%3A a.sql::Expected a.sql, found none.\n'],
    [
      'a,b:c%d',
      '::error file=migrations/a%2Cb%3Ac%25d,line=3,title=rows%3A a%2Cb%3Ac%25d::Expected a,b:c%25d, found none.\n',
    ],
    [
      'x\r\n::stop-commands::y',
      '::error file=migrations/x\\u{d}\\u{a}%3A%3Astop-commands%3A%3Ay,line=3,' +
        'title=rows%3A x\\u{d}\\u{a}%3A%3Astop-commands%3A%3Ay::' +
        'Expected x\\u{d}\\u{a}::stop-commands::y, found none.\n',
    ],
    ['🗑', '::error file=migrations/🗑,line=3,title=rows%3A 🗑::Expected 🗑, found none.\n'],
    [
      '\u001b]0;',
      '::error file=migrations/\\u{1b}]0;,line=3,title=rows%3A \\u{1b}]0;::Expected \\u{1b}]0;, found none.\n',
    ],
  ] as const)('about %j is one line', ([name, line]) => {
    expect(annotate(name)).toBe(line)
  })

  it('has the level of its problem, and accepted ones have none', () => {
    const of = (more: object) =>
      formatAnnotations([
        makeProblem('c', { subject: { type: 'table', name: 't' }, expected: 'a', actual: 'b', ...more }),
      ])
    expect(of({ severity: 'warning' })).toMatch(/^::warning title=/)
    expect(of({ severity: 'note' })).toMatch(/^::notice /)
    expect(of({ status: 'accepted' })).toBe('')
  })
})
