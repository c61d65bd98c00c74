import { stripVTControlCharacters } from 'node:util'
import type { Style } from './style.ts'

export interface Column {
  /** One line or more. */
  readonly title: string
  /** Numbers go to the right. */
  readonly align?: 'left' | 'right'
}

const gap = '  '

/**
 * Rows under their titles, each column as wide as its widest cell. Cells may be coloured.
 *
 * @param width of the terminal: where a line would be longer, each row stands by itself, a line for each of its cells
 */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  style: Style,
  width: number | null = null,
): string {
  const titles = titleRows(columns)
  const widths = columns.map((_, index) =>
    Math.max(...[...titles, ...rows].map((row) => widthOf(row[index] ?? ''))),
  )
  const formatRow = (row: readonly string[]) =>
    columns
      .map(({ align = 'left' }, index) => padTo(widths[index] ?? 0, row[index] ?? '', align))
      .join(gap)
      .trimEnd()
  const lines = [...titles.map((row) => style('bold', formatRow(row))), ...rows.map(formatRow)]
  const isTooWide = width !== null && lines.some((line) => widthOf(line) > width)
  return isTooWide ? formatList(columns, rows, style, width) : lines.join('\n')
}

/** The first cell of each row, and below it the others beside their titles. One without a first cell goes on with the row before. */
function formatList(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  style: Style,
  width: number,
): string {
  const titles = columns.map(({ title }) => title.replaceAll('\n', ' '))
  const indent = ' '.repeat(4)
  const longest = Math.max(...titles.slice(1).map(widthOf))
  const lines = rows.flatMap(([first = '', ...others]) => [
    ...(first === '' ? [] : [first]),
    ...others.flatMap((cell, index) => {
      if (cell === '') return []
      const title = padTo(longest, titles[index + 1] ?? '', 'left')
      const space = width - indent.length - longest - gap.length
      const [beside = '', ...below] = widthOf(cell) > space ? wrap(cell, space) : [cell]
      return [
        `${indent}${style('bold', title)}${gap}${beside}`,
        ...below.map((line) => `${indent}${' '.repeat(longest)}${gap}${line}`),
      ]
    }),
  ])
  return lines.join('\n')
}

/** The lines of the titles: a short one stands at the bottom. */
function titleRows(columns: readonly Column[]): string[][] {
  const titles = columns.map(({ title }) => title.split('\n'))
  const height = Math.max(...titles.map((lines) => lines.length))
  return Array.from({ length: height }, (_, row) =>
    titles.map((lines) => lines[row - height + lines.length] ?? ''),
  )
}

const units = ['kB', 'MB', 'GB', 'TB'] as const

/** An amount of memory or disk as a person reads it, in powers of 1000: `512 bytes`, `4.1 kB`, `881 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} byte${bytes === 1 ? '' : 's'}`
  const power = Math.min(units.length, Math.floor(Math.log10(bytes) / 3))
  const amount = bytes / 1000 ** power
  return `${amount < 99.95 ? amount.toFixed(1) : Math.round(amount)} ${units[power - 1]}`
}

/** Where text is printed. */
interface Output {
  readonly columns?: number | undefined
}

/**
 * How many characters a line of an output may have: those of its terminal, or of `COLUMNS`, and never so few that words do not fit.
 * Null for a pipe or a file, where lines may have any length.
 */
export function widthOn({ columns }: Output, { COLUMNS }: NodeJS.ProcessEnv = process.env): number | null {
  const width = columns ?? (/^\d+$/.test(COLUMNS ?? '') ? Number(COLUMNS) : 0)
  return width === 0 ? null : Math.max(width, 30)
}

/** How many characters a line of prose may have. */
export function proseWidth(output: Output = process.stdout): number {
  return widthOn(output) ?? 80
}

/** Breaks a text between words, so that no line is longer than a width, where the words allow it. */
export function wrap(text: string, width: number): string[] {
  return wrapWords(text.split(' '), width)
}

/** The same for a sentence with commands in it: what stands between backticks is never broken, so that it can be copied. */
export function wrapSentence(text: string, width: number): string[] {
  const words: string[] = []
  let isInside = false
  for (const word of text.split(' ')) {
    if (isInside) words[words.length - 1] += ` ${word}`
    else words.push(word)
    if ((word.match(/`/g)?.length ?? 0) % 2 === 1) isInside = !isInside
  }
  return isInside ? wrap(text, width) : wrapWords(words, width)
}

function wrapWords(words: readonly string[], width: number): string[] {
  const lines: string[] = []
  for (const word of words) {
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
function padTo(width: number, text: string, align: 'left' | 'right'): string {
  const space = ' '.repeat(Math.max(0, width - widthOf(text)))
  return align === 'right' ? space + text : text + space
}
