import { Graph, layout as layoutGraph } from '@dagrejs/dagre'
import { foldName } from '../../sql/names.ts'
import type { History, HistoryTable, HistoryVersion } from '../model.ts'

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
 * Gives each table its position, once for all versions, so that none jumps. Those that refer to each other are laid
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
  for (const [index, { parent, child }] of edges.entries()) {
    if (parent !== child) graph.setEdge(parent, child, {}, `${index}`)
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

/** One line in the box of a table. */
export interface DiagramRow {
  readonly kind: 'column' | 'index'
  readonly text: string
  /** The type of a column, or what an index is. */
  readonly detail: string
  /** `key` for a part of the primary key, `reference` for a part of a foreign key. */
  readonly role: 'key' | 'reference' | 'plain'
  /** All of it in words. */
  readonly title: string
  /** The versions that have it. */
  readonly versions: readonly number[]
}

/** A table as it is drawn, with all that it has in any version. */
export interface DiagramTable {
  readonly id: string
  readonly name: string
  readonly versions: readonly number[]
  /** The versions that changed something about it, except for the one that made it. */
  readonly changedIn: readonly number[]
  readonly rows: readonly DiagramRow[]
}

export interface DiagramEdge {
  readonly parent: string
  readonly child: string
  /** The texts of the rows that it leads from and to. */
  readonly parentRow: string
  readonly childRow: string
  readonly title: string
  readonly versions: readonly number[]
}

export interface Diagram {
  readonly tables: readonly DiagramTable[]
  readonly edges: readonly DiagramEdge[]
}

/** Everything that any version has, so that one drawing serves all of them. */
export function makeDiagram({ versions }: History): Diagram {
  const names = [...new Set(versions.flatMap(({ tables }) => tables.map(({ name }) => foldName(name))))]
  const tables = names.map((name, index) => makeTable(name, `table-${index}`, versions))
  return { tables, edges: makeEdges(versions, new Map(names.map((name, index) => [name, `table-${index}`]))) }
}

interface Form {
  readonly version: number
  readonly table: HistoryTable
}

function makeTable(name: string, id: string, versions: readonly HistoryVersion[]): DiagramTable {
  const forms = versions.flatMap(({ version, tables }) => {
    const table = tables.find((each) => foldName(each.name) === name)
    return table === undefined ? [] : [{ version, table }]
  })
  const own = forms.map(({ version }) => version)
  const changed = versions.filter(({ version, differences }) => {
    const isBorn = own.includes(version) && !own.includes(version - 1)
    return !isBorn && own.includes(version) && differences.some(({ table }) => foldName(table) === name)
  })
  return {
    id,
    name: forms.at(-1)?.table.name ?? name,
    versions: own,
    changedIn: changed.map(({ version }) => version),
    rows: mergeRows(forms),
  }
}

/** The rows of the latest form in their order, then those that only an older one has. */
function mergeRows(forms: readonly Form[]): DiagramRow[] {
  const merged = new Map<string, DiagramRow>()
  for (const { version, table } of forms.toReversed()) {
    for (const row of rowsOf(table)) {
      const key = `${row.kind} ${foldName(row.text)}`
      const known = merged.get(key)
      merged.set(key, { ...(known ?? row), versions: [version, ...(known?.versions ?? [])] })
    }
  }
  const rows = [...merged.values()]
  return [...rows.filter(({ kind }) => kind === 'column'), ...rows.filter(({ kind }) => kind === 'index')]
}

function rowsOf({ columns, indexes, foreignKeys }: HistoryTable): DiagramRow[] {
  const references = new Set(foreignKeys.flatMap((each) => each.columns.map(foldName)))
  const ofColumns = columns.map(({ name, type, notNull, default: value, keyPosition }) => {
    const words = [type || 'no type', notNull ? 'NOT NULL' : '', value === null ? '' : `DEFAULT ${value}`]
    const role = keyPosition > 0 ? 'key' : references.has(foldName(name)) ? 'reference' : 'plain'
    return {
      kind: 'column',
      text: name,
      detail: `${type.toLowerCase()}${notNull || keyPosition > 0 ? '' : '?'}`,
      role,
      title: [name, ...words, role === 'key' ? 'PRIMARY KEY' : ''].filter((word) => word !== '').join(' '),
      versions: [],
    } as const
  })
  const ofIndexes = indexes
    .filter(({ origin }) => origin !== 'PRIMARY KEY')
    .map(({ name, columns: own, unique, where }) => ({
      kind: 'index' as const,
      text: own.join(', '),
      detail: unique ? 'unique' : 'index',
      role: 'plain' as const,
      title: `${unique ? 'unique index' : 'index'} ${name} (${own.join(', ')})${where === null ? '' : ` WHERE ${where}`}`,
      versions: [],
    }))
  return [...ofColumns, ...ofIndexes]
}

function makeEdges(versions: readonly HistoryVersion[], ids: ReadonlyMap<string, string>): DiagramEdge[] {
  const edges = new Map<string, DiagramEdge>()
  for (const { version, tables } of versions) {
    for (const { name, foreignKeys } of tables) {
      for (const { columns, parent, parentColumns, onDelete } of foreignKeys) {
        const [parentId, childId] = [ids.get(foldName(parent)), ids.get(foldName(name))]
        if (parentId === undefined || childId === undefined) continue
        const key = [childId, parentId, ...columns, onDelete].join(' ')
        const title = `${name} (${columns.join(', ')}) refers to ${parent} (${parentColumns.join(', ')}), on delete ${onDelete}`
        edges.set(key, {
          parent: parentId,
          child: childId,
          parentRow: parentColumns[0] ?? '',
          childRow: columns[0] ?? '',
          title,
          versions: [...(edges.get(key)?.versions ?? []), version],
        })
      }
    }
  }
  return [...edges.values()]
}
