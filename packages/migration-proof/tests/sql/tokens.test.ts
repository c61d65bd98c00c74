/**
 * Goal: SQL is cut into tokens where SQLite cuts it, and no character is ever lost, whatever the text is.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type TokenKind, tokenize, unquote } from '../../src/sql/tokens.ts'
import { anySqlText } from './arbitrary-sql.ts'

type Row = readonly [sql: string, ...tokens: (readonly [TokenKind, string])[]]

const rows: Row[] = [
  ['a1_$é', ['word', 'a1_$é']],
  ['日本 a', ['word', '日本'], ['space', ' '], ['word', 'a']],
  [' \t\r\n\f', ['space', ' \t\r\n\f']],
  ['\uFEFFa', ['space', '\uFEFF'], ['word', 'a']],
  ['-- x\na', ['comment', '-- x'], ['space', '\n'], ['word', 'a']],
  ['-- x', ['comment', '-- x']],
  ['/* a * / */b', ['comment', '/* a * / */'], ['word', 'b']],
  ['/* a', ['illegal', '/* a']],
  [`'it''s'`, ['string', `'it''s'`]],
  [`'a''`, ['illegal', `'a''`]],
  [`"a""b"`, ['name', '"a""b"']],
  ['`a``b`', ['name', '`a``b`']],
  ['[a]]', ['name', '[a]'], ['illegal', ']']],
  ['"a', ['illegal', '"a']],
  ['[a', ['illegal', '[a']],
  [`x'00fF'`, ['blob', `x'00fF'`]],
  [`X''`, ['blob', `X''`]],
  [`x'0'`, ['illegal', `x'0'`]],
  [`x'00`, ['illegal', `x'00`]],
  [`y'00'`, ['word', 'y'], ['string', `'00'`]],
  ['12', ['number', '12']],
  ['1_000', ['number', '1_000']],
  ['0x1F', ['number', '0x1F']],
  ['0x1_F', ['number', '0x1_F']],
  ['1.5e-3', ['number', '1.5e-3']],
  ['.5', ['number', '.5']],
  ['1.', ['number', '1.']],
  ['1.e5', ['number', '1.e5']],
  ['1e', ['illegal', '1e']],
  ['12ab', ['illegal', '12ab']],
  ['1__0', ['illegal', '1__0']],
  ['0x', ['illegal', '0x']],
  ['t.5', ['word', 't'], ['number', '.5']],
  ['?', ['parameter', '?']],
  ['?12a', ['parameter', '?12'], ['word', 'a']],
  [':a@b$c#d', ['parameter', ':a'], ['parameter', '@b$c'], ['parameter', '#d']],
  ['$a::b(c)', ['parameter', '$a::b(c)']],
  ['$a(b c', ['illegal', '$a(b'], ['space', ' '], ['word', 'c']],
  [':::', ['illegal', ':::']],
  [':', ['illegal', ':']],
  ['a->b->>c', ['word', 'a'], ['operator', '->'], ['word', 'b'], ['operator', '->>'], ['word', 'c']],
  ['a--b', ['word', 'a'], ['comment', '--b']],
  ['a- -b', ['word', 'a'], ['operator', '-'], ['space', ' '], ['operator', '-'], ['word', 'b']],
  [
    '||<<>><=>=<>==!=',
    ...['||', '<<', '>>', '<=', '>=', '<>', '==', '!='].map((text) => ['operator', text] as const),
  ],
  ['|<>=', ['operator', '|'], ['operator', '<>'], ['operator', '=']],
  [
    '(a,b);',
    ...['(', 'a', ',', 'b', ')', ';'].map((text) => [/\w/.test(text) ? 'word' : 'operator', text] as const),
  ],
  ['!^', ['illegal', '!'], ['illegal', '^']],
  ['a\0b', ['word', 'a'], ['illegal', '\0'], ['word', 'b']],
]

describe.for(rows)('%j', ([sql, ...expected]) => {
  it('is cut where SQLite cuts it', () => {
    expect(tokenize(sql).map(({ kind, text }) => [kind, text])).toEqual(expected)
  })
})

describe('any text', () => {
  it('is covered by its tokens, none of which is empty', () => {
    fc.assert(
      fc.property(fc.oneof(anySqlText, fc.string()), (sql) => {
        const tokens = tokenize(sql)
        expect(tokens.map(({ text }) => text).join('')).toBe(sql)
        expect(tokens.every(({ text, start }) => text !== '' && sql.startsWith(text, start))).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  it('is cut in linear time, however much of it has no end', () => {
    const start = performance.now()
    for (const unit of ["'", '"', '[', '/*', '--', 'a', '1_', '::', '$a(', '(', '\v', '.'])
      tokenize(unit.repeat(50_000))
    expect(performance.now() - start).toBeLessThan(10_000)
  })
})

describe('a quoted name', () => {
  it.for([
    ['"a""b"', 'a"b'],
    ['`a``b`', 'a`b'],
    ['[a"b]', 'a"b'],
    ['[a""b]', 'a""b'],
    [`'it''s'`, `it's`],
    ['plain', 'plain'],
  ])('%s names %s', ([sql, name]) => {
    const [token] = tokenize(sql ?? '')
    expect(token && unquote(token)).toBe(name)
  })
})
