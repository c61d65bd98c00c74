// Goal: the id of a case that a sweep printed names that case and no other, and a text that is no such id is refused
// with what was expected.
import { describe, expect, it } from 'vitest'
import { type CrashCase, parseCaseId } from '../../src/cli/crash/jobs.ts'
import { UsageError } from '../../src/cli/errors.ts'

const cases: readonly (readonly [string, CrashCase])[] = [
  [
    '1/v2/wal/512/137.4',
    {
      kind: 'image',
      seed: 1,
      path: 'v2',
      journalMode: 'wal',
      unitBytes: 512,
      image: { point: 137, choice: 4 },
    },
  ],
  [
    '7/fresh/delete/eio-once/37.2',
    {
      kind: 'fault',
      seed: 7,
      path: 'fresh',
      journalMode: 'delete',
      fault: { mode: 'eio-once', at: 37, attempts: 2 },
    },
  ],
  [
    '1/v5/wal/quota/151552.1',
    {
      kind: 'fault',
      seed: 1,
      path: 'v5',
      journalMode: 'wal',
      fault: { mode: 'quota', at: 151552, attempts: 1 },
    },
  ],
]

describe('the id of a case', () => {
  it.for(cases)('%s is read', ([id, expected]) => {
    expect(parseCaseId(id)).toEqual(expected)
  })
})

describe('a text that is no id', () => {
  it.for([
    ['one word', 'nonsense'],
    ['no place', '1/v2/wal/512'],
    ['a fault without attempts', '1/v2/wal/eio-once/1'],
    ['a fault with too much', '1/v2/wal/eio-once/1.2.3'],
    ['another journal mode', '1/v2/memory/512/1.0'],
    ['no path', '1//wal/512/1.0'],
    ['a seed that is no number', 'x/v2/wal/512/1.0'],
    ['something after it', '1/v2/wal/512/1.0/more'],
  ])('is refused: %s', ([, text = '']) => {
    expect(() => parseCaseId(text)).toThrow(UsageError)
    expect(() => parseCaseId(text)).toThrow(/expected an id that crash printed.*found '.*'/)
  })
})
