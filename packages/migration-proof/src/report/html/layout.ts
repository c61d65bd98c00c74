import { Graph, layout as layoutGraph } from '@dagrejs/dagre'
import type { Diagram, DiagramTable } from './diagram-model.ts'

/** In pixels of the drawing. */
export const sizes = { width: 240, header: 28, row: 17, foot: 7, gap: 18, ranks: 76, columns: 26 } as const

export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface Layout {
  readonly width: number
  readonly height: number
  /** By the id of the table. */
  readonly boxes: ReadonlyMap<string, Box>
}

/**
 * Gives each table its place, once for all versions, so that none jumps. Those that refer to each other are laid
 * out as a graph; the others stand before them in columns, the oldest first.
 */
export function layOut({ tables, edges }: Diagram): Layout {
  const connected = new Set(edges.flatMap(({ parent, child }) => [parent, child]))
  const graph = layOutGraph(
    tables.filter(({ id }) => connected.has(id)),
    edges,
  )
  const loose = tables
    .filter(({ id }) => !connected.has(id))
    .toSorted((left, right) => birthOf(left) - birthOf(right))
  const columns = layOutColumns(loose, graph.height)
  const shift = columns.width === 0 ? 0 : columns.width + sizes.ranks
  const moved = [...graph.boxes].map(([id, box]) => [id, { ...box, x: box.x + shift }] as const)
  return {
    width: graph.width === 0 ? columns.width : shift + graph.width,
    height: Math.max(columns.height, graph.height),
    boxes: new Map([...columns.boxes, ...moved]),
  }
}

function heightOf({ rows }: Pick<DiagramTable, 'rows'>): number {
  return sizes.header + rows.length * sizes.row + sizes.foot
}

function birthOf({ versions }: DiagramTable): number {
  return versions[0] ?? 0
}

const nothing: Layout = { width: 0, height: 0, boxes: new Map() }

function layOutGraph(tables: readonly DiagramTable[], edges: Diagram['edges']): Layout {
  if (tables.length === 0) return nothing
  const graph = new Graph({ multigraph: true })
  graph.setGraph({ rankdir: 'LR', ranksep: sizes.ranks, nodesep: sizes.gap, marginx: 0, marginy: 0 })
  for (const table of tables) graph.setNode(table.id, { width: sizes.width, height: heightOf(table) })
  for (const [place, { parent, child }] of edges.entries()) {
    if (parent !== child) graph.setEdge(parent, child, {}, `${place}`)
  }
  layoutGraph(graph)
  const boxes = tables.map(({ id }) => {
    const { x = 0, y = 0, width = 0, height = 0 } = graph.node(id)
    return [id, { x: x - width / 2, y: y - height / 2, width, height }] as const
  })
  const left = Math.min(...boxes.map(([, box]) => box.x))
  const top = Math.min(...boxes.map(([, box]) => box.y))
  const placed = boxes.map(([id, box]) => [id, { ...box, x: box.x - left, y: box.y - top }] as const)
  return measure(new Map(placed))
}

/** As few columns as are no higher than what stands beside them, or about as high as wide. */
function layOutColumns(tables: readonly DiagramTable[], leastHeight: number): Layout {
  const total = tables.reduce((sum, table) => sum + heightOf(table) + sizes.gap, 0)
  const square = Math.sqrt(total * (sizes.width + sizes.columns)) * 0.8
  const most = Math.max(leastHeight, square, ...tables.map(heightOf))
  const boxes = new Map<string, Box>()
  let [x, y] = [0, 0]
  for (const table of tables) {
    const height = heightOf(table)
    if (y > 0 && y + height > most) {
      x += sizes.width + sizes.columns
      y = 0
    }
    boxes.set(table.id, { x, y, width: sizes.width, height })
    y += height + sizes.gap
  }
  return measure(boxes)
}

function measure(boxes: ReadonlyMap<string, Box>): Layout {
  const all = [...boxes.values()]
  return {
    width: Math.max(0, ...all.map(({ x, width }) => x + width)),
    height: Math.max(0, ...all.map(({ y, height }) => y + height)),
    boxes,
  }
}
