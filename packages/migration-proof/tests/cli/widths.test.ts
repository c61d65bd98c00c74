// Goal: what is printed fits the terminal that it is printed on, a command in it can be copied, and on a pipe each line is whole.
import { afterAll, describe, expect, it } from 'vitest'
import { renderProblems } from '../../src/cli/output/problem.ts'
import { formatTable, widthOn, wrapSentence } from '../../src/cli/output/text.ts'
import { makeProblem } from '../../src/problem.ts'
import { makeNotesProject } from '../support/notes-project.ts'

const project = makeNotesProject()
afterAll(() => project.destroy())
project.replace('migrations.mjs', 'CREATE INDEX note_text ON note (text)', 'DELETE FROM note')

const verify = (COLUMNS: string) =>
  project.run(['verify', '--no-cache', '--config', 'suite.mjs'], { env: { COLUMNS } })

describe.for([40, 80, 120])('%i columns', (columns) => {
  const { stdout, exitCode } = verify(`${columns}`)

  it('hold every line, and a longer one is a line to copy or one word', () => {
    expect(exitCode).toBe(1)
    const long = stdout.split('\n').filter((line) => line.length > columns)
    const isWhole = (line: string) =>
      /^\s*`[^`]*`[.,;:]?$|^\s*\S+$|^ {2}npx /.test(line) || /^(?:notes, v1|2 snapshots,) /.test(line)
    expect(long.filter((line) => !isWhole(line))).toEqual([])
    expect(stdout).toMatch(/^✗ table note: rows$/m)
  })
})

it('on a pipe each field of a problem is one line, without colours', () => {
  const { stdout } = verify('')
  expect(stdout).toMatch(/^ {4}fix {8}.{100,}npx migration-proof verify --snapshot v1 --config suite\.mjs`$/m)
  expect(stdout).not.toContain('\u001b')
})

describe('a table', () => {
  const columns = [{ title: 'Table' }, { title: 'Rows', align: 'right' }, { title: 'Made\nby' }] as const
  const rows = [
    ['✓ note', '12', 'an index of three columns'],
    ['', '', 'another index'],
  ]
  const format = (width: number | null) => formatTable(columns, rows, (_, text) => text, width)

  it('that is too wide is a list of its rows', () => {
    expect(format(30).split('\n')).toEqual([
      '✓ note',
      '    Rows     12',
      '    Made by  an index of three',
      '             columns',
      '    Made by  another index',
    ])
  })

  it('that fits, or is on a pipe, has columns', () => {
    expect(format(39)).toBe(format(null))
    expect(format(null)).toMatch(/^✓ note {4}12 {2}an index of three columns$/m)
  })
})

describe('the width', () => {
  it.for([
    ['of a terminal', { columns: 100 }, {}, 100],
    ['of a very narrow one', { columns: 5 }, {}, 30],
    ['that COLUMNS says', {}, { COLUMNS: '72' }, 72],
    ['of a terminal, whatever COLUMNS says', { columns: 100 }, { COLUMNS: '72' }, 100],
    ['of a pipe', {}, {}, null],
    ['of a pipe where COLUMNS is no number', {}, { COLUMNS: 'wide' }, null],
    ['of a terminal that does not know it', { columns: 0 }, {}, null],
  ] as const)('%s', ([, output, environment, width]) => {
    expect(widthOn(output, environment)).toBe(width)
  })
})

describe('a sentence', () => {
  it('is broken between words, and never in a command', () => {
    expect(wrapSentence('now run `npx a verify --snapshot b` again', 20)).toEqual([
      'now run',
      '`npx a verify --snapshot b`',
      'again',
    ])
  })

  it('with one backtick has no command', () => {
    expect(wrapSentence('a ` is a name of a table', 10)).toEqual(['a ` is a', 'name of a', 'table'])
  })
})

it('on a narrow terminal, what a line says stands below its name', () => {
  const problem = makeProblem('rows', {
    subject: { type: 'table', name: 'note' },
    expected: 'every row as it was before the upgrade began',
    actual: 'none',
  })
  const expected = ['every row as it was before the', 'upgrade began'].map((line) => `      ${line}`)
  expect(renderProblems([problem], (_, text) => text, 40).split('\n')).toEqual([
    '✗ table note: rows',
    '    expected',
    ...expected,
    '    actual',
    '      none',
  ])
})
