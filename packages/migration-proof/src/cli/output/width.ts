import { stripVTControlCharacters } from 'node:util'

/** How many characters a text shows, without its colours. */
export function widthOf(text: string): number {
  const shown = stripVTControlCharacters(text)
  // Loading the data that a segmenter needs takes longer than all else that a short command does.
  if (/^[ -~✓✗]*$/.test(shown)) return shown.length
  return [...new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(shown)].length
}

/** A text with spaces to a width, on its right or, for numbers, on its left. */
export function padTo(width: number, text: string, align: 'left' | 'right'): string {
  const space = ' '.repeat(Math.max(0, width - widthOf(text)))
  return align === 'right' ? space + text : text + space
}
