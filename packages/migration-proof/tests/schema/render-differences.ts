import type { Difference } from '../../src/schema/difference.ts'

/** The number of characters of a long text that are shown. */
const shownLength = 60

/** How many characters before the first difference of two long texts are shown. */
const sharedLength = 20

/**
 * Differences for people: one line each, in columns. Long texts are shown from where they begin to differ. Control
 * characters are escaped.
 */
export function renderDifferences(differences: readonly Difference[]): string {
  const rows = differences.map(({ object, aspect, expected, actual }) => {
    const start = firstDifference(expected, actual)
    return [
      escapeControls(`${object.type} ${object.name}`),
      escapeControls(aspect),
      `expected ${escapeControls(clip(expected, start))}`,
      `found ${escapeControls(clip(actual, start))}`,
    ]
  })
  const widths = [0, 1, 2].map((column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')).join('\n')
}

function firstDifference(expected: string, actual: string): number {
  let position = 0
  while (position < expected.length && expected[position] === actual[position]) position += 1
  return position
}

function clip(text: string, difference: number): string {
  if (text.length <= shownLength) return text
  const start = Math.max(0, Math.min(difference - sharedLength, text.length - shownLength))
  const end = start + shownLength
  return `${start > 0 ? '…' : ''}${text.slice(start, end)}${end < text.length ? '…' : ''}`
}

/** Control and formatting characters, and line separators, as `\\u{1b}`. */
function escapeControls(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  )
}
