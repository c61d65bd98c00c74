// Goal: the picture at the top of the README shows what the command prints today: the loss that it catches, and how it says so.
import { readFileSync } from 'node:fs'
import { stripVTControlCharacters } from 'node:util'
import { expect, it } from 'vitest'
import { catchLoss } from '../../tools/draw-loss.mjs'

const picture = readFileSync(new URL('../../docs/loss.svg', import.meta.url), 'utf8')

/** Each line by its words; times differ from run to run. */
const withoutTimes = (text: string) => text.replace(/\b[\d.]+ m?s\b/g, 'TIME')
const drawn = [...picture.matchAll(/<text [^>]*y="(\d+)"[^>]*>([^<]*)<\/text>/g)].map(
  ([, y = '', word = '']) =>
    [y, word.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')] as const,
)
const lines = [...new Set(drawn.map(([y]) => y))].map((y) =>
  drawn
    .filter(([of]) => of === y)
    .map(([, word]) => word)
    .join(' '),
)

it('has each command and each line of its output; `node packages/migration-proof/tools/draw-loss.mjs` draws it again', () => {
  const expected = catchLoss().flatMap(({ command, output }) => [
    `$ ${command}`,
    ...stripVTControlCharacters(output)
      .split('\n')
      .map((line) =>
        line
          .split(/\s+/)
          .filter((word) => word !== '')
          .join(' '),
      )
      .filter((line) => line !== ''),
  ])
  // A word that changes its colour in the middle is drawn in two.
  const plain = (each: readonly string[]) => each.map((line) => withoutTimes(line).replaceAll(' ', ''))
  expect(plain(lines)).toEqual(plain(expected))
  expect(expected.join('\n')).toContain('table post: rows')
})

it('shows everything where no motion is wanted, and moves for less than five seconds', () => {
  expect(picture).toMatch(/@media \(prefers-reduced-motion: no-preference\) \{\s*\.late \{ animation:/)
  const times = [...picture.matchAll(/--at: ([\d.]+)s/g)].map(([, at]) => Number(at))
  expect(times.length).toBeGreaterThan(20)
  expect(Math.max(...times)).toBeLessThan(5)
})
