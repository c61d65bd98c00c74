import type { Difference } from './difference.ts'

/** How much of a long text is shown, in characters. */
const shownLength = 60

/** How much of what two long texts share is shown before they part. */
const sharedLength = 20

/**
 * Differences as a person reads them: one line each, in columns. Of long texts, that part is shown where they
 * begin to differ. Characters that would move the cursor are escaped.
 */
export function renderDifferences(differences: readonly Difference[]): string {
  const rows = differences.map(({ object, aspect, expected, actual }) => {
    const start = partingPlace(expected, actual)
    return [
      escapeControls(`${object.type} ${object.name}`),
      escapeControls(aspect),
      `expected ${escapeControls(clip(expected, start))}`,
      `found ${escapeControls(clip(actual, start))}`,
    ]
  })
  const widths = [0, 1, 2].map((place) => Math.max(0, ...rows.map((row) => row[place]?.length ?? 0)))
  return rows.map((row) => row.map((cell, place) => cell.padEnd(widths[place] ?? 0)).join('  ')).join('\n')
}

function partingPlace(expected: string, actual: string): number {
  let place = 0
  while (place < expected.length && expected[place] === actual[place]) place += 1
  return place
}

function clip(text: string, partingPlace: number): string {
  if (text.length <= shownLength) return text
  const start = Math.max(0, Math.min(partingPlace - sharedLength, text.length - shownLength))
  const end = start + shownLength
  return `${start > 0 ? '…' : ''}${text.slice(start, end)}${end < text.length ? '…' : ''}`
}

/** Control and formatting characters, and the ends of lines, as `\\u{1b}`. */
function escapeControls(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  )
}
