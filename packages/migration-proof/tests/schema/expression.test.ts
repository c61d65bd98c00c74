/**
 * Goal: two expressions have one text exactly where SQLite takes them for the same, quirks of its quotes
 * included: https://www.sqlite.org/quirks.html#dblquote
 */
import { describe, expect, it } from 'vitest'
import { normaliseDefault, normaliseExpression } from '../../src/schema/expression.ts'
import { significantTokens } from '../../src/sql/tokens.ts'

describe('an expression over the columns a and "b c"', () => {
  it.for([
    ['((a > 1))', 'a > 1'],
    ['(a) > (1)', '(a) > (1)'],
    ['"A" > [B C]', 'a > "b c"'],
    ['a = "Open"', `a = 'Open'`],
    [`a = "it's"`, `a = 'it''s'`],
    ['a = [Open]', 'a = open'],
    ['"t"."a" > "T"', `t.a > 'T'`],
    ['"Length"(a) > 1', 'length(a) > 1'],
    ['a COLLATE "NoCase"', 'a collate nocase'],
    ['CAST(a AS "Text")', 'cast(a as text)'],
  ])('%s is %s', ([sql, text]) => {
    expect(normaliseExpression(significantTokens(sql ?? ''), new Set(['a', 'b c']))).toBe(text)
  })
})

describe('a default', () => {
  it.for([
    ['1', '1'],
    ['((1))', '1'],
    ['- 1', '-1'],
    ['TRUE', '1'],
    ['(False)', '0'],
    ['NULL', null],
    ['"true"', `'true'`],
    ['"null"', `'null'`],
    ['Word', `'Word'`],
    ['"it\'s"', `'it''s'`],
    ["'It''s'", "'It''s'"],
    ['CURRENT_DATE', 'current_date'],
    ['"CURRENT_DATE"', `'CURRENT_DATE'`],
    ["datetime('now' /* here */)", "datetime('now')"],
    [`lower("X")`, `lower('X')`],
    ['TRUE AND 1', 'true and 1'],
  ] as const)('%s is %s', ([sql, text]) => {
    expect(normaliseDefault(sql)).toBe(text)
  })
})
