// Goal: a counterexample that is kept is the same value when it is read again, and a file that is none is named.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  decodeValue,
  defineProperty,
  encodeValue,
  keepCounterexample,
  readCounterexamples,
} from '../../src/behaviour/index.ts'
import { makeProblem } from '../../src/problem.ts'

const property = defineProperty('no row holds 7', fc.array(fc.bigInt(0n, 9n)), (numbers) =>
  numbers.includes(7n)
    ? [makeProblem('seven', { subject: { type: 'table', name: 't' }, expected: 'no 7', actual: '7' })]
    : [],
)

describe('a kept counterexample', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kept-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('is the smallest value, and fails again', () => {
    const file = keepCounterexample(folder, property.name, property.explore({ runs: 500, seed: 1 }), 'a test')
    const [found] = readCounterexamples(folder)
    expect(join(folder, found?.file ?? '')).toBe(file)
    expect(found?.kept).toMatchObject({
      property: 'no row holds 7',
      reason: 'a test',
      value: [{ $integer: '7' }],
    })
    expect(property.replay(found?.kept.value ?? null)).toHaveLength(1)
  })

  it('has the same name when it is found again', () => {
    const keep = () =>
      keepCounterexample(folder, property.name, property.explore({ runs: 500, seed: 1 }), 'a test')
    expect(keep()).toBe(keep())
  })

  it('is refused when its file is something else', () => {
    const file = join(folder, 'odd.json')
    writeFileSync(file, '{"property": "no row holds 7"}')
    expect(() => readCounterexamples(folder)).toThrow(file)
    expect(readFileSync(file, 'utf8')).toContain('no row')
  })

  it('cannot be made of a property that holds', () => {
    const holds = { runs: 1, seed: 1, counterexample: null }
    expect(() => keepCounterexample(folder, 'p', holds, 'none')).toThrow(RangeError)
  })
})

describe('a value as JSON', () => {
  it.for([
    ['an integer beyond 2^53', 2n ** 53n + 1n],
    ['bytes', new Uint8Array([0, 255])],
    ['text with NUL', 'a\u0000b'],
    ['NULL', null],
    ['a row', { key: 1n, value: [1.5, true, 'x', null] }],
  ])('is %s again', ([, value]) => {
    expect(decodeValue(JSON.parse(JSON.stringify(encodeValue(value))))).toEqual(value)
  })

  it('leaves out what is undefined, and refuses what is no data', () => {
    expect(encodeValue({ left: undefined, kept: 1n })).toEqual({ kept: { $integer: '1' } })
    expect(() => encodeValue(() => {})).toThrow(TypeError)
    expect(() => encodeValue(Number.NaN)).toThrow(TypeError)
  })
})
