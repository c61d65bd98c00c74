/**
 * Goal: a person sees at once what differs, where, and how: one line for each difference.
 */
import { expect, it } from 'vitest'
import { diffSchemas } from '../../src/schema/diff.ts'
import { renderDifferences } from './render-differences.ts'
import { schemaOf } from './schema-of.ts'

function rendered(before: string, after: string): string {
  return renderDifferences(diffSchemas(schemaOf(before), schemaOf(after)))
}

it('writes one aligned line for each difference', () => {
  const before = `CREATE TABLE client(id TEXT PRIMARY KEY, client_name TEXT NOT NULL, age INTEGER DEFAULT 0);
    CREATE INDEX by_age ON client(age DESC)`
  const after = 'CREATE TABLE client(id TEXT PRIMARY KEY, client_name TEXT, age INTEGER DEFAULT 1)'
  expect(rendered(before, after)).toBe(
    [
      'table client  column client_name: not null  expected NOT NULL                       found NULL allowed',
      'table client  column age: default           expected 0                              found 1',
      'index by_age  existence                     expected an index on client (age DESC)  found none',
    ].join('\n'),
  )
})

it('writes nothing where nothing differs', () => {
  expect(renderDifferences([])).toBe('')
})

it('shows of long texts where they begin to differ', () => {
  const list = Array.from({ length: 40 }, (_, place) => `'value ${place}'`)
  const before = `CREATE TABLE t(a CHECK (a IN (${list.join(', ')})))`
  const line = rendered(before, before.replace('value 25', 'value xx'))
  expect(line).toContain(`'value 25'`)
  expect(line).toContain(`'value xx'`)
  expect(line.length).toBeLessThan(200)
})

it('stays on one line, and moves no cursor, whatever the names are', () => {
  const line = rendered('CREATE TABLE "a\nb\u001b[2K\u202e"(x)', '')
  expect(line).toMatch(/^table a\\u\{a\}b\\u\{1b\}\[2K\\u\{202e\} {2}existence {2}/)
  expect(line.split('\n')).toHaveLength(1)
})
