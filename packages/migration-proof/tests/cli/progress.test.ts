// Goal: long work shows how far it is, on a terminal in one line, in a log in a line now and then.
import { expect, it } from 'vitest'
import { progressOn, startPace } from '../../src/cli/output/progress.ts'

function record(isTTY: boolean, columns = 12) {
  const written: string[] = []
  const stream = { isTTY, columns, write: (text: string) => written.push(text) > 0 }
  let time = 0
  const progress = progressOn(stream as never, () => time)
  const showAt = (milliseconds: number, line: string, left?: number | null) => {
    time = milliseconds
    progress.show(line, left)
  }
  return { written, showAt, clear: progress.clear }
}

it('writes a line into a log every 30 seconds, and nothing for short work', () => {
  const { written, showAt, clear } = record(false)
  for (const seconds of [0, 5, 29.9, 30, 31, 59.9, 60.5]) showAt(seconds * 1000, `at ${seconds}`)
  clear()
  expect(written).toEqual(['… at 30\n', '… at 60.5\n'])
})

it('overwrites one line on a terminal, which fits into it', () => {
  const { written, showAt, clear } = record(true)
  showAt(0, 'mutant 1 of 1000')
  clear()
  expect(written).toEqual(['\r\u001B[2Kmutant 1 of', '\r\u001B[2K'])
})

it('escapes control characters of names', () => {
  const { written, showAt } = record(false)
  showAt(30_000, 'table \u001B[31m')
  expect(written.join('')).not.toContain('\u001B')
})

it.for([
  [null, ''],
  [900, ''],
  [1_400, ', about 1 s left'],
  [19_400, ', about 19 s left'],
  [43_000, ', about 45 s left'],
  [100_000, ', about 2 min left'],
  [59 * 60_000, ', about 59 min left'],
  [7_300_000, ', about 2 h left'],
] as const)('says of %s ms that are left: %j', ([left, said]) => {
  const { written, showAt } = record(false)
  showAt(30_000, 'v2', left)
  expect(written).toEqual([`… v2${said}\n`])
})

it('leaves out the end of a long line, and never how long it takes', () => {
  const { written, showAt } = record(true, 30)
  showAt(0, 'a name that is much too long', 5_000)
  expect(written).toEqual(['\r\u001B[2Ka name that i, about 5 s left'])
})

it('goes by the pace since work was first reported, and says nothing before some of it is done', () => {
  let time = 5_000
  const pace = startPace(() => time)
  const at = (milliseconds: number, share: number) => {
    time = milliseconds
    return pace(share)
  }
  expect(at(5_000, 0.1)).toBeNull()
  expect(at(5_100, 0.3)).toBeNull()
  expect(at(9_000, 0.1)).toBeNull()
  expect(at(7_000, 0.35)).toBeCloseTo(5_200)
  expect(at(9_000, 1)).toBe(0)
})

it('shows a whole line in a terminal whose size no one has set', () => {
  const { written, showAt } = record(true, 0)
  showAt(0, 'v2', 5_000)
  expect(written).toEqual(['\r\u001B[2Kv2, about 5 s left'])
})
