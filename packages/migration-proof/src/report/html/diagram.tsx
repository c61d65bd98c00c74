import { countOf } from '../../count.ts'
import type { History } from '../model.ts'
import {
  type Box,
  type DiagramEdge,
  type DiagramRow,
  type DiagramTable,
  type Layout,
  layOut,
  makeDiagram,
  sizes,
} from './layout.ts'

/** How many characters of a name and of a type there is room for. */
const room = { title: 27, name: 23, index: 25, detail: 9 } as const
const margin = 10

/**
 * The schema of every version in one drawing. What is in which version stands in `data-in`; the script of the page
 * shows, hides and colours by it. Without the script it is the latest version.
 */
export function SchemaDiagram({ history }: { readonly history: History }) {
  const latest = history.versions.at(-1)?.version ?? 0
  const diagram = makeDiagram(history)
  const layout = layOut(diagram)
  return (
    <svg
      class="diagram"
      id="diagram"
      role="img"
      aria-label={`The tables of version ${latest}: ${countOf(diagram.tables.length, 'table')}. The table below the drawing says the same in words.`}
      viewBox={`${-margin} ${-margin} ${layout.width + 2 * margin} ${layout.height + 2 * margin}`}
      width={layout.width + 2 * margin}
      height={layout.height + 2 * margin}
    >
      {diagram.edges.map((edge) => (
        <Edge key={edge.title} edge={edge} tables={diagram.tables} layout={layout} latest={latest} />
      ))}
      {diagram.tables.map((table) => (
        <Table key={table.id} table={table} box={layout.boxes.get(table.id)} latest={latest} />
      ))}
    </svg>
  )
}

interface TableProps {
  readonly table: DiagramTable
  readonly box: Box | undefined
  readonly latest: number
}

function Table({ table, box, latest }: TableProps) {
  if (box === undefined) return null
  return (
    <g
      class={classOf('er-table', table.versions, latest, table.changedIn)}
      transform={`translate(${round(box.x)} ${round(box.y)})`}
      data-in={table.versions.join(' ')}
      data-changed={table.changedIn.join(' ')}
    >
      <rect class="ghost" width={box.width} height={round(box.height)} rx="7" />
      <text class="ghost-name" x="10" y="19">
        {clip(table.name, room.title)}
      </text>
      <g class="body">
        <rect class="card" width={box.width} height={round(box.height)} rx="7" />
        <path class="head" d={headPath(box.width)} />
        <text class="name" x="10" y="19">
          <title>{table.name}</title>
          {clip(table.name, room.title)}
        </text>
        <text class="born" x={box.width - 9} y="19" text-anchor="end">
          {`v${table.versions[0] ?? 0}`}
        </text>
        {table.rows.map((row, index) => (
          <Row key={`${row.kind} ${row.text}`} row={row} index={index} width={box.width} latest={latest} />
        ))}
      </g>
    </g>
  )
}

interface RowProps {
  readonly row: DiagramRow
  readonly index: number
  readonly width: number
  readonly latest: number
}

const marks = { key: '◆', reference: '↗', plain: '' } as const

function Row({ row, index, width, latest }: RowProps) {
  const { kind, text, detail, role, title, versions } = row
  const mark = kind === 'index' ? '⌕' : marks[role]
  return (
    <g
      class={classOf(`er-row ${kind} ${role}`, versions, latest)}
      transform={`translate(0 ${sizes.header + index * sizes.row})`}
      data-in={versions.join(' ')}
    >
      <title>{title}</title>
      <rect class="band" x="1" y="1" width={width - 2} height={sizes.row} />
      <text class="mark" x="14" y="13" text-anchor="middle">
        {mark}
      </text>
      <text class="column" x="24" y="13">
        {clip(text, kind === 'index' ? room.index : room.name)}
      </text>
      <text class="type" x={width - 9} y="13" text-anchor="end">
        {clip(detail, room.detail)}
      </text>
    </g>
  )
}

interface EdgeProps {
  readonly edge: DiagramEdge
  readonly tables: readonly DiagramTable[]
  readonly layout: Layout
  readonly latest: number
}

function Edge({ edge, tables, layout, latest }: EdgeProps) {
  const [parent, child] = [layout.boxes.get(edge.parent), layout.boxes.get(edge.child)]
  if (parent === undefined || child === undefined) return null
  const startY = parent.y + rowMiddle(tables, edge.parent, edge.parentRow)
  const endY = child.y + rowMiddle(tables, edge.child, edge.childRow)
  const isRight = child.x >= parent.x
  const startX = isRight ? parent.x + parent.width : parent.x
  const endX = isRight && child.x > parent.x ? child.x : child.x + child.width
  const bend = Math.max(40, Math.abs(endX - startX) / 2)
  const startBend = startX + (isRight ? bend : -bend)
  const endBend = endX + (endX === child.x ? -bend : bend)
  const toe = endX === child.x ? -9 : 9
  return (
    <g class={classOf('er-edge', edge.versions, latest)} data-in={edge.versions.join(' ')}>
      <title>{edge.title}</title>
      <path
        d={`M${round(startX)} ${round(startY)}C${round(startBend)} ${round(startY)} ${round(endBend)} ${round(endY)} ${round(endX)} ${round(endY)}`}
      />
      <path
        d={`M${round(endX)} ${round(endY - 5)}L${round(endX + toe)} ${round(endY)}L${round(endX)} ${round(endY + 5)}`}
      />
      <circle cx={round(startX)} cy={round(startY)} r="3.5" />
    </g>
  )
}

function rowMiddle(tables: readonly DiagramTable[], id: string, text: string): number {
  const rows = tables.find((table) => table.id === id)?.rows ?? []
  const index = rows.findIndex(
    (row) => row.kind === 'column' && row.text.toLowerCase() === text.toLowerCase(),
  )
  return index === -1 ? sizes.header / 2 : sizes.header + (index + 0.5) * sizes.row
}

/** The classes that the script of the page sets for another version; here for the latest. */
function classOf(
  base: string,
  versions: readonly number[],
  latest: number,
  changedIn: readonly number[] = [],
) {
  if (!versions.includes(latest)) return `${base} absent`
  if (!versions.includes(latest - 1)) return `${base} new`
  return changedIn.includes(latest) ? `${base} changed` : base
}

function headPath(width: number): string {
  const { header } = sizes
  return `M0 ${header}V7A7 7 0 0 1 7 0H${width - 7}A7 7 0 0 1 ${width} 7V${header}Z`
}

function clip(text: string, most: number): string {
  const characters = [...text]
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`
}

function round(pixels: number): number {
  return Math.round(pixels * 10) / 10
}
