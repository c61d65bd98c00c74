// Goal: rows are drawn from all that a table takes, and one that fails is made as simple as it can be.
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { TableModel } from '../../src/behaviour/index.ts'
import { completeRows, validRows } from '../../src/behaviour/rows.ts'
import type { SqlRow } from '../../src/sql/connection.ts'

const text = (values: fc.Arbitrary<string>) => ({ affinity: 'TEXT', values }) as const
const optional = { nullable: true, absent: { is: 'null' } } as const

const model: TableModel = {
  name: 'note',
  key: ['id'],
  columns: {
    id: { ...text(fc.constantFrom('a', 'b', 'c')), nullable: false, absent: { is: 'refused' } },
    title: { ...text(fc.string()), ...optional },
    stars: {
      affinity: 'INTEGER',
      values: fc.bigInt(0n, 1_000n),
      nullable: false,
      absent: { is: 'value', value: 0n },
    },
    tag: { ...text(fc.constantFrom('x', 'y')), ...optional },
  },
  unique: [],
  identities: [],
  references: [],
  checks: [],
  hazards: [],
  indexes: [],
}

const sample = fc.sample(validRows(model), { seed: 1, numRuns: 500 })

/** The simplest row that a statement about rows does not hold for. */
function simplest(holds: (row: SqlRow) => boolean, seed = 1): SqlRow | undefined {
  const { counterexample } = fc.check(fc.property(validRows(model), holds), { seed, numRuns: 500 })
  return counterexample?.[0]
}

describe('valid rows', () => {
  it('leave out nothing, one column, or all that can be, and never the key', () => {
    const kinds = new Set(sample.map((row) => Object.keys(row).join(' ')))
    const all = ['id', 'id stars tag', 'id title stars', 'id title stars tag', 'id title tag']
    expect([...kinds].toSorted()).toEqual(all)
  })

  it('hold NULL where a column takes it, and nowhere else', () => {
    const nullable = new Set(sample.flatMap((row) => Object.keys(row).filter((name) => row[name] === null)))
    expect([...nullable].toSorted()).toEqual(['tag', 'title'])
  })

  it('hold any value of a column', () => {
    expect(new Set(sample.map(({ id }) => id))).toEqual(new Set(['a', 'b', 'c']))
  })
})

describe('complete rows', () => {
  it('hold a value in every column', () => {
    for (const row of fc.sample(completeRows(model), { seed: 1, numRuns: 200 })) {
      expect(Object.keys(row)).toEqual(['id', 'title', 'stars', 'tag'])
      expect(Object.values(row)).not.toContain(null)
    }
  })
})

describe('a row that fails', () => {
  it('is made simple in every column', () => {
    expect(simplest(({ stars }) => typeof stars !== 'bigint' || stars < 10n)).toEqual({
      id: 'a',
      title: expect.toSatisfy((title) => title === '' || title === null),
      stars: 10n,
      tag: expect.toSatisfy((tag) => tag === 'x' || tag === null),
    })
  })

  it('has every column, unless it fails for lack of one', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const row = simplest(({ id }) => id !== 'b', seed)
      expect(Object.keys(row ?? {})).toEqual(['id', 'title', 'stars', 'tag'])
    }
    expect(simplest(({ tag }) => tag !== undefined)).not.toHaveProperty('tag')
  })
})
