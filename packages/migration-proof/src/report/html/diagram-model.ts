import { foldName } from '../../sql/names.ts'
import type { History, HistoryTable, HistoryVersion } from '../model.ts'

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
  const tables = names.map((name, place) => makeTable(name, `table-${place}`, versions))
  return { tables, edges: makeEdges(versions, new Map(names.map((name, place) => [name, `table-${place}`]))) }
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
