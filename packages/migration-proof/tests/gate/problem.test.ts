// Goal: a change is answerable for what it touched, and for nothing else; what several proofs show is reported once.
import { describe, expect, it } from 'vitest'
import { markExisting, problemOf } from '../../src/gate/problem.ts'

const found = { expected: 'one', actual: 'two', fix: 'fix it' }
const subject = { type: 'snapshot', name: 'v1' } as const
const problem = problemOf('snapshot-missing', subject, { file: 'a.ts', line: 3 }, found)

describe('a problem', () => {
  it('is new where the base does not have it', () => {
    expect(markExisting([problem], [])).toEqual([problem])
    expect(problem).toMatchObject({ status: 'new', why: expect.stringMatching(/\.$/) })
  })

  it('is an existing one where the base has it, wherever it has moved to and in whatever it was seen', () => {
    const moved = { ...problem, location: { file: 'a.ts', line: 9 }, seenIn: ['v0'] }
    expect(markExisting([problem], [moved])).toEqual([{ ...problem, status: 'existing' }])
  })

  it.for([
    { subject: { ...subject, name: 'v2' } },
    { code: 'snapshot-edited' },
    { actual: 'three' },
  ] as const)('is new where the base has another: %o', (other) => {
    expect(markExisting([problem], [{ ...problem, ...other }])).toEqual([problem])
  })

  it('stays accepted', () => {
    const accepted = { ...problem, status: 'accepted' } as const
    expect(markExisting([accepted], [accepted])).toEqual([accepted])
  })

  it('of a finding is the same whatever was tried to see it, which grows and moves with the schema', () => {
    const evidence = [{ ran: 'INSERT', happened: 'accepted' }]
    const finding = { ...problem, actual: 'INSERT: accepted', evidence }
    const seenOtherwise = {
      ...finding,
      actual: 'SELECT: 3 pages; INSERT: accepted',
      evidence: [{ ran: 'SELECT', happened: '3 pages' }, ...evidence],
    }
    expect(markExisting([seenOtherwise], [finding])).toMatchObject([{ status: 'existing' }])
    const other = { ...finding, subject: { ...subject, name: 'v2' } }
    expect(markExisting([other], [finding])).toMatchObject([{ status: 'new' }])
  })
})
