// Goal: long work shows how far it is, on a terminal in one line, in a log in a line now and then.
import { expect, it } from 'vitest'
import { progressOn } from '../../src/cli/output/progress.ts'

function record(isTTY: boolean) {
  const written: string[] = []
  const stream = { isTTY, columns: 12, write: (text: string) => written.push(text) > 0 }
  let time = 0
  const progress = progressOn(stream as never, () => time)
  const showAt = (milliseconds: number, line: string) => {
    time = milliseconds
    progress.show(line)
  }
  return { written, showAt, clear: progress.clear }
}

it('writes a line into a log every 20 seconds, and nothing for short work', () => {
  const { written, showAt, clear } = record(false)
  for (const seconds of [0, 5, 19.9, 20, 21, 39.9, 40.5]) showAt(seconds * 1000, `at ${seconds}`)
  clear()
  expect(written).toEqual(['at 20\n', 'at 40.5\n'])
})

it('overwrites one line on a terminal, which fits into it', () => {
  const { written, showAt, clear } = record(true)
  showAt(0, 'mutant 1 of 1000')
  clear()
  expect(written).toEqual(['\r\u001B[2Kmutant 1 of', '\r\u001B[2K'])
})

it('escapes control characters of names', () => {
  const { written, showAt } = record(false)
  showAt(20_000, 'table \u001B[31m')
  expect(written.join('')).not.toContain('\u001B')
})
