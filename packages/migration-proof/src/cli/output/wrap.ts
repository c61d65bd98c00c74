import { stripVTControlCharacters } from 'node:util'

const units = ['kB', 'MB', 'GB', 'TB'] as const

/** An amount of memory or disk as a person reads it, in powers of 1000: `512 bytes`, `4.1 kB`, `881 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} byte${bytes === 1 ? '' : 's'}`
  const power = Math.min(units.length, Math.floor(Math.log10(bytes) / 3))
  const amount = bytes / 1000 ** power
  return `${amount < 99.95 ? amount.toFixed(1) : Math.round(amount)} ${units[power - 1]}`
}

/** Breaks a text between words, so that no line is longer than a width, where the words allow it. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines
}

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
