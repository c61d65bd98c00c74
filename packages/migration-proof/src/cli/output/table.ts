import type { Style } from './style.ts'
import { padTo, widthOf } from './wrap.ts'

export interface Column {
  /** One line or more. */
  readonly title: string
  /** Numbers go to the right. */
  readonly align?: 'left' | 'right'
}

const gap = '  '

/** Rows under their titles, each column as wide as its widest cell. Cells may be coloured. */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  style: Style,
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
  return [...titles.map((row) => style('bold', formatRow(row))), ...rows.map(formatRow)].join('\n')
}

/** The lines of the titles: a short one stands at the bottom. */
function titleRows(columns: readonly Column[]): string[][] {
  const titles = columns.map(({ title }) => title.split('\n'))
  const height = Math.max(...titles.map((lines) => lines.length))
  return Array.from({ length: height }, (_, row) =>
    titles.map((lines) => lines[row - height + lines.length] ?? ''),
  )
}
