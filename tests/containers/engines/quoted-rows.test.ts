/** Goal: what a sqlite3 shell prints is read as the values and the error that it means, in the words of every version. */
import { describe, expect, it } from 'vitest'
import { readShellAnswer } from './quoted-rows.ts'

describe('readShellAnswer', () => {
  it.for<[string, unknown]>([
    ['NULL', null],
    ['0', 0n],
    ['-9223372036854775808', -9223372036854775808n],
    ['9007199254740993', 9007199254740993n],
    ['1.0', 1],
    ['0.10000000000000000555', 0.1],
    ['-1.0e-07', -1e-7],
    ['Inf', Number.POSITIVE_INFINITY],
    ['-Inf', Number.NEGATIVE_INFINITY],
    ['-9.0e+999', Number.NEGATIVE_INFINITY],
    [`''`, ''],
    [`'it''s'`, `it's`],
    [`'two\nlines'`, 'two\nlines'],
    [`'a, b'`, 'a, b'],
    [`'\uFEFFa'`, '\uFEFFa'],
    [`unistr('it''s\\u000atwo\\\\three')`, `it's\ntwo\\three`],
    [`unistr('\\U0001F600\\+01F600')`, '😀😀'],
    [`X'00ff'`, Buffer.from([0, 255])],
    [`x'00FF'`, Buffer.from([0, 255])],
    [`x''`, Buffer.from([])],
  ])('reads %s', ([printed, value]) => {
    expect(readShellAnswer(`'column'\n${printed}\n`)).toEqual({ rows: [{ column: value }], error: null })
  })

  it('reads each row under the names of the columns', () => {
    expect(readShellAnswer(`'a','b c'\n1,'x'\nNULL,2.5\n`).rows).toEqual([
      { a: 1n, 'b c': 'x' },
      { a: null, 'b c': 2.5 },
    ])
  })

  it('finds no row where nothing is printed', () => {
    expect(readShellAnswer('')).toEqual({ rows: [], error: null })
  })

  it.for<readonly [string, string, string]>([
    ['3.34', 'Error: near line 14: NOT NULL constraint failed: t.b\n', 'NOT NULL constraint failed: t.b'],
    [
      '3.40',
      'Runtime error near line 14: NOT NULL constraint failed: t.b (19)\n',
      'NOT NULL constraint failed: t.b (19)',
    ],
    ['3.53', 'Error near line 14: NOT NULL constraint failed: t.b\n', 'NOT NULL constraint failed: t.b'],
    [
      '3.40',
      'Parse error near line 17: no such column: foo\n  select foo from t;\n         ^--- error here\n',
      'no such column: foo',
    ],
    ['3.40', 'Runtime error near line 1: in prepare, no such table: t\n', 'no such table: t'],
    ['3.53', 'Error: unable to open database file\n', 'unable to open database file'],
  ])('reads the error of %s: %s', ([, printed, error]) => {
    expect(readShellAnswer(printed)).toEqual({ rows: [], error })
  })

  it('finds an error between the rows, wherever the shell prints it', () => {
    expect(readShellAnswer(`'a'\n1\nError: near line 3: integer overflow\n`)).toEqual({
      rows: [{ a: 1n }],
      error: 'integer overflow',
    })
    expect(readShellAnswer(`'abs(x)'Runtime error near line 19: integer overflow\n\n1\n`).error).toBe(
      'integer overflow',
    )
  })

  it('does not take text for an error', () => {
    expect(readShellAnswer(`'a'\n'\nError: near line 1: no error'\n`).error).toBeNull()
  })
})
