import { foldName } from '../../sql/names.ts'
import type { History, HistoryTable, HistoryVersion } from '../model.ts'
import { asMermaidWord, escapeMermaid } from './escape.ts'

/** How many columns of a table are drawn. */
const mostColumns = 12

/**
 * The tables that the latest version changed, with those that they refer to, as a Mermaid ER diagram. Null where no
 * table changed. Names are drawn as labels; what Mermaid takes as a word is made of them.
 */
export function drawChanges({ versions }: History): string | null {
  const latest = versions.at(-1)
  if (latest === undefined) return null
  const changed = new Set(latest.differences.map(({ table }) => foldName(table)))
  const own = latest.tables.filter(({ name }) => changed.has(foldName(name)))
  if (own.length === 0) return null
  const parents = new Set(own.flatMap(({ foreignKeys }) => foreignKeys.map(({ parent }) => foldName(parent))))
  const around = latest.tables.filter(
    ({ name }) => parents.has(foldName(name)) && !changed.has(foldName(name)),
  )
  const ids = new Map([...own, ...around].map(({ name }, place) => [foldName(name), `t${place + 1}`]))
  return [
    'erDiagram',
    ...own.map((table) => drawTable(table, latest, ids)),
    ...around.map(({ name }) => `  ${ids.get(foldName(name))}["${escapeMermaid(name)}"]`),
    ...own.flatMap((table) => drawEdges(table, ids)),
  ].join('\n')
}

function drawTable(table: HistoryTable, { differences }: HistoryVersion, ids: ReadonlyMap<string, string>) {
  const isOfTable = (difference: HistoryVersion['differences'][number]) =>
    difference.type === 'table' && foldName(difference.name) === foldName(table.name)
  const isNew = differences.some(
    ({ aspect, ...each }) => aspect === 'existence' && isOfTable({ aspect, ...each }),
  )
  const references = new Set(table.foreignKeys.flatMap(({ columns }) => columns.map(foldName)))
  const columns = table.columns.slice(0, mostColumns).map(({ name, type, keyPosition }) => {
    const keys = [...(keyPosition > 0 ? ['PK'] : []), ...(references.has(foldName(name)) ? ['FK'] : [])]
    return `    ${[asMermaidWord(type || 'any'), asMermaidWord(name), keys.join(', ')].join(' ').trimEnd()}`
  })
  const left = table.columns.length - columns.length
  const more = left > 0 ? [`    and more_columns "${left}"`] : []
  const label = `${escapeMermaid(table.name)}${isNew ? ' (new)' : ' (changed)'}`
  return [`  ${ids.get(foldName(table.name))}["${label}"] {`, ...columns, ...more, '  }'].join('\n')
}

function drawEdges({ name, foreignKeys }: HistoryTable, ids: ReadonlyMap<string, string>): string[] {
  return foreignKeys.flatMap(({ parent, onDelete }) => {
    const parentId = ids.get(foldName(parent))
    if (parentId === undefined) return []
    return [`  ${parentId} ||--o{ ${ids.get(foldName(name))} : "on delete ${escapeMermaid(onDelete)}"`]
  })
}
