import type { Style } from './style.ts'
import { formatTable } from './table.ts'
import { widthOf } from './width.ts'

export interface Matrix {
  readonly corner: string
  readonly columns: readonly string[]
  readonly rows: readonly { readonly title: string; readonly cells: readonly string[] }[]
}

/**
 * A table that is broken into blocks of columns where it would be wider than the terminal. The title of a
 * column is broken at its hyphens, so that a long name does not make the column wide.
 *
 * @param width how many characters a line may have
 */
export function formatMatrix(matrix: Matrix, width: number, style: Style): string {
  const total = matrix.columns.length
  for (let blocks = 1; blocks < total; blocks++) {
    const text = formatBlocks(matrix, Math.ceil(total / blocks), style)
    if (text.split('\n').every((line) => widthOf(line) <= width)) return text
  }
  return formatBlocks(matrix, 1, style)
}

function formatBlocks({ corner, columns, rows }: Matrix, columnsPerBlock: number, style: Style): string {
  const blocks: string[] = []
  for (let start = 0; start < columns.length; start += columnsPerBlock) {
    const end = start + columnsPerBlock
    const titles = columns
      .slice(start, end)
      .map((name) => ({ title: breakAtHyphens(name), align: 'right' as const }))
    const lines = rows.map(({ title, cells }) => [title, ...cells.slice(start, end)])
    blocks.push(formatTable([{ title: corner }, ...titles], lines, style))
  }
  return blocks.join('\n\n')
}

function breakAtHyphens(name: string): string {
  return name.replaceAll('-', '-\n')
}
